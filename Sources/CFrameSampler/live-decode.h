// A live connection's decoding thread: what due pictures need, and no more.
#pragma once

// A body for `cfs_runner_start`.
void *cfs_live_decode_thread(void *live);
