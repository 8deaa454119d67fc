// The sampler's decoding threads: each takes the next chain and decodes it.
#pragma once

// A body for `cfs_runner_start`.
void *cfs_decode_thread(void *sampler);
