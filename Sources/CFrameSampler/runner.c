#include "runner.h"

#include "CHTTP.h"

static bool copy_options(cfs_runner *runner, const cfs_options *options) {
    runner->options = *options;
    runner->options.input = runner->input = av_strdup(options->input);
    runner->options.user_agent = runner->user_agent = av_strdup(options->user_agent);
    size_t count = options->stretch_count > 0 ? (size_t)options->stretch_count : 0;
    if (count > 0) runner->stretches = av_memdup(options->stretches, count * sizeof *options->stretches);
    runner->options.stretches = runner->stretches;
    chttp_signing_retain(options->signing);
    return runner->input && runner->user_agent && (count == 0 || runner->stretches);
}

void *cfs_runner_create(size_t size, const cfs_options *options, void (*dispose)(void *owner)) {
    av_log_set_level(AV_LOG_QUIET);
    cfs_runner *runner = av_mallocz(size);
    if (!runner) return NULL;
    atomic_init(&runner->references, 1);
    pthread_mutex_init(&runner->lock, NULL);
    pthread_condattr_t clock;
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&runner->changed, &clock);
    pthread_condattr_destroy(&clock);
    cfs_source_init(&runner->source);
    if (copy_options(runner, options)) {
        runner->dispose = dispose;
        return runner;
    }
    cfs_runner_release(runner);
    return NULL;
}

void cfs_runner_release(cfs_runner *runner) {
    if (atomic_fetch_sub(&runner->references, 1) != 1) return;
    if (runner->dispose) runner->dispose(runner);
    cfs_source_close(&runner->source);
    pthread_cond_destroy(&runner->changed);
    pthread_mutex_destroy(&runner->lock);
    av_free(runner->input);
    av_free(runner->user_agent);
    av_free(runner->stretches);
    chttp_signing_release(runner->options.signing);
    av_free(runner);
}

static void count_thread(cfs_runner *runner, int change) {
    pthread_mutex_lock(&runner->lock);
    runner->running_threads += change;
    pthread_cond_broadcast(&runner->changed);
    pthread_mutex_unlock(&runner->lock);
}

int cfs_runner_start(cfs_runner *runner, void *(*body)(void *owner)) {
    atomic_fetch_add(&runner->references, 1);
    count_thread(runner, 1);
    pthread_t thread;
    int code = pthread_create(&thread, NULL, body, runner);
    if (code == 0) pthread_detach(thread);
    else cfs_runner_leave(runner);
    return AVERROR(code);
}

void cfs_runner_leave(cfs_runner *runner) {
    count_thread(runner, -1);
    cfs_runner_release(runner);
}

void cfs_runner_cancel(cfs_runner *runner) {
    atomic_store(&runner->source.cancelled, true);
    pthread_mutex_lock(&runner->lock);
    runner->stopping = true;
    pthread_cond_broadcast(&runner->changed);
    pthread_mutex_unlock(&runner->lock);
}

bool cfs_runner_wait_until(cfs_runner *runner, int64_t ns) {
    struct timespec until = {.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};
    return pthread_cond_timedwait(&runner->changed, &runner->lock, &until) == 0;
}

int cfs_runner_make_decoder(cfs_runner *runner, const AVCodecParameters *parameters, cfs_decoder **decoder) {
    const AVStream *stream = runner->source.stream;
    return cfs_decoder_create(stream, parameters ? parameters : stream->codecpar, &runner->options, &runner->counters,
                              &runner->source.cancelled, decoder);
}

int32_t cfs_runner_streams(cfs_runner *runner, cfs_stream *streams, int32_t capacity) {
    pthread_mutex_lock(&runner->lock);
    int count = runner->source.stream_count, known = FFMIN(count, listed_streams);
    memcpy(streams, runner->source.streams, (size_t)FFMIN(known, capacity) * sizeof *streams);
    pthread_mutex_unlock(&runner->lock);
    return count;
}
