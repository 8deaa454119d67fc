// The caller's side: opening, taking samples, ending.
#include <unistd.h>

#include "CFrameSampler.h"
#include "clock.h"
#include "image-color.h"
#include "memory.h"
#include "picture.h"
#include "reader.h"
#include "sampler-state.h"
#include "source-open.h"
#include "source-read.h"
#include "transparency.h"
#include "workers.h"

static void dispose(void *owner) {
    cfs_sampler *sampler = owner;
    while (sampler->head) {
        cfs_chain *chain = sampler->head;
        sampler->head = chain->next;
        cfs_free_chain_locked(sampler, chain);
    }
    for (size_t i = 0; i < sampler->plan.pending_count; i++) cfs_free_entry(sampler->plan.pending[i]);
    cfs_plan_free(&sampler->plan);
    while (sampler->spare_count > 0) cfs_free_entry(sampler->spare[--sampler->spare_count]);
    cfs_picture_release(sampler->current_picture);
    cfs_stills_free(sampler->stills);
}

int cfs_sampler_create(const cfs_options *options, cfs_sampler **result) {
    cfs_sampler *sampler = *result = cfs_runner_create(sizeof *sampler, options, dispose);
    if (!sampler) return AVERROR(ENOMEM);
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    sampler->thread_count = options->threads > 0 ? options->threads : processors > 0 ? (int)processors : 1;
    sampler->planned = true;
    sampler->duration_ns = -1;
    return 0;
}

static int open_stills(cfs_sampler *sampler) {
    cfs_source *source = &sampler->run.source;
    cfs_stills *stills = NULL;
    int code = cfs_stills_create(
        source->image, source->image_size, &sampler->run.options, &source->media, source->streams, &stills);
    pthread_mutex_lock(&sampler->run.lock);
    sampler->stills = stills;
    pthread_mutex_unlock(&sampler->run.lock);
    return atomic_load(&source->cancelled) ? CFS_ERROR_CANCELLED : code;
}

int64_t cfs_position(const cfs_options *options, int64_t index) {
    cfs_grid grid = cfs_grid_of(options);
    return cfs_grid_position(&grid, index);
}

int cfs_sampler_open(cfs_sampler *sampler) {
    const cfs_options *options = &sampler->run.options;
    int code = cfs_source_open(&sampler->run.source, options);
    if (code < 0) return code;
    if (sampler->run.source.image) return open_stills(sampler);
    sampler->grid = cfs_grid_of(options);
    sampler->grid.time_base = sampler->run.source.stream->time_base;
    sampler->thread_count = cfs_memory_decoders(sampler->run.source.stream->codecpar, sampler->thread_count);
    sampler->nal_length_size = cfs_nal_length_size(sampler->run.source.stream->codecpar);
    code = cfs_runner_start(&sampler->run, cfs_read_thread);
    for (int i = 0; i < sampler->thread_count && !code; i++) code = cfs_runner_start(&sampler->run, cfs_decode_thread);
    return code;
}

const cfs_media *cfs_sampler_media(const cfs_sampler *sampler) { return &sampler->run.source.media; }

int32_t cfs_sampler_streams(cfs_sampler *sampler, cfs_stream *streams, int32_t capacity) {
    return cfs_runner_streams(&sampler->run, streams, capacity);
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
        pthread_cond_broadcast(&sampler->run.changed);
    }
}

// Takes the next delivery of the first chain that has one. 1, 0 at the end, or an error.
static int take_delivery(cfs_sampler *sampler, cfs_delivery *delivery) {
    pthread_mutex_lock(&sampler->run.lock);
    int code = 0;
    for (;;) {
        drop_finished_chain_locked(sampler);
        cfs_chain *chain = sampler->head;
        while (chain && chain->out_count == 0) chain = chain->next;
        if (atomic_load(&sampler->run.source.cancelled)) {
            code = CFS_ERROR_CANCELLED;
        } else if (chain) {
            *delivery = chain->out[chain->out_head];
            chain->out[chain->out_head].frame = NULL;
            chain->out_head = (chain->out_head + 1) % chain_out_capacity;
            chain->out_count--;
            pthread_cond_broadcast(&sampler->run.changed);
            code = 1;
        } else if (sampler->error && (!sampler->head || sampler->run.stopping)) {
            code = sampler->error;
        } else if (sampler->head || !sampler->reading_done) {
            pthread_cond_wait(&sampler->run.changed, &sampler->run.lock);
            continue;
        }
        break;
    }
    pthread_mutex_unlock(&sampler->run.lock);
    return code;
}

// An input of which no picture could be decoded has an error of its own.
static int end_of_samples(cfs_sampler *sampler, int code) {
    if (code != 0 || sampler->any_sample) return code;
    return atomic_load(&sampler->run.counters.pictures) == 0 ? CFS_ERROR_NO_PICTURE : 0;
}

// What images state beside their pixels. A JPEG's fourth component is black, which FFmpeg may take for alpha.
static int show_as_viewers(cfs_sampler *sampler) {
    const cfs_source *source = &sampler->run.source;
    AVFrame **frame = &sampler->current.frame;
    bool is_jpeg = source->stream->codecpar->codec_id == AV_CODEC_ID_MJPEG;
    int code = is_jpeg ? cfs_frame_put_on_white(frame, cfs_alpha_unused) : 0;
    if (!code && cfs_source_is_image(source)) code = cfs_color_from_own_profile(frame);
    if (code < 0) av_frame_free(frame);
    return code;
}

int cfs_sampler_next(cfs_sampler *sampler, cfs_sample *sample) {
    if (sampler->stills) return cfs_stills_next(sampler->stills, sample);
    if (sampler->current.count == 0) {
        cfs_picture_release(sampler->current_picture);
        sampler->current_picture = NULL;
        int code = take_delivery(sampler, &sampler->current);
        if (code != 1) {
            sampler->current.count = 0;
            return end_of_samples(sampler, code);
        }
        if (sampler->current.frame && (code = show_as_viewers(sampler)) < 0) return code;
        if (sampler->current.frame) {
            sampler->current_picture = cfs_picture_create(sampler->current.frame, sampler->run.source.stream);
            sampler->current.frame = NULL;
            if (!sampler->current_picture) return AVERROR(ENOMEM);
            if (cfs_source_is_image(&sampler->run.source)) sampler->current_picture->aspect = (AVRational){1, 1};
        }
    }
    cfs_delivery *current = &sampler->current;
    AVRational time_base = sampler->run.source.stream->time_base;
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
    cfs_runner_cancel(&sampler->run);
    pthread_mutex_lock(&sampler->run.lock);
    if (sampler->stills) cfs_stills_cancel(sampler->stills);
    pthread_mutex_unlock(&sampler->run.lock);
}

void cfs_sampler_report(cfs_sampler *sampler, cfs_report *report) {
    if (sampler->stills) {
        cfs_stills_report(sampler->stills, report);
        return;
    }
    pthread_mutex_lock(&sampler->run.lock);
    *report = (cfs_report){
        .packets_read = sampler->run.source.packets_read,
        .bytes_read = sampler->run.source.bytes_read,
        .packets_decoded = atomic_load(&sampler->run.counters.packets),
        .pictures_decoded = atomic_load(&sampler->run.counters.pictures),
        .failures = atomic_load(&sampler->run.counters.failures),
        .groups_redecoded = atomic_load(&sampler->run.counters.groups_redecoded),
        .decode_ns = atomic_load(&sampler->run.counters.nanoseconds),
        .duration_ns = sampler->duration_ns,
        .planned = sampler->planned,
        .cut = sampler->cut,
    };
    int64_t length = sampler->duration_ns;
    if (sampler->reading_done && length >= 0) {
        report->truncated =
            cfs_source_truncated(&sampler->run.source, length) || atomic_load(&sampler->run.counters.end_damaged);
    }
    bool limited =
        sampler->grid.end_ns == sampler->run.options.max_duration_ns && sampler->run.options.max_samples == 0;
    report->cut |= limited && sampler->reading_done && length < 0 && !sampler->run.stopping;
    pthread_mutex_unlock(&sampler->run.lock);
}

void cfs_sampler_destroy(cfs_sampler *sampler) {
    if (!sampler) return;
    cfs_sampler_cancel(sampler);
    int64_t until_ns = cfs_monotonic_ns() + 1000000000;
    pthread_mutex_lock(&sampler->run.lock);
    while (sampler->run.running_threads > 0 && cfs_runner_wait_until(&sampler->run, until_ns)) {
    }
    pthread_mutex_unlock(&sampler->run.lock);
    cfs_runner_release(&sampler->run);
}
