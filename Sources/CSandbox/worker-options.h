// What is opened, and what is said of it.
#pragma once

#include "worker-task.h"

// The options of a request that opens something, with what they point to in the task's region. 0 or EINVAL (an AVERROR).
int csb_read_options(const csb_task *task, cfs_options *options);
// Where a list of `csb_max_streams` streams goes, and how many there are; NULL where the region has no room for it.
cfs_stream *csb_stream_list(const csb_task *task);
void csb_count_streams(csb_task *task, int32_t count);
void csb_write_media(const cfs_media *media, csb_media_message *message);
