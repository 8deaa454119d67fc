// What became of workers.
#pragma once

// A worker was given an input, or was given up.
void csb_count_start(void);
void csb_count_release(void);
// A worker was ended: a CSB_ERROR_…, or another error, which is not counted.
void csb_count_end(int reason);
