#include "bitstream.h"

bool cfs_codec_is_intra_only(enum AVCodecID codec) {
    const AVCodecDescriptor *descriptor = avcodec_descriptor_get(codec);
    return descriptor && (descriptor->props & AV_CODEC_PROP_INTRA_ONLY);
}

bool cfs_codec_is_plannable(enum AVCodecID codec) {
    switch (codec) {
    case AV_CODEC_ID_H264:
    case AV_CODEC_ID_HEVC:
    case AV_CODEC_ID_AV1:
    case AV_CODEC_ID_VP8:
    case AV_CODEC_ID_VP9:
    case AV_CODEC_ID_MPEG1VIDEO:
    case AV_CODEC_ID_MPEG2VIDEO:
    case AV_CODEC_ID_MPEG4:
    case AV_CODEC_ID_MSMPEG4V2:
    case AV_CODEC_ID_MSMPEG4V3:
    case AV_CODEC_ID_WMV1:
    case AV_CODEC_ID_WMV2:
    case AV_CODEC_ID_FLV1:
    case AV_CODEC_ID_H263:
    case AV_CODEC_ID_THEORA: return true;
    default: return cfs_codec_is_intra_only(codec);
    }
}

// MARK: NAL units (H.264, HEVC)

typedef struct nal_unit {
    const uint8_t *data;
    int size;
} nal_unit;

static int start_code(const uint8_t *data, int from, int size) {
    for (int i = from; i + 3 <= size; i++)
        if (data[i] == 0 && data[i + 1] == 0 && data[i + 2] == 1) return i;
    return size;
}

// Steps through a packet's NAL units; `offset` starts at 0.
static bool next_nal(const AVPacket *packet, int length_size, int *offset, nal_unit *unit) {
    const uint8_t *data = packet->data;
    if (length_size > 0) {
        if (*offset + length_size > packet->size) return false;
        uint32_t length = 0;
        for (int i = 0; i < length_size; i++) length = length << 8 | data[*offset + i];
        int begin = *offset + length_size;
        if (length == 0 || length > (uint32_t)(packet->size - begin)) return false;
        *unit = (nal_unit){data + begin, (int)length};
        *offset = begin + (int)length;
        return true;
    }
    int begin = start_code(data, *offset, packet->size) + 3;
    if (begin >= packet->size) return false;
    int end = start_code(data, begin, packet->size);
    *unit = (nal_unit){data + begin, end - begin};
    *offset = end;
    return true;
}

int cfs_nal_length_size(const AVCodecParameters *parameters) {
    const uint8_t *extra = parameters->extradata;
    int size = parameters->extradata_size;
    bool zeros = size >= 4 && extra[0] == 0 && extra[1] == 0;
    bool start_codes = zeros && (extra[2] == 1 || (extra[2] == 0 && extra[3] == 1));
    if (start_codes) return 0;
    if (parameters->codec_id == AV_CODEC_ID_H264 && size >= 7 && extra[0] == 1) return (extra[4] & 3) + 1;
    if (parameters->codec_id == AV_CODEC_ID_HEVC && size >= 23) return (extra[21] & 3) + 1;
    return 0;
}

// A recovery point SEI (H.264 D.1.8) opens a group only if the picture right after it is exact already:
// recovery_frame_cnt, an ue(v), is 0 (a single 1 bit), and exact_match_flag is 1. In a stream that is refreshed by a
// moving column of intra blocks the count is above 0, and no group opens.
static bool is_exact_recovery_point(nal_unit unit) {
    int i = 1;
    while (i + 2 < unit.size) {
        int type = 0, size = 0;
        while (i < unit.size && unit.data[i] == 0xff) type += 255, i++;
        if (i >= unit.size) return false;
        type += unit.data[i++];
        while (i < unit.size && unit.data[i] == 0xff) size += 255, i++;
        if (i >= unit.size) return false;
        size += unit.data[i++];
        if (type == 6) return size >= 1 && i < unit.size && (unit.data[i] & 0xc0) == 0xc0;
        i += size;
    }
    return false;
}

static bool h264_starts_group(const AVPacket *packet, int length_size) {
    nal_unit unit;
    for (int offset = 0; next_nal(packet, length_size, &offset, &unit);) {
        int type = unit.data[0] & 0x1f;
        if (type == 5) return true;
        if (type == 6 && is_exact_recovery_point(unit)) return true;
        if (type == 1 || type == 2) return false;
    }
    return false;
}

static bool hevc_is_sub_layered(const AVPacket *packet, int length_size) {
    nal_unit unit;
    for (int offset = 0; next_nal(packet, length_size, &offset, &unit);)
        if (unit.size >= 2 && (unit.data[0] >> 1 & 0x3f) < 32) return (unit.data[1] & 7) > 1;
    return false;
}

cfs_packet_traits cfs_packet_inspect(const AVPacket *packet, enum AVCodecID codec, int length_size) {
    bool key = (packet->flags & AV_PKT_FLAG_KEY) != 0;
    cfs_packet_traits traits = {.cut = key || cfs_codec_is_intra_only(codec)};
    traits.hidden = (packet->flags & AV_PKT_FLAG_DISCARD) != 0;
    switch (codec) {
    case AV_CODEC_ID_H264: traits.cut = key && h264_starts_group(packet, length_size); break;
    case AV_CODEC_ID_HEVC: traits.sub_layered = hevc_is_sub_layered(packet, length_size); break;
    // RFC 6386 9.1: show_frame is bit 4 of the frame tag.
    case AV_CODEC_ID_VP8: traits.hidden |= packet->size > 0 && !(packet->data[0] & 0x10); break;
    default: break;
    }
    return traits;
}
