// What the users of libcurl share.
#ifndef CHTTP_CURL_H
#define CHTTP_CURL_H

#include <curl/curl.h>

#include "CHTTP.h"

// Once a process, before anything else.
void chttp_initialise(void);
// A handle for a thread among others. NULL when out of memory.
CURL *chttp_easy(void);
// Monotonic.
int64_t chttp_now_ms(void);
// libcurl's code as one of ours.
int chttp_code(CURLcode code);

#endif
