// What calls and streams share: libcurl's handles, errors and time.
#pragma once

#include <curl/curl.h>

#include "CHTTP.h"

// To be called before anything else of libcurl. Repeatedly.
void chttp_initialize(void);
// A handle for an http(s) address, fit for a process with threads: the caller's; NULL when out of memory.
CURL *chttp_easy(const char *url, const char *user_agent, int64_t connect_ms);

// Which addresses a handle may connect to, asked before each connection.
typedef struct chttp_gate {
    bool allow_private;
    bool refused; // an address was
} chttp_gate;

// The gate has to outlive the handle's transfers.
void chttp_guard(CURL *easy, chttp_gate *gate);

// Monotonic clock.
int64_t chttp_now_ms(void);
// A header of the last response by name; NULL when there is none. The handle's.
const char *chttp_header(CURL *easy, const char *name);
// Adds a header to a list, which stays as it is without memory. False then.
bool chttp_add_header(struct curl_slist **headers, const char *header);
// libcurl's code as one of ours.
int chttp_code(CURLcode code);
