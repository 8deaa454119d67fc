#include "png.h"

#include "ffmpeg.h"

enum { signature_bytes = 8, frame_bytes = 12 }; // a chunk's length, type and checksum

// PNG 11.3.3: zTXt, iTXt, tEXt. A profile (11.3.2.3) of that many bytes has at most a thousand times as many; those of
// screens and cameras have a few hundred.
static bool is_unwanted(uint32_t type, size_t length) {
    enum { largest_profile = 16 << 10 };
    bool is_text = type == AV_RB32("zTXt") || type == AV_RB32("iTXt") || type == AV_RB32("tEXt");
    return is_text || (type == AV_RB32("iCCP") && length > largest_profile);
}

// The first chunk of a type, unless another comes before it. NULL when there is none; what is cut off is none.
static const uint8_t *find(const uint8_t *bytes, size_t size, uint32_t wanted, uint32_t end) {
    for (size_t at = signature_bytes; at <= size && size - at >= frame_bytes;) {
        uint32_t type = AV_RB32(bytes + at + 4);
        size_t length = (size_t)AV_RB32(bytes + at) + frame_bytes;
        if (type == end || length > size - at) return NULL;
        if (type == wanted) return bytes + at;
        at += length;
    }
    return NULL;
}

bool cfs_png_is_animated(const uint8_t *bytes, size_t size) {
    return find(bytes, size, AV_RB32("acTL"), AV_RB32("IDAT")) != NULL;
}

size_t cfs_png_size(const uint8_t *bytes, size_t size) {
    const uint8_t *end = find(bytes, size, AV_RB32("IEND"), 0);
    return end ? (size_t)(end - bytes) + AV_RB32(end) + frame_bytes : 0;
}

const uint8_t *cfs_png_chunk(const uint8_t *bytes, size_t size, const char *type, size_t *length) {
    const uint8_t *chunk = find(bytes, size, AV_RB32(type), 0);
    if (!chunk) return NULL;
    *length = AV_RB32(chunk);
    return chunk + 8;
}

size_t cfs_png_without_text(uint8_t *bytes, size_t size) {
    if (size < signature_bytes || memcmp(bytes, "\x89PNG\r\n\x1A\n", signature_bytes) != 0) return size;
    size_t from = signature_bytes, to = signature_bytes;
    while (size - from >= frame_bytes) {
        size_t length = (size_t)AV_RB32(bytes + from) + frame_bytes;
        bool unwanted = is_unwanted(AV_RB32(bytes + from + 4), length);
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
