// A live connection's reading thread, for `cfs_runner_start`: packets as they come, into the line.
#pragma once

void *cfs_live_read_thread(void *live);
