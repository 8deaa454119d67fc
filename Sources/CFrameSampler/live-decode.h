// A live connection's decoding thread: what due pictures need, and no more.
#ifndef CFS_LIVE_DECODE_H
#define CFS_LIVE_DECODE_H

// A body for `cfs_runner_start`.
void *cfs_live_decode_thread(void *live);

#endif
