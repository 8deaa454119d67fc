// The caller's side: opening, taking samples, ending.
#include "sampler.h"
#include "memory.h"
#include "source-open.h"
#include "source-read.h"

#include <time.h>
#include <unistd.h>

// MARK: Lifetime

static void release(cfs_sampler *sampler) {
    if (atomic_fetch_sub(&sampler->references, 1) != 1) return;
    while (sampler->head) {
        cfs_chain *chain = sampler->head;
        sampler->head = chain->next;
        cfs_free_chain_locked(sampler, chain);
    }
    for (size_t i = 0; i < sampler->plan.pending_count; i++) cfs_free_entry(sampler->plan.pending[i]);
    cfs_plan_free(&sampler->plan);
    while (sampler->spare_count > 0) cfs_free_entry(sampler->spare[--sampler->spare_count]);
    cfs_picture_release(sampler->current_picture);
    cfs_source_close(&sampler->source);
    pthread_cond_destroy(&sampler->changed);
    pthread_mutex_destroy(&sampler->lock);
    av_free(sampler->input);
    av_free(sampler->user_agent);
    av_free(sampler->stretches);
    av_free(sampler);
}

void cfs_sampler_fail(cfs_sampler *sampler, int code) {
    pthread_mutex_lock(&sampler->lock);
    if (!sampler->error) sampler->error = code;
    sampler->stopping = true;
    pthread_cond_broadcast(&sampler->changed);
    pthread_mutex_unlock(&sampler->lock);
}

void cfs_sampler_leave(cfs_sampler *sampler) {
    pthread_mutex_lock(&sampler->lock);
    sampler->running_threads--;
    pthread_cond_broadcast(&sampler->changed);
    pthread_mutex_unlock(&sampler->lock);
    release(sampler);
}

// MARK: Opening

static int prepare(cfs_sampler *sampler, const cfs_options *options) {
    sampler->options = *options;
    sampler->input = av_strdup(options->input);
    sampler->user_agent = av_strdup(options->user_agent);
    if (!sampler->input || !sampler->user_agent) return AVERROR(ENOMEM);
    if (options->stretch_count > 0) {
        sampler->stretches = av_memdup(options->stretches, (size_t)options->stretch_count * sizeof *options->stretches);
        if (!sampler->stretches) return AVERROR(ENOMEM);
    }
    sampler->options.stretches = sampler->stretches;
    sampler->options.input = sampler->input;
    sampler->options.user_agent = sampler->user_agent;
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    sampler->thread_count = options->threads > 0 ? options->threads : processors > 0 ? (int)processors : 1;
    sampler->planned = true;
    sampler->duration_ns = -1;
    return 0;
}

static int start_thread(cfs_sampler *sampler, void *(*body)(void *)) {
    atomic_fetch_add(&sampler->references, 1);
    sampler->running_threads++;
    pthread_t thread;
    int code = pthread_create(&thread, NULL, body, sampler);
    if (code == 0) {
        pthread_detach(thread);
        return 0;
    }
    sampler->running_threads--;
    atomic_fetch_sub(&sampler->references, 1);
    return AVERROR(code);
}

int cfs_sampler_create(const cfs_options *options, cfs_sampler **result) {
    av_log_set_level(AV_LOG_QUIET);
    *result = NULL;
    cfs_sampler *sampler = av_mallocz(sizeof *sampler);
    if (!sampler) return AVERROR(ENOMEM);
    atomic_init(&sampler->references, 1);
    pthread_mutex_init(&sampler->lock, NULL);
    pthread_condattr_t clock;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&sampler->changed, &clock);
    pthread_condattr_destroy(&clock);
    cfs_source_init(&sampler->source);
    int code = prepare(sampler, options);
    if (code < 0) cfs_sampler_destroy(sampler);
    else *result = sampler;
    return code;
}

int cfs_sampler_open(cfs_sampler *sampler) {
    const cfs_options *options = &sampler->options;
    int code = cfs_source_open(&sampler->source, options);
    if (code < 0) return code;
    int64_t limit = options->max_duration_ns > 0 ? options->max_duration_ns : INT64_MAX / 4;
    int64_t end = options->duration_ns > 0 ? options->start_ns + options->duration_ns : limit;
    sampler->grid = (cfs_grid){
        .time_base = sampler->source.stream->time_base,
        .interval_ns = options->interval_ns,
        .start_ns = options->start_ns,
        .end_ns = end < limit ? end : limit,
        .max_samples = options->max_samples,
        .stretches = options->stretches,
        .stretch_count = options->stretch_count,
    };
    sampler->thread_count = cfs_memory_decoders(sampler->source.stream->codecpar, sampler->thread_count);
    sampler->nal_length_size = cfs_nal_length_size(sampler->source.stream->codecpar);
    pthread_mutex_lock(&sampler->lock);
    code = start_thread(sampler, cfs_read_thread);
    for (int i = 0; i < sampler->thread_count && !code; i++) code = start_thread(sampler, cfs_decode_thread);
    pthread_mutex_unlock(&sampler->lock);
    return code;
}

const cfs_media *cfs_sampler_media(const cfs_sampler *sampler) { return &sampler->source.media; }

int32_t cfs_sampler_streams(cfs_sampler *sampler, cfs_stream *streams, int32_t capacity) {
    pthread_mutex_lock(&sampler->lock);
    int count = sampler->source.stream_count, known = FFMIN(count, listed_streams);
    memcpy(streams, sampler->source.streams, (size_t)FFMIN(known, capacity) * sizeof *streams);
    pthread_mutex_unlock(&sampler->lock);
    return count;
}

static void drop_finished_chain_locked(cfs_sampler *sampler) {
    cfs_chain **link = &sampler->head, *before = NULL;
    while (*link) {
        cfs_chain *chain = *link;
        if (!chain->done || !chain->closed || chain->out_count > 0) {
            before = chain;
            link = &chain->next;
            continue;
        }
        *link = chain->next;
        if (sampler->tail == chain) sampler->tail = before;
        sampler->chain_count--;
        cfs_free_chain_locked(sampler, chain);
        pthread_cond_broadcast(&sampler->changed);
    }
}

// Takes the next delivery of the first chain that has one. 1, 0 at the end, or an error.
static int take_delivery(cfs_sampler *sampler, cfs_delivery *delivery) {
    pthread_mutex_lock(&sampler->lock);
    int code = 0;
    for (;;) {
        drop_finished_chain_locked(sampler);
        cfs_chain *chain = sampler->head;
        while (chain && chain->out_count == 0) chain = chain->next;
        if (atomic_load(&sampler->source.cancelled)) {
            code = CFS_ERROR_CANCELLED;
        } else if (chain) {
            *delivery = chain->out[chain->out_head];
            chain->out[chain->out_head].frame = NULL;
            chain->out_head = (chain->out_head + 1) % chain_out_capacity;
            chain->out_count--;
            pthread_cond_broadcast(&sampler->changed);
            code = 1;
        } else if (sampler->error && (!sampler->head || sampler->stopping)) {
            code = sampler->error;
        } else if (sampler->head || !sampler->reading_done) {
            pthread_cond_wait(&sampler->changed, &sampler->lock);
            continue;
        }
        break;
    }
    pthread_mutex_unlock(&sampler->lock);
    return code;
}

// Called with nothing current: an input whose pictures all failed has an error of its own.
static int end_of_samples(cfs_sampler *sampler, int code) {
    if (code != 0 || sampler->any_sample) return code;
    return atomic_load(&sampler->counters.pictures) == 0 ? CFS_ERROR_NO_PICTURE : 0;
}

int cfs_sampler_next(cfs_sampler *sampler, cfs_sample *sample) {
    if (sampler->current.count == 0) {
        cfs_picture_release(sampler->current_picture);
        sampler->current_picture = NULL;
        int code = take_delivery(sampler, &sampler->current);
        if (code != 1) {
            sampler->current.count = 0;
            return end_of_samples(sampler, code);
        }
        if (sampler->current.frame) {
            sampler->current_picture = cfs_picture_create(sampler->current.frame, sampler->source.stream);
            sampler->current.frame = NULL;
            if (!sampler->current_picture) return AVERROR(ENOMEM);
        }
    }
    cfs_delivery *current = &sampler->current;
    AVRational time_base = sampler->source.stream->time_base;
    bool has_picture = sampler->current_picture != NULL;
    *sample = (cfs_sample){
        .index = current->first,
        .position_ns = cfs_grid_position(&sampler->grid, current->first),
        .pts = current->pts,
        .time_base_num = time_base.num,
        .time_base_den = time_base.den,
        .damaged = current->damaged,
        .reused = current->reused,
        .picture = has_picture ? cfs_picture_retain(sampler->current_picture) : NULL,
    };
    sampler->any_sample = true;
    current->reused = has_picture;
    current->first++;
    current->count--;
    return 1;
}

void cfs_sampler_cancel(cfs_sampler *sampler) {
    atomic_store(&sampler->source.cancelled, true);
    pthread_mutex_lock(&sampler->lock);
    sampler->stopping = true;
    pthread_cond_broadcast(&sampler->changed);
    pthread_mutex_unlock(&sampler->lock);
}

void cfs_sampler_report(cfs_sampler *sampler, cfs_report *report) {
    pthread_mutex_lock(&sampler->lock);
    *report = (cfs_report){
        .packets_read = sampler->source.packets_read,
        .bytes_read = sampler->source.bytes_read,
        .packets_decoded = atomic_load(&sampler->counters.packets),
        .pictures_decoded = atomic_load(&sampler->counters.pictures),
        .failures = atomic_load(&sampler->counters.failures),
        .groups_redecoded = atomic_load(&sampler->counters.groups_redecoded),
        .decode_ns = atomic_load(&sampler->counters.nanoseconds),
        .duration_ns = sampler->duration_ns,
        .planned = sampler->planned,
        .cut = sampler->cut,
    };
    int64_t length = sampler->duration_ns;
    if (sampler->reading_done && length >= 0) {
        report->truncated =
            cfs_source_truncated(&sampler->source, length) || atomic_load(&sampler->counters.end_damaged);
    }
    bool limited = sampler->grid.end_ns == sampler->options.max_duration_ns && sampler->options.max_samples == 0;
    report->cut |= limited && sampler->reading_done && length < 0 && !sampler->stopping;
    pthread_mutex_unlock(&sampler->lock);
}

void cfs_sampler_destroy(cfs_sampler *sampler) {
    if (!sampler) return;
    cfs_sampler_cancel(sampler);
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += 1;
    pthread_mutex_lock(&sampler->lock);
    while (sampler->running_threads > 0 && pthread_cond_timedwait(&sampler->changed, &sampler->lock, &until) == 0) {
    }
    pthread_mutex_unlock(&sampler->lock);
    release(sampler);
}
