// The sampler's reading thread: packets in, a plan, pieces out.
#ifndef CFS_READER_H
#define CFS_READER_H

// A body for `cfs_runner_start`.
void *cfs_read_thread(void *sampler);

#endif
