#include "picture.h"
#include "frame-color.h"
#include "shrink.h"

#include <math.h>

static _Atomic int64_t live_pictures;

// A display matrix is a rotation, possibly with a flip: its determinant tells. Exif's orientation comes as one, too.
static void read_orientation(cfs_picture *picture, const int32_t *matrix) {
    int32_t upright[9];
    memcpy(upright, matrix, sizeof upright);
    picture->mirrored = (int64_t)upright[0] * upright[4] - (int64_t)upright[1] * upright[3] < 0;
    if (picture->mirrored) av_display_matrix_flip(upright, 1, 0);
    double degrees = -av_display_rotation_get(upright);
    // FFmpeg flips what is turned already; to flip first, it is turned the other way.
    if (picture->mirrored) degrees = -degrees;
    if (!isnan(degrees)) picture->quarter_turns = ((int)lround(degrees / 90) % 4 + 4) % 4;
}

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
    if (matrix) read_orientation(picture, matrix);
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

// The longer way wins: pixels are added, never thrown away, to make them square.
void cfs_picture_upright_size(const cfs_picture *picture, int32_t *width, int32_t *height) {
    int64_t w = picture->width, h = picture->height;
    int64_t num = picture->aspect.num, den = picture->aspect.den;
    if (num > den) w = av_rescale_rnd(w, num, den, AV_ROUND_NEAR_INF);
    else if (den > num) h = av_rescale_rnd(h, den, num, AV_ROUND_NEAR_INF);
    // An absurd aspect ratio is a lie or an attack.
    if (w > 4 * (int64_t)picture->width || h > 4 * (int64_t)picture->height) w = picture->width, h = picture->height;
    bool turned = picture->quarter_turns % 2 != 0;
    *width = (int32_t)(turned ? h : w);
    *height = (int32_t)(turned ? w : h);
}

cfs_picture_info cfs_picture_describe(const cfs_picture *picture) {
    const AVFrame *frame = picture->frame;
    const char *name = av_get_pix_fmt_name((enum AVPixelFormat)frame->format);
    cfs_picture_info info = {
        .coded_width = picture->width,
        .coded_height = picture->height,
        .rotation = picture->quarter_turns * 90,
        .mirrored = picture->mirrored,
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

// MARK: Upright pixels

// Copies `source` (as coded, `width` × `height`) to `target`, mirrored and turned.
static void turn(const uint8_t *source, int width, int height, int depth, int quarter_turns, bool mirrored,
                 uint8_t *target) {
    int row = quarter_turns % 2 ? height : width;
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
            int sx = mirrored ? width - 1 - x : x;
            const uint8_t *from = source + ((size_t)y * width + sx) * depth;
            int tx = x, ty = y;
            if (quarter_turns == 1) tx = height - 1 - y, ty = x;
            if (quarter_turns == 2) tx = width - 1 - x, ty = height - 1 - y;
            if (quarter_turns == 3) tx = y, ty = width - 1 - x;
            memcpy(target + ((size_t)ty * row + tx) * depth, from, (size_t)depth);
        }
    }
}

int cfs_picture_render(const cfs_picture *picture, cfs_layout layout, int32_t width, int32_t height, uint8_t *pixels) {
    if (width < 1 || height < 1) return AVERROR(EINVAL);
    int depth = layout == CFS_LAYOUT_GRAY8 ? 1 : 3;
    bool turned = picture->quarter_turns % 2 != 0;
    int coded_width = turned ? height : width, coded_height = turned ? width : height;
    bool upright = picture->quarter_turns == 0 && !picture->mirrored;

    uint8_t *scaled = upright ? pixels : av_malloc_array((size_t)width * (size_t)depth, (size_t)height);
    if (!scaled) return AVERROR(ENOMEM);
    int code = cfs_shrink(picture->frame, layout == CFS_LAYOUT_GRAY8, coded_width, coded_height, scaled);
    if (!upright) {
        if (code >= 0)
            turn(scaled, coded_width, coded_height, depth, picture->quarter_turns, picture->mirrored, pixels);
        av_free(scaled);
    }
    return code < 0 ? code : 0;
}
