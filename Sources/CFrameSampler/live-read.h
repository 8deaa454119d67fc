// A live connection's reading thread: packets as they come, into the line.
#pragma once

// A body for `cfs_runner_start`.
void *cfs_live_read_thread(void *live);
