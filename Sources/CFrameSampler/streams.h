// The video streams of an opened input.
#pragma once

#include "source.h"

// Sets `source->stream` to the one that the options ask for, and has FFmpeg discard the others. 0 or an error:
// `CFS_ERROR_NO_VIDEO` or `CFS_ERROR_NO_STREAM` where it is not there, or not yet.
int cfs_choose_stream(cfs_source *source, const cfs_options *options);

// Reads on until the stream is there, and chooses it: sound may come before the picture, and a stream may show up late.
// In a live stream not for long. What is read of it is kept in `source->pending`. 0 or an error.
int cfs_look_longer(cfs_source *source, const cfs_options *options);

// Lists the input's video streams in the source. Demuxers may find more of them while they read.
void cfs_source_list_streams(cfs_source *source);
