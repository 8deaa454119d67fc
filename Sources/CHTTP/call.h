// One call: the request as libcurl is told of it, and the answer as it comes.
#pragma once

#include <stdatomic.h>
#include <stdio.h>

#include "curl.h"

typedef struct call {
    struct call *next; // the client's
    bool running;      // with libcurl; the client's
    int64_t number;
    CURL *easy;
    curl_mime *mime;
    struct curl_slist *headers;
    FILE *file;
    int64_t file_begin, file_size, file_sent; // what of it is the body
    chttp_done done;
    chttp_progress progress;
    void *context;
    int64_t first_byte_ms, sent_ms, max_response;
    atomic_bool cancelled; // set by any thread
    bool too_large, too_slow, answered;
    chttp_gate gate;
    uint8_t *bytes;
    size_t size, capacity;
} call;

// Everything is copied, but for the file at `body_path`, which is opened. NULL when out of memory, or where there is no
// such file; else the caller's, to be finished.
call *chttp_make_call(const chttp_call *wanted, chttp_done done, void *context);
// What came of it, given what libcurl says: 0 or an error.
int chttp_call_outcome(const call *call, CURLcode code);
// Hands the answer to `done`, and frees the call, which libcurl must have given back.
void chttp_finish_call(call *call, int code);
