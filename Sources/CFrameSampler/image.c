// Images held in memory, decoded picture by picture, by whichever library knows their format.
#include "heif-decoder.h"
#include "image-color.h"
#include "image-ffmpeg.h"
#include "image-heif.h"
#include "image-kind.h"
#include "image-pdf.h"
#include "image-raw.h"
#include "image-tiff.h"
#include "image-webp.h"
#include "picture.h"
#include "png.h"
#include "tiff.h"

struct cfs_image {
    cfs_image_file file;
    const cfs_image_library *library;
    void *state;
    atomic_bool cancelled;
};

static const cfs_image_library *const libraries[] = {
    [cfs_image_reader_ffmpeg] = &cfs_image_by_ffmpeg, [cfs_image_reader_tiff] = &cfs_image_by_pages,
    [cfs_image_reader_heif] = &cfs_image_by_heif,     [cfs_image_reader_webp] = &cfs_image_by_webp,
    [cfs_image_reader_raw] = &cfs_image_by_raw,       [cfs_image_reader_pdf] = &cfs_image_by_pdf,
};

static int take_bytes(cfs_image_file *file, const uint8_t *bytes, size_t size) {
    const size_t room = CFS_TIFF_ROOM + AV_INPUT_BUFFER_PADDING_SIZE;
    file->bytes = av_buffer_alloc(size + room);
    if (!file->bytes) return AVERROR(ENOMEM);
    memcpy(file->bytes->data, bytes, size);
    file->size = cfs_png_without_text(file->bytes->data, size);
    memset(file->bytes->data + file->size, 0, room);
    if (file->kind->reader == cfs_image_reader_pdf) cfs_pdf_count_anew(file->bytes->data, file->size);
    return 0;
}

int cfs_image_open(const uint8_t *bytes, size_t size, int64_t max_pixels, int32_t wanted_side, cfs_image **result) {
    *result = NULL;
    av_log_set_level(AV_LOG_QUIET);
    const cfs_image_kind *kind = cfs_image_recognize(bytes, size);
    if (!kind) return CFS_ERROR_NOT_AN_IMAGE;
    int refusal = cfs_image_inspect(kind, bytes, size, max_pixels);
    if (refusal < 0) return refusal;
    cfs_image *image = av_mallocz(sizeof *image);
    if (!image) return AVERROR(ENOMEM);
    image->file.kind = kind;
    image->file.max_pixels = max_pixels;
    image->file.wanted_side = wanted_side;
    atomic_init(&image->cancelled, false);
    image->file.cancelled = &image->cancelled;
    image->library = libraries[kind->reader];
    int code = take_bytes(&image->file, bytes, size);
    if (code == 0) code = image->library->open(&image->file, &image->state);
    if (code < 0) {
        cfs_image_close(image);
        return code;
    }
    *result = image;
    return 0;
}

void cfs_image_prepare(void) {
    cfs_heif_decoder_install();
    cfs_color_prepare();
    cfs_pdf_prepare();
}

const char *cfs_image_format(const cfs_image *image) { return image->file.kind->name; }

int cfs_image_next(cfs_image *image, cfs_picture **picture) {
    *picture = NULL;
    if (atomic_load(&image->cancelled)) return CFS_ERROR_CANCELLED;
    int code = image->library->next(image->state, picture);
    // Viewers take what images say of their resolution for that of a print, not for the shape of pixels.
    if (code == 1) (*picture)->aspect = (AVRational){1, 1};
    return code;
}

void cfs_image_cancel(cfs_image *image) { atomic_store(&image->cancelled, true); }

void cfs_image_close(cfs_image *image) {
    if (!image) return;
    if (image->state) image->library->close(image->state);
    av_buffer_unref(&image->file.bytes);
    av_free(image);
}
