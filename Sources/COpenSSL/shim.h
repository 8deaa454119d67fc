// OpenSSL's libcrypto hashes. Its headers need no shim: plain functions and opaque handles.
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
