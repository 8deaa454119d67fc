#include "image-tiff.h"

#include "exif.h"
#include "image-ffmpeg.h"
#include "picture.h"
#include "tiff.h"

typedef struct tiff_state {
    const cfs_image_file *file;
    int count, next;
    uint32_t pages[CFS_MOST_PAGES + 1]; // where their directories lie
} tiff_state;

#define PAGE(alpha) {"tiff", cfs_image_reader_ffmpeg, AV_CODEC_ID_TIFF, NULL, alpha}
static const cfs_image_kind kinds[] = {
    [cfs_tiff_no_alpha] = PAGE(cfs_alpha_unused),
    [cfs_tiff_straight_alpha] = PAGE(cfs_alpha_straight),
    [cfs_tiff_premultiplied_alpha] = PAGE(cfs_alpha_premultiplied),
};

int cfs_tiff_decode(const cfs_image_file *file, uint32_t page, cfs_picture **picture) {
    uint8_t *bytes = file->bytes->data;
    cfs_image_file only = *file;
    only.kind = &kinds[cfs_tiff_alpha_of(bytes, file->size, page)];
    only.size = file->size + CFS_TIFF_ROOM;
    if (!cfs_tiff_turn_to(bytes, file->size, page)) return CFS_ERROR_NO_DECODER;
    void *decoder = NULL;
    int code = cfs_image_by_ffmpeg.open(&only, &decoder);
    if (code == 0) code = cfs_image_by_ffmpeg.next(decoder, picture);
    if (decoder) cfs_image_by_ffmpeg.close(decoder);
    if (code == 1) cfs_exif_orientation_of(cfs_tiff_orientation(bytes, file->size, page), &(*picture)->orientation);
    return code;
}

static int next_picture(void *opaque, cfs_picture **picture) {
    tiff_state *state = opaque;
    if (state->next == state->count) return 0;
    if (state->next == CFS_MOST_PAGES) return CFS_ERROR_TOO_MANY_PAGES;
    return cfs_tiff_decode(state->file, state->pages[state->next++], picture);
}

static int open_image(const cfs_image_file *file, void **result) {
    tiff_state *state = av_mallocz(sizeof *state);
    if (!state) return AVERROR(ENOMEM);
    state->file = file;
    state->count = cfs_tiff_pages(file->bytes->data, file->size, state->pages, CFS_MOST_PAGES + 1);
    if (state->count > 0) {
        *result = state;
        return 0;
    }
    av_free(state);
    return CFS_ERROR_BROKEN_IMAGE;
}

static void close_image(void *opaque) { av_free(opaque); }

const cfs_image_library cfs_image_by_pages = {open_image, next_picture, close_image};
