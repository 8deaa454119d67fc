// Poppler draws the pages of PDFs, for CFrameSampler alone.
#include <poppler.h>
