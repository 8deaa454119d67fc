// The sampler's reading thread: packets in, a plan, pieces out.
#pragma once

// A body for `cfs_runner_start`.
void *cfs_read_thread(void *sampler);
