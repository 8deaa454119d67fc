// Live streams, as the process sees them that has them watched.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "demuxer-handle.h"
#include "input-handle.h"
#include "listener.h"
#include "picture-handle.h"
#include "sample-check.h"
#include "warm.h"

enum { start_patience_ms = 10000, report_patience_ms = 2000, clip_patience_ms = 20000, clip_overhead = 1 << 20 };

struct csb_live {
    cfs_live *local; // NULL: a worker does it
    csb_input input;
    cfs_live_limits limits;
    cfs_live_wake wake;
    void *context;
    csb_lane *lane; // on which events are asked for
    csb_call asked; // the question that is open
    uint64_t ticket;
    pthread_mutex_t lock; // guards what follows
    cfs_live_report report;
    int end_code;
    bool ended;
    int64_t work, packets; // when the decoder last did something: what it had done, and packets it had by then
    int64_t worked_ms;     // and when that was; 0: not yet
    int64_t last_ns;       // of the sample taken last; the caller's own, like what follows
    bool opened;
};

// MARK: Making

int csb_live_create(const cfs_options *options, const cfs_live_limits *limits, cfs_live_wake wake, void *context,
                    bool apart, csb_live **result) {
    csb_live *live = *result = calloc(1, sizeof *live);
    if (!live) return -ENOMEM;
    pthread_mutex_init(&live->lock, NULL);
    live->limits = *limits;
    live->wake = wake;
    live->context = context;
    live->last_ns = -1;
    int code = csb_input_init(&live->input, options);
    live->input.options.live = true;
    if (code == 0)
        code =
            apart ? csb_input_get_workers(&live->input) : cfs_live_create(options, limits, wake, context, &live->local);
    if (code >= 0) return 0;
    csb_live_destroy(live);
    *result = NULL;
    return code;
}

void csb_live_destroy(csb_live *live) {
    if (!live) return;
    csb_unlisten(live->ticket);
    cfs_live_destroy(live->local);
    csb_input_release_workers(&live->input);
    csb_input_free(&live->input);
    pthread_mutex_destroy(&live->lock);
    free(live);
}

void csb_live_cancel(csb_live *live) {
    if (live->local) cfs_live_cancel(live->local);
    else csb_input_cancel(&live->input);
}

// MARK: Starting

static void heard(void *context) {
    csb_live *live = context;
    live->wake(live->context);
}

static int ask_for_event(csb_live *live) {
    live->asked = (csb_call){.request.type = csb_live_event_request};
    return csb_lane_send(live->input.worker, live->lane, &live->asked);
}

static int ask_to_start(csb_live *live, int file) {
    csb_call call = {
        .request.type = csb_live_start_request,
        .request.limits = live->limits,
        .descriptors = {file},
        .descriptor_count = file >= 0,
        .patience_ms = start_patience_ms,
    };
    csb_reply reply;
    int code = csb_input_write(&live->input, live->lane, &call.request.open);
    return code < 0 ? code : csb_lane_ask(live->input.worker, live->lane, &call, &reply);
}

int csb_live_start(csb_live *live) {
    if (live->local) return cfs_live_start(live->local);
    int file, code = csb_input_connect(&live->input, &file);
    if (code < 0) return code;
    live->lane = csb_lane_take(live->input.worker, 0);
    code = ask_to_start(live, file);
    if (file >= 0) close(file);
    if (code >= 0) code = ask_for_event(live);
    if (code >= 0) code = csb_listen(live->lane->socket, heard, live, &live->ticket);
    return code;
}

// MARK: Events

static void note_report(csb_live *live, const cfs_live_report *report) {
    pthread_mutex_lock(&live->lock);
    live->report = *report;
    csb_clean_live_report(&live->report);
    pthread_mutex_unlock(&live->lock);
}

static cfs_live_event end(csb_live *live, int code) {
    code = csb_input_cause(&live->input, code);
    pthread_mutex_lock(&live->lock);
    if (!live->ended) live->end_code = code;
    live->ended = true;
    pthread_mutex_unlock(&live->lock);
    return CFS_LIVE_ENDED;
}

// Takes a sample out of an answer. False when it makes no sense.
static bool accept(csb_live *live, csb_reply *reply, csb_live_sample *sample) {
    if (!csb_check_live_sample(live->last_ns, &reply->live_sample)) return false;
    live->last_ns = reply->live_sample.position_ns;
    *sample = (csb_live_sample){.about = reply->live_sample};
    if (reply->live_picture.id == 0) return true;
    int64_t max_pixels = live->input.options.max_pixels;
    return csb_picture_remote(live->input.worker, max_pixels, &reply->live_picture, &sample->picture) == 0;
}

static cfs_live_event take_from_worker(csb_live *live, csb_live_sample *sample) {
    pthread_mutex_lock(&live->lock);
    bool ended = live->ended;
    pthread_mutex_unlock(&live->lock);
    if (ended) return CFS_LIVE_ENDED;
    csb_reply reply;
    int code = csb_lane_receive(live->input.worker, live->lane, &live->asked, &reply);
    if (code == -EAGAIN) return CFS_LIVE_NOTHING;
    if (code < 0) return end(live, code);
    note_report(live, &reply.live_report);
    bool makes_sense = true;
    switch (reply.event) {
    case CFS_LIVE_OPENED:
        // What is said of the input is read without a lock from then on.
        makes_sense = !live->opened && csb_input_take_media(&live->input, &reply.live_media);
        if (makes_sense) csb_input_take_streams(&live->input, live->lane, &reply);
        live->opened = true;
        break;
    case CFS_LIVE_SAMPLE: makes_sense = accept(live, &reply, sample); break;
    case CFS_LIVE_ENDED: return end(live, reply.live_report.end_code);
    default: makes_sense = false;
    }
    if (!makes_sense) return end(live, csb_worker_condemn(live->input.worker, CSB_ERROR_GARBLED));
    code = ask_for_event(live);
    if (code < 0) end(live, code);
    return (cfs_live_event)reply.event;
}

// MARK: Reports

// With the lock held: whether packets have come for so long, and nothing was made of any, that the decoder must hang.
static bool hangs_locked(csb_live *live) {
    enum { patience_ms = 60000, intervals = 3 };
    const cfs_live_report *report = &live->report;
    int64_t work = report->packets_decoded + report->pictures_decoded + report->packets_unusable;
    if (work != live->work || live->worked_ms == 0) {
        live->work = work;
        live->packets = report->packets_read;
        live->worked_ms = csb_now_ms();
    }
    int64_t patience = intervals * live->input.options.interval_ns / 1000000;
    if (patience < patience_ms) patience = patience_ms;
    return report->packets_read > live->packets && csb_now_ms() - live->worked_ms > patience;
}

static void ask_for_report(csb_live *live) {
    csb_call call = {.request.type = csb_live_report_request, .patience_ms = report_patience_ms};
    csb_lane *lane = csb_lane_take(live->input.worker, -1);
    csb_reply reply;
    int code = csb_lane_ask(live->input.worker, lane, &call, &reply);
    csb_lane_give(live->input.worker, lane);
    if (code < 0) return;
    note_report(live, &reply.live_report);
    pthread_mutex_lock(&live->lock);
    bool hangs = hangs_locked(live);
    pthread_mutex_unlock(&live->lock);
    if (hangs) csb_worker_condemn(live->input.worker, CSB_ERROR_HUNG);
}

cfs_live_event csb_live_take(csb_live *live, csb_live_sample *sample) {
    *sample = (csb_live_sample){0};
    if (!live->local) return take_from_worker(live, sample);
    cfs_live_event event = cfs_live_take(live->local, &sample->about);
    cfs_picture *picture = event == CFS_LIVE_SAMPLE ? sample->about.picture : NULL;
    sample->about.picture = NULL;
    if (picture) sample->picture = csb_picture_local(picture);
    return event;
}

const cfs_media *csb_live_media(const csb_live *live) {
    return live->local ? cfs_live_media(live->local) : &live->input.media.media;
}

int32_t csb_live_streams(csb_live *live, cfs_stream *streams, int32_t capacity) {
    return live->local ? cfs_live_streams(live->local, streams, capacity)
                       : csb_input_streams(&live->input, streams, capacity);
}

void csb_live_report_now(csb_live *live, cfs_live_report *report) {
    if (live->local) {
        cfs_live_report_now(live->local, report);
        return;
    }
    pthread_mutex_lock(&live->lock);
    bool ended = live->ended;
    pthread_mutex_unlock(&live->lock);
    if (!ended) ask_for_report(live);
    pthread_mutex_lock(&live->lock);
    *report = live->report;
    report->end_code = live->end_code;
    pthread_mutex_unlock(&live->lock);
}

// MARK: Clips

static int write_file(const char *path, const uint8_t *bytes, size_t size) {
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file < 0) return -errno;
    int code = 0;
    while (size > 0 && code == 0) {
        ssize_t count = write(file, bytes, size);
        if (count < 0 && errno != EINTR) code = -errno;
        if (count > 0) bytes += count, size -= (size_t)count;
    }
    if (close(file) < 0 && code == 0) code = -errno;
    if (code < 0) unlink(path);
    return code;
}

int64_t csb_live_clip(csb_live *live, int64_t from_ns, int64_t to_ns, const char *path, int64_t *first_ns) {
    *first_ns = 0;
    if (live->local) return cfs_live_clip(live->local, from_ns, to_ns, path, first_ns);
    csb_call call = {
        .request = {.type = csb_live_clip_request, .clip = {.from_ns = from_ns, .to_ns = to_ns}},
        .patience_ms = clip_patience_ms,
    };
    // The worker needs to know the ending only, which says what to write.
    const char *slash = strrchr(path, '/'), *dot = strrchr(slash ? slash : path, '.');
    if (dot && strlen(dot) < sizeof call.request.clip.name - strlen("clip"))
        strcpy(stpcpy(call.request.clip.name, "clip"), dot);
    csb_lane *lane = csb_lane_take(live->input.worker, -1);
    csb_reply reply;
    int code = csb_lane_reserve(lane, (size_t)live->limits.kept_bytes + clip_overhead);
    if (code == 0) code = csb_lane_ask(live->input.worker, lane, &call, &reply);
    if (code >= 0) code = write_file(path, lane->region.bytes, reply.size);
    csb_lane_give(live->input.worker, lane);
    if (code < 0) return code;
    // It begins at the keyframe before the stretch, or later.
    *first_ns = reply.first_ns < 0 ? 0 : reply.first_ns < to_ns ? reply.first_ns : to_ns;
    return (int64_t)reply.size;
}
