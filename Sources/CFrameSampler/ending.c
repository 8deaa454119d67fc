#include "ending.h"

#include <sys/stat.h>
#include <unistd.h>

enum { most_boxes = 1000000 };

static bool is_container(const AVFormatContext *format, const char *name) {
    return av_match_list(name, format->iformat->name, ',') > 0;
}

// The input's size in bytes, or, where it states none, the bytes that were read.
static int64_t available(AVFormatContext *format) {
    int64_t size = avio_size(format->pb);
    return size > 0 ? size : avio_tell(format->pb);
}

// Whether a packet of the index ends beyond the input.
static bool index_goes_beyond(const AVStream *stream, int64_t size) {
    AVStream *indexed = (AVStream *)(uintptr_t)stream; // FFmpeg's accessor lacks a const
    int count = avformat_index_get_entries_count(indexed);
    for (int i = 0; i < count; i++) {
        const AVIndexEntry *entry = avformat_index_get_entry(indexed, i);
        if (entry->pos + entry->size > size) return true;
    }
    return false;
}

// ISO/IEC 14496-12 4.2: boxes follow one another, and each begins with its size.
static bool boxes_go_beyond(int file, int64_t size) {
    int64_t at = 0;
    for (int i = 0; i < most_boxes && at + 8 <= size; i++) {
        uint8_t head[16];
        ssize_t count = pread(file, head, sizeof head, at);
        if (count < 8) return true;
        int64_t length = AV_RB32(head);
        if (length == 0) return false; // to the end of the file
        if (length == 1) {
            if (count < 16) return true;
            length = (int64_t)AV_RB64(head + 8);
        }
        if (length < 8 || length > size - at) return true;
        at += length;
    }
    return false;
}

// Reads a number of EBML (RFC 8794 4), whose length the leading zeros of its first byte tell. Returns the length, 0
// when it is no number. `value` receives -1 for EBML's "unknown".
static int ebml_number(const uint8_t *bytes, size_t size, bool keeps_marker, int64_t *value) {
    int length = 1;
    while (length <= 8 && size > 0 && !(bytes[0] & 0x80 >> (length - 1))) length++;
    if (length > 8 || (size_t)length > size) return 0;
    uint64_t number = keeps_marker ? bytes[0] : bytes[0] & (0xFF >> length);
    bool all_ones = number == (0xFFu >> length);
    for (int i = 1; i < length; i++) {
        number = number << 8 | bytes[i];
        all_ones &= bytes[i] == 0xFF;
    }
    *value = all_ones && !keeps_marker ? -1 : (int64_t)number;
    return length;
}

// Matroska: a header, then one segment that holds the rest.
static bool segment_goes_beyond(int file, int64_t size) {
    uint8_t bytes[16];
    int64_t at = 0;
    for (int i = 0; i < 2; i++) {
        ssize_t count = pread(file, bytes, sizeof bytes, at);
        int64_t id, length;
        int id_bytes = count > 0 ? ebml_number(bytes, (size_t)count, true, &id) : 0;
        int length_bytes = id_bytes ? ebml_number(bytes + id_bytes, (size_t)(count - id_bytes), false, &length) : 0;
        if (length_bytes == 0 || length < 0) return false;
        at += id_bytes + length_bytes;
        if (length > size - at) return true;
        at += length;
    }
    return false;
}

static bool riff_goes_beyond(int file, int64_t size) {
    uint8_t head[8];
    return pread(file, head, sizeof head, 0) == sizeof head && AV_RL32(head) == AV_RL32("RIFF")
        && (int64_t)AV_RL32(head + 4) + 8 > size;
}

// A transport stream consists of packets of one size.
static bool has_partial_packet(AVFormatContext *format, int64_t first_packet, int64_t size) {
    int64_t packet = 0;
    if (first_packet < 0 || av_opt_get_int(format->priv_data, "ts_packetsize", 0, &packet) < 0 || packet <= 0)
        return false;
    return (size - first_packet) % packet != 0;
}

bool cfs_ends_early(AVFormatContext *format, const AVStream *stream, int file, int64_t first_packet) {
    if (!format->pb) return false;
    // Where a connection broke off there is an error; where the input ended there is none.
    if (format->pb->error < 0 && format->pb->error != AVERROR_EOF) return true;
    int64_t size = available(format);
    bool is_iso = is_container(format, "mp4");
    if ((is_iso || is_container(format, "avi")) && index_goes_beyond(stream, size)) return true;
    struct stat status;
    if (file < 0 || fstat(file, &status) < 0 || !S_ISREG(status.st_mode)) return false;
    if (is_iso) return boxes_go_beyond(file, status.st_size);
    if (is_container(format, "matroska")) return segment_goes_beyond(file, status.st_size);
    if (is_container(format, "avi")) return riff_goes_beyond(file, status.st_size);
    return is_container(format, "mpegts") && has_partial_packet(format, first_packet, status.st_size);
}
