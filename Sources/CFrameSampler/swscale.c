#include "swscale.h"

#include <pthread.h>

#include "frame-color.h"

// Making an swscale context costs as much as scaling a picture, so a few are kept. One thread at a time uses each.
typedef struct conversion {
    int source_width, source_height, source_format, matrix, full_range, width, height, format;
} conversion;

typedef struct scaler {
    conversion what;
    struct SwsContext *context;
    bool busy;
    int64_t used;
} scaler;

enum { scaler_count = 12 };
static scaler scalers[scaler_count];
static int64_t uses;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static bool fits(const scaler *have, const conversion *want) {
    return have->context && memcmp(&have->what, want, sizeof *want) == 0;
}

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

// A context that fits, kept or new: the one least recently used makes room for it. `slot` receives where it is kept; -1
// when all are in use and it is not kept. NULL when there can be none.
static struct SwsContext *borrow(const conversion *want, int *slot) {
    pthread_mutex_lock(&lock);
    int chosen = -1;
    for (int i = 0; i < scaler_count && chosen < 0; i++)
        if (!scalers[i].busy && fits(&scalers[i], want)) chosen = i;
    for (int i = 0; i < scaler_count && (chosen < 0 || !fits(&scalers[chosen], want)); i++)
        if (!scalers[i].busy && (chosen < 0 || scalers[i].used < scalers[chosen].used)) chosen = i;
    if (chosen >= 0) {
        scaler *found = &scalers[chosen];
        if (!fits(found, want)) {
            sws_freeContext(found->context);
            *found = (scaler){.what = *want, .context = make_context(want)};
        }
        found->busy = found->context != NULL;
        found->used = ++uses;
    }
    pthread_mutex_unlock(&lock);
    *slot = chosen;
    return chosen >= 0 ? scalers[chosen].context : make_context(want);
}

static void give_back(struct SwsContext *context, int slot) {
    if (slot < 0) {
        sws_freeContext(context);
        return;
    }
    pthread_mutex_lock(&lock);
    scalers[slot].busy = false;
    pthread_mutex_unlock(&lock);
}

int cfs_swscale(const AVFrame *frame, enum AVPixelFormat format, int width, int height, uint8_t *const planes[4],
                const int strides[4]) {
    const conversion want = {
        .source_width = frame->width,
        .source_height = frame->height,
        .source_format = cfs_format_without_range(frame->format),
        .matrix = cfs_frame_matrix(frame),
        .full_range = cfs_frame_is_full_range(frame),
        .width = width,
        .height = height,
        .format = format,
    };
    int slot;
    struct SwsContext *context = borrow(&want, &slot);
    if (!context) return AVERROR(EINVAL);
    int rows =
        sws_scale(context, (const uint8_t *const *)frame->data, frame->linesize, 0, frame->height, planes, strides);
    give_back(context, slot);
    return rows < 0 ? rows : 0;
}
