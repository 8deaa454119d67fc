// The sampler, as the process sees it that has samples made.
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "demuxer-handle.h"
#include "input-handle.h"
#include "picture-handle.h"
#include "sample-check.h"
#include "warm.h"

enum { grace_ms = 10000, report_patience_ms = 5000 }; // beyond the deadlines that the worker keeps itself

struct csb_sampler {
    cfs_sampler *local; // NULL: a worker does it
    csb_input input;
    csb_sample_check check;
    csb_picture *last;    // so that it is not given back before its next use
    pthread_mutex_t lock; // guards the report
    cfs_report report;
};

// MARK: Making

int csb_sampler_create(const cfs_options *options, bool apart, csb_sampler **result) {
    csb_sampler *sampler = *result = calloc(1, sizeof *sampler);
    if (!sampler) return -ENOMEM;
    pthread_mutex_init(&sampler->lock, NULL);
    int code = csb_input_init(&sampler->input, options);
    if (code == 0) code = apart ? csb_input_get_workers(&sampler->input) : cfs_sampler_create(options, &sampler->local);
    if (code >= 0) return 0;
    csb_sampler_destroy(sampler);
    *result = NULL;
    return code;
}

void csb_sampler_destroy(csb_sampler *sampler) {
    if (!sampler) return;
    csb_picture_release(sampler->last);
    cfs_sampler_destroy(sampler->local);
    csb_input_release_workers(&sampler->input);
    csb_sample_check_free(&sampler->check);
    csb_input_free(&sampler->input);
    pthread_mutex_destroy(&sampler->lock);
    free(sampler);
}

void csb_sampler_cancel(csb_sampler *sampler) {
    if (sampler->local) cfs_sampler_cancel(sampler->local);
    else csb_input_cancel(&sampler->input);
}

// MARK: Opening

static int ask_to_open(csb_sampler *sampler, csb_lane *lane, int file) {
    csb_call call = {
        .request.type = csb_sampler_open_request,
        .descriptors = {file},
        .descriptor_count = file >= 0,
        .patience_ms = sampler->input.options.open_deadline_ms + grace_ms,
    };
    csb_reply reply;
    int code = csb_input_write(&sampler->input, lane, &call.request.open);
    if (code == 0) code = csb_lane_ask(sampler->input.worker, lane, &call, &reply);
    if (code < 0) return code;
    if (!csb_input_take_media(&sampler->input, &reply.media))
        return csb_worker_condemn(sampler->input.worker, CSB_ERROR_GARBLED);
    csb_input_take_streams(&sampler->input, lane, &reply);
    return 0;
}

int csb_sampler_open(csb_sampler *sampler) {
    if (sampler->local) return cfs_sampler_open(sampler->local);
    int file, code = csb_input_connect(&sampler->input, &file);
    if (code < 0) return code;
    csb_lane *lane = csb_lane_take(sampler->input.worker, 0);
    code = ask_to_open(sampler, lane, file);
    csb_lane_give(sampler->input.worker, lane);
    if (file >= 0) close(file);
    return csb_input_cause(&sampler->input, code);
}

const cfs_media *csb_sampler_media(const csb_sampler *sampler) {
    return sampler->local ? cfs_sampler_media(sampler->local) : &sampler->input.media.media;
}

int32_t csb_sampler_streams(csb_sampler *sampler, cfs_stream *streams, int32_t capacity) {
    return sampler->local ? cfs_sampler_streams(sampler->local, streams, capacity)
                          : csb_input_streams(&sampler->input, streams, capacity);
}

// MARK: Samples

static void note_report(csb_sampler *sampler, const cfs_report *report) {
    pthread_mutex_lock(&sampler->lock);
    sampler->report = *report;
    csb_clean_report(&sampler->report);
    pthread_mutex_unlock(&sampler->lock);
}

// Work that can be counted.
static int64_t work(const cfs_report *report) {
    return report->bytes_read + report->packets_read + report->packets_decoded + report->pictures_decoded;
}

// Asks the worker, over another lane, how far it is.
static bool goes_on(csb_worker *worker, void *state) {
    int64_t *before = state;
    csb_call call = {.request.type = csb_sampler_report_request, .patience_ms = report_patience_ms};
    csb_lane *lane = csb_lane_take(worker, -1);
    csb_reply reply;
    int code = csb_lane_ask(worker, lane, &call, &reply);
    csb_lane_give(worker, lane);
    if (code < 0) return false;
    csb_clean_report(&reply.report);
    bool moved = work(&reply.report) != *before;
    *before = work(&reply.report);
    return moved;
}

// Takes the sample out of an answer. 1 or an error.
static int accept(csb_sampler *sampler, csb_reply *reply, csb_sample *sample) {
    if (!csb_check_sample(&sampler->check, &sampler->input.options, &reply->sample))
        return csb_worker_condemn(sampler->input.worker, CSB_ERROR_GARBLED);
    *sample = (csb_sample){.about = reply->sample};
    if (reply->picture.id == 0) return 1;
    if (!sampler->last || !csb_picture_is(sampler->last, reply->picture.id)) {
        csb_picture *made;
        int code = csb_picture_remote(sampler->input.worker, sampler->input.options.max_pixels, &reply->picture, &made);
        if (code < 0) return code;
        csb_picture_release(sampler->last);
        sampler->last = made;
    }
    sample->picture = csb_picture_retain(sampler->last);
    return 1;
}

static int next_of_worker(csb_sampler *sampler, csb_sample *sample) {
    // The worker may hear of it later than of the next request.
    if (atomic_load(&sampler->input.worker->cancelled)) return CFS_ERROR_CANCELLED;
    int64_t before = -1;
    csb_call call = {
        .request.type = csb_sampler_next_request,
        .patience_ms = sampler->input.options.read_deadline_ms + grace_ms,
        .progress = goes_on,
        .state = &before,
    };
    csb_lane *lane = csb_lane_take(sampler->input.worker, 0);
    csb_reply reply = {0};
    int code = csb_lane_ask(sampler->input.worker, lane, &call, &reply);
    bool answered = reply.type == csb_sampler_next_request;
    if (answered) note_report(sampler, &reply.report);
    if (answered && code != 1) csb_input_take_streams(&sampler->input, lane, &reply);
    csb_lane_give(sampler->input.worker, lane);
    if (code == 1) return accept(sampler, &reply, sample);
    csb_picture_release(sampler->last);
    sampler->last = NULL;
    if (code > 0) return csb_worker_condemn(sampler->input.worker, CSB_ERROR_GARBLED);
    return csb_input_cause(&sampler->input, code);
}

int csb_sampler_next(csb_sampler *sampler, csb_sample *sample) {
    if (!sampler->local) return next_of_worker(sampler, sample);
    *sample = (csb_sample){0};
    int code = cfs_sampler_next(sampler->local, &sample->about);
    cfs_picture *picture = code == 1 ? sample->about.picture : NULL;
    sample->about.picture = NULL;
    if (!picture) return code;
    if (sampler->last && csb_picture_is_local(sampler->last, picture)) {
        cfs_picture_release(picture);
    } else {
        csb_picture_release(sampler->last);
        sampler->last = csb_picture_local(picture);
        if (!sampler->last) return -ENOMEM;
    }
    sample->picture = csb_picture_retain(sampler->last);
    return 1;
}

void csb_sampler_report(csb_sampler *sampler, cfs_report *report) {
    if (sampler->local) {
        cfs_sampler_report(sampler->local, report);
    } else {
        pthread_mutex_lock(&sampler->lock);
        *report = sampler->report;
        pthread_mutex_unlock(&sampler->lock);
    }
}
