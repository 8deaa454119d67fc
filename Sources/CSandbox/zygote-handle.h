// The zygote, as the process sees it that started it.
#pragma once

#include <stdint.h>

// As `csb_start`, but without a worker made ahead of time.
int csb_zygote_start(void);
// Has a worker forked, with descriptors that stay the caller's: `death`, then those of its body. Does not wait. 0 or an
// error.
int csb_zygote_fork(uint64_t worker, int death, const int *descriptors);
void csb_zygote_kill(uint64_t worker);
