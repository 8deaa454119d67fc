// The sampler's decoding threads, for `cfs_runner_start`: each takes the next chain and decodes it.
#pragma once

void *cfs_decode_thread(void *sampler);
