// HLS segments under AES-128 (RFC 8216 4.3.2.4), decrypted as they are read.
#pragma once

#include "ffmpeg.h"

// Wraps `encrypted`, which it owns from then on where it succeeds. `key` and `iv` are of 32 hexadecimal digits. `io` is
// the caller's (`cfs_decrypting_close`); NULL on error. 0 or an error.
int cfs_decrypting_open(AVIOContext *encrypted, const char *key, const char *iv, AVIOContext **io);
// Closes `io` where cfs_decrypting_open gave it, and puts what it wrapped, which is to be closed, in its place. Leaves any
// other as it is.
void cfs_decrypting_close(AVIOContext **io);
