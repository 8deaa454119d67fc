#include "stills.h"

#include "clock.h"
#include "grid.h"
#include "picture.h"

static const AVRational milliseconds = {1, 1000};

struct cfs_stills {
    const cfs_options *options;
    cfs_image *image;
    size_t size;
    cfs_grid grid;
    cfs_picture *shown;
    int64_t begins_ms, ends_ms; // when it is on screen
    int64_t sampled_ms;         // when what the last sample showed began; -1 before the first
    bool is_over;               // there is no picture behind `shown`
    atomic_bool cut;            // the limit of durations ended it before its end
    _Atomic int64_t decoded, failures, decode_ns, duration_ns;
};

// 1, 0 when there is none, or an error.
static int show_next(cfs_stills *stills) {
    cfs_picture *picture = NULL;
    // The next one may need its memory.
    cfs_picture_release(stills->shown);
    stills->shown = NULL;
    int64_t began_ns = cfs_monotonic_ns();
    int code = cfs_image_next(stills->image, &picture);
    atomic_fetch_add(&stills->decode_ns, cfs_monotonic_ns() - began_ns);
    if (code < 0) atomic_fetch_add(&stills->failures, 1);
    if (code < 1) {
        stills->is_over = true;
        if (code == 0) atomic_store(&stills->duration_ns, stills->ends_ms * 1000000);
        return code;
    }
    atomic_fetch_add(&stills->decoded, 1);
    stills->shown = picture;
    stills->begins_ms = stills->ends_ms;
    int64_t page_ns = stills->options->page_ns > 0 ? stills->options->page_ns : stills->options->interval_ns;
    int64_t own_ms = cfs_frame_duration(picture->frame);
    stills->ends_ms += own_ms > 0 ? own_ms : FFMAX(1, page_ns / 1000000);
    return 1;
}

static void describe(const cfs_picture *picture, cfs_media *media, cfs_stream *stream) {
    cfs_picture_info info = cfs_picture_describe(picture);
    media->width = stream->width = info.coded_width;
    media->height = stream->height = info.coded_height;
    media->rotation = info.rotation;
    media->pixel_format = info.pixel_format;
}

int cfs_stills_create(const AVBufferRef *bytes, size_t size, const cfs_options *options, cfs_media *media,
                      cfs_stream *stream, cfs_stills **result) {
    *result = NULL;
    cfs_stills *stills = av_mallocz(sizeof *stills);
    if (!stills) return AVERROR(ENOMEM);
    stills->options = options;
    stills->size = size;
    stills->sampled_ms = -1;
    stills->grid = cfs_grid_of(options);
    stills->grid.time_base = milliseconds;
    atomic_init(&stills->duration_ns, -1);
    atomic_init(&stills->cut, false);
    int code = cfs_image_open(bytes->data, size, options->max_pixels, 0, &stills->image);
    if (code == 0) code = show_next(stills);
    if (code == 1) {
        describe(stills->shown, media, stream);
        *result = stills;
        return 0;
    }
    cfs_stills_free(stills);
    return code < 0 ? code : CFS_ERROR_NO_PICTURE;
}

static void note_end(cfs_stills *stills) {
    bool limited = stills->grid.end_ns == stills->options->max_duration_ns && stills->options->max_samples == 0;
    if (!limited || atomic_load(&stills->cut)) return;
    bool goes_on = stills->ends_ms * 1000000 > stills->grid.end_ns || (!stills->is_over && show_next(stills) != 0);
    atomic_store(&stills->cut, goes_on);
}

int cfs_stills_next(cfs_stills *stills, cfs_sample *sample) {
    if (cfs_grid_finished(&stills->grid)) {
        note_end(stills);
        return 0;
    }
    int64_t position_ns = cfs_grid_position(&stills->grid, stills->grid.next);
    while (!stills->is_over && position_ns >= stills->ends_ms * 1000000) {
        int code = show_next(stills);
        if (code < 0) return code;
    }
    if (position_ns >= stills->ends_ms * 1000000) return 0;
    *sample = (cfs_sample){
        .index = stills->grid.next++,
        .position_ns = position_ns,
        .pts = stills->begins_ms,
        .time_base_num = milliseconds.num,
        .time_base_den = milliseconds.den,
        .reused = stills->begins_ms == stills->sampled_ms,
        .picture = cfs_picture_retain(stills->shown),
    };
    stills->sampled_ms = stills->begins_ms;
    return 1;
}

void cfs_stills_cancel(cfs_stills *stills) { cfs_image_cancel(stills->image); }

void cfs_stills_report(const cfs_stills *stills, cfs_report *report) {
    int64_t decoded = atomic_load(&stills->decoded);
    *report = (cfs_report){
        .packets_read = decoded,
        .packets_decoded = decoded,
        .pictures_decoded = decoded,
        .failures = atomic_load(&stills->failures),
        .bytes_read = (int64_t)stills->size,
        .duration_ns = atomic_load(&stills->duration_ns),
        .decode_ns = atomic_load(&stills->decode_ns),
        .cut = atomic_load(&stills->cut),
    };
}

void cfs_stills_free(cfs_stills *stills) {
    if (!stills) return;
    cfs_picture_release(stills->shown);
    cfs_image_close(stills->image);
    av_free(stills);
}
