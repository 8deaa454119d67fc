// What a packet's own bytes tell about the pictures that depend on it, before anything is decoded.
#pragma once

#include <stdbool.h>

#include "ffmpeg.h"

// Whether timestamps of this codec's packets tell which picture each becomes: one packet, one picture, shown at the
// packet's pts. Codecs not listed are decoded whole.
bool cfs_codec_is_plannable(enum AVCodecID codec);
// Whether every picture of this codec stands alone.
bool cfs_codec_is_intra_only(enum AVCodecID codec);

typedef struct cfs_packet_traits {
    bool cut;         // decoding may start here: what follows in both orders needs nothing from before
    bool hidden;      // decodes to a picture nobody sees
    bool sub_layered; // belongs to an upper temporal layer (HEVC), see cfs_skip_policy
} cfs_packet_traits;

// `length_size` is the size of the length field before each NAL unit in mp4-like containers, 0 for start codes.
cfs_packet_traits cfs_packet_inspect(const AVPacket *packet, enum AVCodecID codec, int length_size);
// The `length_size` above, from the codec's extra data.
int cfs_nal_length_size(const AVCodecParameters *parameters);
