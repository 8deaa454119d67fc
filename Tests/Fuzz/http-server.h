// A server on loopback that answers with the fuzzer's bytes.
#pragma once

#include "input.h"

// Starts the server. Once.
void http_server_start(void);
// From now on each connection gets the next answer that `script` describes, and after the last the first again.
// A byte 1 in an answer stands for "http://127.0.0.1:PORT".
void http_server_play(fuzz_input script);
// Ends what is still open. Requests that came since `http_server_play`.
int http_server_stop(void);
int http_server_port(void);
