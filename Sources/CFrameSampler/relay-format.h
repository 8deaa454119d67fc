// What goes from a process that reads an input to one that decodes it: one relay_opening, with the extra data behind it,
// then a relay_packet each, with its side data and its data behind it. Both ends are of the same program.
#pragma once

#include "source.h"

enum { relay_sides = 4, relay_side_bytes = 1 << 20, relay_extra_bytes = 16 << 20, relay_most_side = 1 << 20 };

// Whether side data is what a decoder, or whoever shows the picture, goes by.
static inline bool relay_wants(enum AVPacketSideDataType type, size_t size) {
    switch (type) {
    case AV_PKT_DATA_NEW_EXTRADATA: return size <= relay_side_bytes;
    case AV_PKT_DATA_PALETTE: return size == AVPALETTE_SIZE;
    case AV_PKT_DATA_DISPLAYMATRIX: return size == 9 * sizeof(int32_t);
    default: return false;
    }
}

typedef struct relay_opening {
    int code; // 0, or why there is nothing
    cfs_media media;
    char container[64];
    cfs_stream streams[listed_streams];
    int stream_count;
    bool is_unsized, has_matrix;
    int32_t matrix[9];
    // Of the stream, and of its AVCodecParameters:
    AVRational time_base, average_rate, real_rate, aspect;
    int64_t duration, frame_count, start;
    int disposition;
    enum AVCodecID codec;
    uint32_t tag;
    int format, profile, level, width, height, coded_bits, raw_bits, video_delay;
    int64_t bit_rate;
    AVRational coded_aspect;
    enum AVFieldOrder fields;
    enum AVColorRange range;
    enum AVColorPrimaries primaries;
    enum AVColorTransferCharacteristic transfer;
    enum AVColorSpace space;
    enum AVChromaLocation chroma;
    int extra_size;
} relay_opening;

typedef struct relay_packet {
    int code; // 1; else the input's end, 0 or an error
    bool ended_broken, limit_reached;
    int64_t pts, dts, duration, position;
    int flags, size, side_count;
    struct {
        enum AVPacketSideDataType type;
        size_t size;
    } sides[relay_sides];
} relay_packet;
