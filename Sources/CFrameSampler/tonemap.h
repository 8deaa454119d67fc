// HDR (PQ, HLG) to what an SDR viewer sees.
#pragma once

#include "ffmpeg.h"

// Scales to 16-bit RGB, maps that to BT.709 SDR, and converts it, to fill `target`. 0 or an error.
int cfs_tone_map(const AVFrame *frame, AVFrame *target);
