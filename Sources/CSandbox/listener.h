// One thread that hears what comes by itself: from all workers.
#pragma once

#include <stdint.h>

// Calls `heard` on the listening thread whenever more can be read than before, or the other end is closed. It has to be
// quick, and must not call these functions. Call them with no lock that `heard` takes. `ticket` is never 0. 0 or a
// negative errno.
int csb_listen(int descriptor, void (*heard)(void *context), void *context, uint64_t *ticket);
// `heard` is not called any more once this has returned. Accepts 0.
void csb_unlisten(uint64_t ticket);
