// The sampler's reading thread, for `cfs_runner_start`: packets in, a plan, pieces out.
#pragma once

void *cfs_read_thread(void *sampler);
