// The caller's side of a live connection: making, taking, ending.
#include "clock.h"
#include "live-decode.h"
#include "live-read.h"
#include "live-state.h"
#include "picture.h"

static void dispose(void *owner) {
    cfs_live *live = owner;
    cfs_line_free(&live->line);
    cfs_history_free(&live->history);
    for (; live->out_count > 0; live->out_count--) {
        av_frame_free(&live->out[live->out_head].frame);
        live->out_head = (live->out_head + 1) % out_capacity;
    }
    av_frame_free(&live->current.frame);
    cfs_picture_release(live->current_picture);
    cfs_decoder_free(&live->decoder);
    avcodec_parameters_free(&live->parameters);
    pthread_mutex_destroy(&live->waking);
}

cfs_live_limits cfs_live_limits_default(void) {
    return (cfs_live_limits){.held_bytes = 16 * 1024 * 1024, .max_lag_ms = 10000};
}

int cfs_live_create(const cfs_options *options, const cfs_live_limits *limits, cfs_live_wake wake, void *context,
                    cfs_live **result) {
    cfs_live *live = *result = cfs_runner_create(sizeof *live, options, dispose);
    if (!live) return AVERROR(ENOMEM);
    pthread_mutex_init(&live->waking, NULL);
    live->run.options.live = true;
    live->limits = *limits;
    live->wake = wake;
    live->context = context;
    live->history.limit = limits->kept_bytes;
    live->sent = live->line.continuity = -1;
    return 0;
}

int cfs_live_start(cfs_live *live) {
    live->started_ns = cfs_monotonic_ns();
    int code = cfs_runner_start(&live->run, cfs_live_read_thread);
    if (code == 0) code = cfs_runner_start(&live->run, cfs_live_decode_thread);
    if (code < 0) cfs_live_cancel(live);
    return code;
}

void cfs_live_cancel(cfs_live *live) { cfs_runner_cancel(&live->run); }

void cfs_live_destroy(cfs_live *live) {
    if (!live) return;
    cfs_live_cancel(live);
    pthread_mutex_lock(&live->waking);
    live->is_given_up = true;
    pthread_mutex_unlock(&live->waking);
    cfs_runner_release(&live->run);
}

static cfs_live_event take_locked(cfs_live *live, live_out *out) {
    if (live->opened && !live->told_opened) {
        live->told_opened = true;
        return CFS_LIVE_OPENED;
    }
    if (live->out_count > 0) {
        *out = live->out[live->out_head];
        live->out[live->out_head].frame = NULL;
        live->out_head = (live->out_head + 1) % out_capacity;
        live->out_count--;
        pthread_cond_broadcast(&live->run.changed);
        return CFS_LIVE_SAMPLE;
    }
    bool is_over = live->reading_done && (live->decoding_done || !live->opened);
    return is_over || live->run.stopping ? CFS_LIVE_ENDED : CFS_LIVE_NOTHING;
}

static cfs_live_event take_next(cfs_live *live) {
    pthread_mutex_lock(&live->run.lock);
    cfs_live_event event = take_locked(live, &live->current);
    pthread_mutex_unlock(&live->run.lock);
    if (event != CFS_LIVE_SAMPLE) return event;
    cfs_picture_release(live->current_picture);
    live->current_picture = NULL;
    if (live->current.frame) live->current_picture = cfs_picture_create(live->current.frame, live->run.source.stream);
    live->current.frame = NULL;
    return event;
}

cfs_live_event cfs_live_take(cfs_live *live, cfs_live_sample *sample) {
    if (live->current.due.count == 0) {
        cfs_live_event event = take_next(live);
        if (event != CFS_LIVE_SAMPLE) return event;
    }
    live_out *current = &live->current;
    AVRational time_base = live->run.source.stream->time_base;
    int64_t now_ns = cfs_monotonic_ns();
    *sample = (cfs_live_sample){
        .position_ns = current->due.first_ns,
        .continuity = current->due.continuity,
        .gap_ns = current->due.gap_ns,
        .pts = current->due.stated_pts,
        .time_base_num = time_base.num,
        .time_base_den = time_base.den,
        .age_ns = now_ns - current->due.received_ns,
        .waited_ns = now_ns - current->due.due_ns,
        .reused = current->due.repeated,
        .damaged = current->damaged,
        .dropped = current->due.dropped,
        .picture = live->current_picture,
    };
    live->current_picture = NULL;
    current->due.repeated = true;
    current->due.gap_ns = 0;
    current->due.first_ns += live->run.options.interval_ns;
    current->due.count--;
    return CFS_LIVE_SAMPLE;
}

const cfs_media *cfs_live_media(const cfs_live *live) { return &live->run.source.media; }

int32_t cfs_live_streams(cfs_live *live, cfs_stream *streams, int32_t capacity) {
    return cfs_runner_streams(&live->run, streams, capacity);
}

void cfs_live_report_now(cfs_live *live, cfs_live_report *report) {
    pthread_mutex_lock(&live->run.lock);
    const live_line *line = &live->line;
    int64_t since = line->last_received_ns > 0 ? line->last_received_ns : live->started_ns;
    *report = (cfs_live_report){
        .packets_read = live->run.source.packets_read,
        .bytes_read = live->run.source.bytes_read,
        .packets_decoded = atomic_load(&live->run.counters.packets),
        .pictures_decoded = atomic_load(&live->run.counters.pictures),
        .failures = atomic_load(&live->run.counters.failures),
        .packets_unusable = line->unusable,
        .positions_dropped = line->dropped,
        .silence_ns = since > 0 ? cfs_monotonic_ns() - since : 0,
        .held_bytes = line->held_bytes,
        .end_code = live->end_code,
    };
    if (line->anchored) report->position_ns = cfs_line_position(line, line->last_pts + line->last_duration);
    else report->position_ns = line->base_ns;
    pthread_mutex_unlock(&live->run.lock);
}
