// Workers: made ahead of time, so that none has to wait for a fork; given an input; given up.
#pragma once

#include "worker-handle.h"

// A worker with its walls, which has no input yet. Does not wait for it. The caller has a reference. 0 or an error.
int csb_worker_get(csb_purpose purpose, csb_worker **worker);
// Has this process fetch what the input's address leads to. 0 or an error.
int csb_worker_fetch(csb_worker *worker, const cfs_options *options);
csb_worker *csb_worker_retain(csb_worker *worker);
// With the last reference the worker is ended.
void csb_worker_release(csb_worker *worker);
// Takes the caller's reference, and keeps the worker for another image, unless it has had enough. Pictures of images
// before may still refer to it.
void csb_worker_reuse(csb_worker *worker);
// Has every wait end within a second. Any thread, repeatedly.
void csb_worker_cancel(csb_worker *worker);
