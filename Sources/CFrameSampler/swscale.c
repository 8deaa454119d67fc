#include <pthread.h>

#include "frame-color.h"
#include "swscale.h"

// Making an swscale context costs as much as scaling a picture, so a few are kept. One thread at a time uses each.
typedef struct conversion {
    int source_width, source_height, source_format, matrix, full_range, width, height, format;
} conversion;

typedef struct scaler {
    conversion what;
    struct SwsContext *context;
} scaler;

enum { most_kept = 12 };

static scaler kept[most_kept]; // the one used last comes first
static int kept_count;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct SwsContext *make_context(const conversion *want) {
    int flags = SWS_BILINEAR | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP;
    struct SwsContext *context =
        sws_getContext(want->source_width, want->source_height, (enum AVPixelFormat)want->source_format, want->width,
                       want->height, (enum AVPixelFormat)want->format, flags, NULL, NULL, NULL);
    if (!context) return NULL;
    sws_setColorspaceDetails(context, sws_getCoefficients(want->matrix), want->full_range,
                             sws_getCoefficients(CFS_JPEG_MATRIX), 1, 0, 1 << 16, 1 << 16);
    return context;
}

// Takes a context that fits out of those that are kept, or makes one. NULL when there can be none.
static struct SwsContext *borrow(const conversion *want) {
    struct SwsContext *context = NULL;
    pthread_mutex_lock(&lock);
    for (int i = 0; i < kept_count && !context; i++) {
        if (memcmp(&kept[i].what, want, sizeof *want) != 0) continue;
        context = kept[i].context;
        memmove(kept + i, kept + i + 1, (size_t)(--kept_count - i) * sizeof *kept);
    }
    pthread_mutex_unlock(&lock);
    return context ? context : make_context(want);
}

// Keeps a context for the next one who wants it. The one least recently used makes room for it.
static void give_back(scaler used) {
    pthread_mutex_lock(&lock);
    if (kept_count == most_kept) sws_freeContext(kept[--kept_count].context);
    memmove(kept + 1, kept, (size_t)kept_count++ * sizeof *kept);
    kept[0] = used;
    pthread_mutex_unlock(&lock);
}

AVFrame *cfs_frame_make(enum AVPixelFormat format, int width, int height) {
    AVFrame *frame = av_frame_alloc();
    if (!frame) return NULL;
    frame->format = format;
    frame->width = width;
    frame->height = height;
    frame->color_range = AVCOL_RANGE_JPEG;
    if (av_frame_get_buffer(frame, 0) < 0) av_frame_free(&frame);
    return frame;
}

int cfs_swscale(const AVFrame *frame, AVFrame *target) {
    const conversion want = {
        .source_width = frame->width,
        .source_height = frame->height,
        .source_format = cfs_format_without_range(frame->format),
        .matrix = cfs_frame_matrix(frame),
        .full_range = cfs_frame_is_full_range(frame),
        .width = target->width,
        .height = target->height,
        .format = target->format,
    };
    struct SwsContext *context = borrow(&want);
    if (!context) return AVERROR(EINVAL);
    int rows = sws_scale(context, (const uint8_t *const *)frame->data, frame->linesize, 0, frame->height, target->data,
                         target->linesize);
    give_back((scaler){want, context});
    return rows < 0 ? rows : 0;
}
