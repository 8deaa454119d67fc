// ZBar reads QR codes. Its header needs no shim: plain functions and opaque handles.
#include <zbar.h>
