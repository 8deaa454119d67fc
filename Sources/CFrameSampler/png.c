#include "png.h"

#include "ffmpeg.h"

enum { signature_bytes = 8, frame_bytes = 12 }; // a chunk's length, type and checksum

// PNG 11.3.3: zTXt, iTXt, tEXt; 11.3.2.3: iCCP.
static bool is_unwanted(uint32_t type) {
    return type == AV_RB32("zTXt") || type == AV_RB32("iTXt") || type == AV_RB32("tEXt") || type == AV_RB32("iCCP");
}

// Whether a chunk comes before another, or before the end of the bytes. What is cut off is none.
static bool comes_before(const uint8_t *bytes, size_t size, uint32_t wanted, uint32_t end) {
    for (size_t at = signature_bytes; at <= size && size - at >= frame_bytes;) {
        uint32_t type = AV_RB32(bytes + at + 4);
        size_t length = (size_t)AV_RB32(bytes + at) + frame_bytes;
        if (type == end || length > size - at) return false;
        if (type == wanted) return true;
        at += length;
    }
    return false;
}

bool cfs_png_is_animated(const uint8_t *bytes, size_t size) {
    return comes_before(bytes, size, AV_RB32("acTL"), AV_RB32("IDAT"));
}

bool cfs_png_has_end(const uint8_t *bytes, size_t size) { return comes_before(bytes, size, AV_RB32("IEND"), 0); }

size_t cfs_png_without_text(uint8_t *bytes, size_t size) {
    if (size < signature_bytes || memcmp(bytes, "\x89PNG\r\n\x1A\n", signature_bytes) != 0) return size;
    size_t from = signature_bytes, to = signature_bytes;
    while (size - from >= frame_bytes) {
        size_t length = (size_t)AV_RB32(bytes + from) + frame_bytes;
        bool unwanted = is_unwanted(AV_RB32(bytes + from + 4));
        if (length > size - from) {
            // The chunk is cut off. If it is wanted, the decoder takes what there is of it.
            if (unwanted) from = size;
            break;
        }
        if (!unwanted) {
            memmove(bytes + to, bytes + from, length);
            to += length;
        }
        from += length;
    }
    memmove(bytes + to, bytes + from, size - from);
    return to + (size - from);
}
