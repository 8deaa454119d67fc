// Reading a source: the packets of its video stream, one by one, within deadlines and limits.
#pragma once

#include "source.h"

// Reads the next packet of the video stream. 1 = read, 0 = end, negative = an error. An input that breaks off has an
// end there, with `ended_broken` set.
int cfs_source_read(cfs_source *source, AVPacket *packet);
// Whether the input ended earlier than it declared, given the end that was measured.
bool cfs_source_truncated(const cfs_source *source, int64_t measured_ns);
