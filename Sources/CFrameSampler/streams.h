// The video streams of an opened input.
#pragma once

#include "source.h"

// Sets `source->stream` to the one the options ask for, and leaves out the others. 0 or an error: `CFS_ERROR_NO_VIDEO` or
// `CFS_ERROR_NO_STREAM` where it is not there, or not yet.
int cfs_choose_stream(cfs_source *source, const cfs_options *options);

// Sound may come before the picture does, and a stream may show up late: reads on until it is there, in a live stream not
// for long, and chooses it. What is read of it is kept for the first reading.
int cfs_look_longer(cfs_source *source, const cfs_options *options);

// Notes the input's video streams, of which demuxers may find more while they read.
void cfs_source_list_streams(cfs_source *source);
