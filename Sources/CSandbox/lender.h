// Who lends workers the memory of their pictures, so that all of them together have no more than the limit.
#pragma once

#include "worker-handle.h"

// Answers the worker's requests from now on. 0 or an error.
int csb_lend_to(csb_worker *worker);
// Hears what the worker has said so far. False when that makes no sense.
bool csb_lender_hear(csb_worker *worker);
// Takes back what the worker had. Accepts one that was lent nothing.
void csb_stop_lending(csb_worker *worker);
// A request of the worker's that waits is answered now.
void csb_lender_cancel(csb_worker *worker);
void csb_lending_limits(int64_t *video_bytes, int64_t *image_bytes);
