// The sampler's decoding threads: each takes the next chain and decodes it.
#ifndef CFS_WORKERS_H
#define CFS_WORKERS_H

// A body for `cfs_runner_start`.
void *cfs_decode_thread(void *sampler);

#endif
