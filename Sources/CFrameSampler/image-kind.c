#include "image-kind.h"

#include "CPicture.h"
#include "CSamplerBase.h"
#include "png.h"
#include "tiff.h"

static const cfs_image_kind heic = {"heic", cfs_image_reader_heif, AV_CODEC_ID_NONE, NULL, cfs_alpha_straight};
static const cfs_image_kind avif = {"avif", cfs_image_reader_heif, AV_CODEC_ID_NONE, NULL, cfs_alpha_straight};
#define RAW {"raw", cfs_image_reader_raw, AV_CODEC_ID_NONE, NULL, cfs_alpha_straight}
static const cfs_image_kind raw = RAW;
static const cfs_image_kind pdf = {"pdf", cfs_image_reader_pdf, AV_CODEC_ID_NONE, NULL, cfs_alpha_straight};

static const cfs_image_kind animated_png = {
    "png", cfs_image_reader_ffmpeg, AV_CODEC_ID_APNG, "apng", cfs_alpha_straight};

static const cfs_image_kind opaque_bmp = {"bmp", cfs_image_reader_ffmpeg, AV_CODEC_ID_BMP, NULL, cfs_alpha_unused};

static const struct beginning {
    const char *magic;
    size_t length;
    cfs_image_kind kind;
} beginnings[] = {
    {"\xFF\xD8\xFF", 3, {"jpeg", cfs_image_reader_ffmpeg, AV_CODEC_ID_MJPEG, NULL, cfs_alpha_unused}},
    {"\x89PNG\r\n\x1A\n", 8, {"png", cfs_image_reader_ffmpeg, AV_CODEC_ID_PNG, NULL, cfs_alpha_straight}},
    {"GIF87a", 6, {"gif", cfs_image_reader_ffmpeg, AV_CODEC_ID_GIF, "gif", cfs_alpha_straight}},
    {"GIF89a", 6, {"gif", cfs_image_reader_ffmpeg, AV_CODEC_ID_GIF, "gif", cfs_alpha_straight}},
    {"BM", 2, {"bmp", cfs_image_reader_ffmpeg, AV_CODEC_ID_BMP, NULL, cfs_alpha_straight}},
    {"RIFF", 4, {"webp", cfs_image_reader_webp, AV_CODEC_ID_NONE, NULL, cfs_alpha_straight}},
    {"II*\0", 4, {"tiff", cfs_image_reader_tiff, AV_CODEC_ID_NONE, NULL, cfs_alpha_straight}},
    {"MM\0*", 4, {"tiff", cfs_image_reader_tiff, AV_CODEC_ID_NONE, NULL, cfs_alpha_straight}},
    {"\0\0\1\0", 4, {"ico", cfs_image_reader_ffmpeg, AV_CODEC_ID_NONE, "ico", cfs_alpha_straight}},
    // Cameras' own beginnings, of Canon, Fujifilm, Olympus, Panasonic, Minolta and Sigma.
    {"II\x1A\0\0\0HEAPCCDR", 14, RAW},
    {"FUJIFILMCCD-RAW", 15, RAW},
    {"IIRO", 4, RAW},
    {"IIRS", 4, RAW},
    {"MMOR", 4, RAW},
    {"IIU\0", 4, RAW},
    {"\0MRM", 4, RAW},
    {"FOVb", 4, RAW},
};

static bool has_at(const uint8_t *bytes, size_t size, size_t place, const char *text) {
    size_t length = strlen(text);
    return size >= place + length && memcmp(bytes + place, text, length) == 0;
}

// ISO/IEC 14496-12 4.2 and 8.2: whether there are tracks, as in a sequence of images, which is a video.
static bool has_tracks(const uint8_t *bytes, size_t size) {
    enum { most_boxes = 64 };
    size_t at = 0;
    for (int i = 0; size - at >= 16; i++) {
        if (i == most_boxes) return true; // nobody knows what comes behind so many
        if (has_at(bytes, size, at + 4, "moov")) return true;
        uint64_t length = AV_RB32(bytes + at);
        if (length == 1) length = AV_RB64(bytes + at + 8);
        if (length < 8 || length > size - at) return false;
        at += length;
    }
    return false;
}

// ISO/IEC 23008-12 10.2, AVIF 1.1 8: what the file calls itself, first or among others.
static const cfs_image_kind *heif_by_brand(const uint8_t *bytes, size_t size) {
    static const char *const of_heic[] = {"heic", "heix", "heim", "heis", "mif1"};
    if (!has_at(bytes, size, 4, "ftyp") || has_tracks(bytes, size)) return NULL;
    size_t end = FFMIN(AV_RB32(bytes), size);
    bool is_heic = false;
    for (size_t at = 8; at + 4 <= end; at += at == 8 ? 8 : 4) {
        if (has_at(bytes, size, at, "avif")) return &avif;
        for (size_t i = 0; i < FF_ARRAY_ELEMS(of_heic); i++) is_heic |= has_at(bytes, size, at, of_heic[i]);
    }
    return is_heic ? &heic : NULL;
}

static const uint8_t *last_of(const uint8_t *bytes, size_t size, const char *text) {
    size_t length = strlen(text);
    for (size_t at = size; at >= length; at--)
        if (memcmp(bytes + at - length, text, length) == 0) return bytes + at - length;
    return NULL;
}

// Viewers accept a header somewhere in the first kilobyte, too. But a file that begins as something else may be shown
// as that.
bool cfs_image_is_document(const void *bytes, size_t size) { return has_at(bytes, size, 0, "%PDF-"); }

// Viewers take the fourth byte of a pixel for alpha only where there is a mask for it.
static bool is_opaque_bmp(const uint8_t *bytes, size_t size) {
    enum { compression_at = 30, no_masks = 0 };
    return size >= compression_at + 4 && AV_RL32(bytes + compression_at) == no_masks;
}

// Formats that begin alike.
static const cfs_image_kind *refine(const cfs_image_kind *kind, const uint8_t *bytes, size_t size) {
    if (kind->reader == cfs_image_reader_tiff && cfs_tiff_is_raw(bytes, size)) return &raw;
    if (kind->codec == AV_CODEC_ID_BMP && is_opaque_bmp(bytes, size)) return &opaque_bmp;
    if (kind->codec == AV_CODEC_ID_PNG && cfs_png_is_animated(bytes, size)) return &animated_png;
    if (kind->reader == cfs_image_reader_webp && !has_at(bytes, size, 8, "WEBP")) return NULL;
    return kind;
}

const cfs_image_kind *cfs_image_recognize(const uint8_t *bytes, size_t size) {
    for (size_t i = 0; i < FF_ARRAY_ELEMS(beginnings); i++) {
        const struct beginning *beginning = &beginnings[i];
        if (size < beginning->length || memcmp(bytes, beginning->magic, beginning->length) != 0) continue;
        return refine(&beginning->kind, bytes, size);
    }
    if (has_at(bytes, size, 4, "ftypcrx ")) return &raw; // Canon's CR3
    const cfs_image_kind *heif = heif_by_brand(bytes, size);
    return heif ? heif : cfs_image_is_document(bytes, size) ? &pdf : NULL;
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

// A number of a PDF's after a word, which comes within so many bytes. -1 when it does not.
static int64_t number_after(const uint8_t *bytes, size_t size, const char *word) {
    const uint8_t *found = last_of(bytes, size, word);
    if (!found) return -1;
    const uint8_t *at = found + strlen(word), *end = bytes + size;
    while (at < end && (*at == ' ' || *at == '\r' || *at == '\n')) at++;
    int64_t number = 0;
    const uint8_t *first = at;
    for (; at < end && *at >= '0' && *at <= '9' && number < INT32_MAX; at++) number = number * 10 + (*at - '0');
    return at > first ? number : -1;
}

// Poppler shows what there is of a PDF. The end names where its table of contents lies; and a PDF for the web, which has
// another end near its beginning, says how long it is (ISO 32000-1 7.5.5, F.3.3).
static bool lacks_end_of_pdf(const uint8_t *bytes, size_t size) {
    enum { first_object = 1024 };
    const uint8_t *table = last_of(bytes, size, "startxref"), *end = last_of(bytes, size, "%%EOF");
    if (!table || !end || end < table) return true;
    size_t beginning = FFMIN(size, first_object);
    return last_of(bytes, beginning, "/Linearized") && number_after(bytes, beginning, "/L ") > (int64_t)size;
}

int cfs_image_inspect(const cfs_image_kind *kind, const uint8_t *bytes, size_t size, int64_t max_pixels) {
    if (size > INT32_MAX / 2) return CFS_ERROR_BROKEN_IMAGE;
    if (kind->codec == AV_CODEC_ID_MJPEG && lacks_end_of_jpeg(bytes, size)) return CFS_ERROR_BROKEN_IMAGE;
    bool is_animated_png = kind->codec == AV_CODEC_ID_APNG, is_png = kind->codec == AV_CODEC_ID_PNG || is_animated_png;
    if (is_png && is_absurd_png(bytes, size, max_pixels)) return CFS_ERROR_TOO_MANY_PIXELS;
    // FFmpeg takes the pictures that there are.
    if (is_animated_png && cfs_png_size(bytes, size) == 0) return CFS_ERROR_BROKEN_IMAGE;
    bool may_be_tiff = kind->reader == cfs_image_reader_raw || kind->reader == cfs_image_reader_tiff;
    bool is_tiff = has_at(bytes, size, 0, "II*") || has_at(bytes, size, 0, "MM");
    if (may_be_tiff && is_tiff && cfs_tiff_ends_early(bytes, size)) return CFS_ERROR_BROKEN_IMAGE;
    if (kind->reader == cfs_image_reader_pdf && lacks_end_of_pdf(bytes, size)) return CFS_ERROR_BROKEN_IMAGE;
    return 0;
}
