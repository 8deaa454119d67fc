// A live connection's reading thread: packets as they come, into the line.
#ifndef CFS_LIVE_READ_H
#define CFS_LIVE_READ_H

// A body for `cfs_runner_start`.
void *cfs_live_read_thread(void *live);

#endif
