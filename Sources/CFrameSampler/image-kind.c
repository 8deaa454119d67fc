#include "image-kind.h"

#include "CSamplerBase.h"

static const cfs_image_kind kinds[] = {
    {"jpeg", "\xFF\xD8\xFF", 3, AV_CODEC_ID_MJPEG, NULL},
    {"png", "\x89PNG\r\n\x1A\n", 8, AV_CODEC_ID_PNG, NULL},
    {"gif", "GIF87a", 6, AV_CODEC_ID_GIF, "gif"},
    {"gif", "GIF89a", 6, AV_CODEC_ID_GIF, "gif"},
    {"bmp", "BM", 2, AV_CODEC_ID_BMP, NULL},
    {"webp", "RIFF", 4, AV_CODEC_ID_WEBP, NULL},
    {"tiff", "II*\0", 4, AV_CODEC_ID_TIFF, NULL},
    {"tiff", "MM\0*", 4, AV_CODEC_ID_TIFF, NULL},
    {"ico", "\0\0\1\0", 4, AV_CODEC_ID_NONE, "ico"},
};

const cfs_image_kind *cfs_image_recognize(const uint8_t *bytes, size_t size) {
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        const cfs_image_kind *kind = &kinds[i];
        if (size < kind->length || memcmp(bytes, kind->magic, kind->length) != 0) continue;
        if (kind->codec == AV_CODEC_ID_WEBP && (size < 12 || memcmp(bytes + 8, "WEBP", 4) != 0)) continue;
        return kind;
    }
    return NULL;
}

// FFmpeg conceals that the end of a JPEG is missing, but the marker that ends it is then missing too. It is searched
// for, because cameras append data.
static bool lacks_end_of_jpeg(const uint8_t *bytes, size_t size) {
    for (size_t i = size; i >= 2; i--)
        if (bytes[i - 2] == 0xFF && bytes[i - 1] == 0xD9) return false;
    return true;
}

// FFmpeg reports a PNG of absurd size as a broken one, so its header is looked at first.
static bool is_absurd_png(const uint8_t *bytes, size_t size, int64_t max_pixels) {
    if (size < 24) return false;
    return (uint64_t)AV_RB32(bytes + 16) * AV_RB32(bytes + 20) > (uint64_t)max_pixels;
}

int cfs_image_inspect(const cfs_image_kind *kind, const uint8_t *bytes, size_t size, int64_t max_pixels) {
    if (size > INT32_MAX / 2) return CFS_ERROR_BROKEN_IMAGE;
    if (kind->codec == AV_CODEC_ID_MJPEG && lacks_end_of_jpeg(bytes, size)) return CFS_ERROR_BROKEN_IMAGE;
    if (kind->codec == AV_CODEC_ID_PNG && is_absurd_png(bytes, size, max_pixels)) return CFS_ERROR_TOO_MANY_PIXELS;
    return 0;
}
