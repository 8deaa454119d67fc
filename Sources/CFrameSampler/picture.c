#include "frame-color.h"
#include "picture.h"
#include "shrink.h"

static _Atomic int64_t live_pictures;

cfs_picture *cfs_picture_create(AVFrame *frame, const AVStream *stream) {
    cfs_picture *picture = av_mallocz(sizeof *picture);
    if (!picture) {
        av_frame_free(&frame);
        return NULL;
    }
    atomic_init(&picture->references, 1);
    picture->frame = frame;
    picture->width = frame->width;
    picture->height = frame->height;
    const AVFrameSideData *own = av_frame_get_side_data(frame, AV_FRAME_DATA_DISPLAYMATRIX);
    const int32_t *matrix = own ? (const int32_t *)own->data : stream ? cfs_stream_display_matrix(stream) : NULL;
    if (matrix) picture->orientation = cfs_orientation_of(matrix);
    bool declared = stream && stream->sample_aspect_ratio.num > 0;
    picture->aspect = declared ? stream->sample_aspect_ratio : frame->sample_aspect_ratio;
    if (picture->aspect.num <= 0 || picture->aspect.den <= 0) picture->aspect = (AVRational){1, 1};
    atomic_fetch_add(&live_pictures, 1);
    return picture;
}

cfs_picture *cfs_picture_retain(cfs_picture *picture) {
    atomic_fetch_add(&picture->references, 1);
    return picture;
}

void cfs_picture_release(cfs_picture *picture) {
    if (!picture || atomic_fetch_sub(&picture->references, 1) != 1) return;
    av_frame_free(&picture->frame);
    av_free(picture);
    atomic_fetch_sub(&live_pictures, 1);
}

int64_t cfs_picture_live_count(void) { return atomic_load(&live_pictures); }

// Pixels are made square by stretching, so that none are thrown away.
void cfs_picture_upright_size(const cfs_picture *picture, int32_t *width, int32_t *height) {
    int64_t w = picture->width, h = picture->height;
    int64_t num = picture->aspect.num, den = picture->aspect.den;
    if (num > den) w = av_rescale_rnd(w, num, den, AV_ROUND_NEAR_INF);
    else if (den > num) h = av_rescale_rnd(h, den, num, AV_ROUND_NEAR_INF);
    // An absurd aspect ratio is a lie or an attack.
    if (w > 4 * (int64_t)picture->width || h > 4 * (int64_t)picture->height) w = picture->width, h = picture->height;
    bool sideways = cfs_is_sideways(picture->orientation);
    *width = (int32_t)(sideways ? h : w);
    *height = (int32_t)(sideways ? w : h);
}

cfs_picture_info cfs_picture_describe(const cfs_picture *picture) {
    const AVFrame *frame = picture->frame;
    const char *name = av_get_pix_fmt_name((enum AVPixelFormat)frame->format);
    cfs_picture_info info = {
        .coded_width = picture->width,
        .coded_height = picture->height,
        .rotation = picture->orientation.quarter_turns * 90,
        .interlaced = cfs_frame_interlaced(frame),
        .hdr = cfs_frame_is_hdr(frame),
        .pixel_format = name ? name : "unknown",
    };
    cfs_picture_upright_size(picture, &info.width, &info.height);
    return info;
}

int64_t cfs_picture_decoded_size(const cfs_picture *picture) {
    const AVFrame *frame = picture->frame;
    return av_image_get_buffer_size((enum AVPixelFormat)frame->format, frame->width, frame->height, 1);
}

int64_t cfs_picture_copy_decoded(const cfs_picture *picture, uint8_t *bytes, int64_t capacity) {
    const AVFrame *frame = picture->frame;
    return av_image_copy_to_buffer(bytes, (int)capacity, (const uint8_t *const *)frame->data, frame->linesize,
                                   (enum AVPixelFormat)frame->format, frame->width, frame->height, 1);
}

int cfs_picture_render(const cfs_picture *picture, cfs_layout layout, int32_t width, int32_t height, uint8_t *pixels) {
    if (width < 1 || height < 1) return AVERROR(EINVAL);
    bool gray = layout == CFS_LAYOUT_GRAY8, sideways = cfs_is_sideways(picture->orientation);
    int depth = gray ? 1 : 3, coded_width = sideways ? height : width, coded_height = sideways ? width : height;
    if (cfs_is_upright(picture->orientation)) return cfs_shrink(picture->frame, gray, width, height, pixels);

    uint8_t *scaled = av_malloc_array((size_t)width * (size_t)depth, (size_t)height);
    if (!scaled) return AVERROR(ENOMEM);
    int code = cfs_shrink(picture->frame, gray, coded_width, coded_height, scaled);
    cfs_plane source = {scaled, (ptrdiff_t)coded_width * depth}, target = {pixels, (ptrdiff_t)width * depth};
    if (code >= 0) cfs_turn(picture->orientation, source, coded_width, coded_height, depth, target);
    av_free(scaled);
    return code;
}
