// A live connection's decoding thread, for `cfs_runner_start`: what due pictures need, and no more.
#pragma once

void *cfs_live_decode_thread(void *live);
