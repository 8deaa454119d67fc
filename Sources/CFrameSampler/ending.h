// Whether an input ends before its container says it does.
#pragma once

#include "ffmpeg.h"

// To be called once reading has ended. Compares what there is with what the container announces: its index, and the
// sizes in its structure. What a container does not announce is not missed.
// @param file A descriptor of the input when it is a regular file, else -1; its position is not moved.
// @param first_packet Where the video's first packet lies in the input, bytes; -1 when unknown.
bool cfs_ends_early(AVFormatContext *format, const AVStream *stream, int file, int64_t first_packet);
