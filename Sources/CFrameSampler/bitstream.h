// What the bytes of a packet tell about pictures before anything is decoded.
#pragma once

#include <stdbool.h>

#include "ffmpeg.h"

// Whether each packet of this codec becomes one picture, shown at the packet's pts. Other codecs are decoded whole.
bool cfs_codec_is_plannable(enum AVCodecID codec);
// Whether every picture of this codec stands alone.
bool cfs_codec_is_intra_only(enum AVCodecID codec);

typedef struct cfs_packet_traits {
    bool cut;         // decoding may start here: what is decoded later and shown later needs nothing from before
    bool hidden;      // becomes a picture that nobody sees
    bool sub_layered; // belongs to an upper temporal layer (HEVC), see decode-planned.c
} cfs_packet_traits;

// `length_size`: bytes of the length before each NAL unit, as in mp4; 0 where start codes separate them.
cfs_packet_traits cfs_packet_inspect(const AVPacket *packet, enum AVCodecID codec, int length_size);
// The `length_size` above, from the codec's extra data.
int cfs_nal_length_size(const AVCodecParameters *parameters);
