// Pictures as the process sees them that has them made.
#pragma once

#include "CSandbox.h"
#include "worker-handle.h"

// Of a worker, as it describes it, with up to so many pixels. `picture` is the caller's; NULL on error. 0,
// `CSB_ERROR_GARBLED` when the description makes no sense, or another error.
int csb_picture_remote(csb_worker *worker, int64_t max_pixels, csb_picture_message *message, csb_picture **picture);
// Whether this is the worker's picture of that number.
bool csb_picture_is(const csb_picture *picture, uint32_t id);
// Whether this is that picture of this process.
bool csb_picture_is_local(const csb_picture *picture, const cfs_picture *local);
