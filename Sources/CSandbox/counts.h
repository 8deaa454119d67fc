// What became of workers.
#pragma once

#include <stdbool.h>

// Whether an error is one of those with which a worker ends its input: a CSB_ERROR_….
bool csb_is_death(int reason);

// A worker was given an input, or was given up.
void csb_count_start(void);
void csb_count_release(void);
// A worker was ended: a CSB_ERROR_…, or another error, which is not counted.
void csb_count_end(int reason);
