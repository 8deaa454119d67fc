#define _GNU_SOURCE
#include "warm.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "channel.h"
#include "counts.h"
#include "lender.h"
#include "zygote-handle.h"
#include "zygote.h"

enum {
    inputs_a_worker = 32, // images that share one, one after the other
    most_idle = 8,
    image_seconds = 120,  // of processor time, for all of them
    most_busy_ms = 40000, // beyond it, another image could lack that time
    wanted_descriptors = 16384,
    notice_ms = 2000, // one that reads nothing for so long is no decoder any more
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; // guards what follows
static uint64_t last_number;
static csb_worker *warm; // has no orders yet
static csb_worker *idle; // had images
static int idle_count;
static atomic_bool keeps_warm;

// MARK: Making

static void free_worker(csb_worker *worker) {
    int own[] = {worker->control, worker->memory, worker->source, worker->death, worker->cancel_event};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (own[i] >= 0) close(own[i]);
    for (int i = 0; i < csb_lane_count; i++) {
        if (worker->lanes[i].socket >= 0) close(worker->lanes[i].socket);
        if (worker->lanes[i].unsent >= 0) close(worker->lanes[i].unsent);
        csb_region_free(&worker->lanes[i].region);
    }
    pthread_cond_destroy(&worker->lane_given);
    pthread_mutex_destroy(&worker->lock);
    free(worker);
}

static csb_worker *allocate(uint64_t number) {
    csb_worker *worker = calloc(1, sizeof *worker);
    if (!worker) return NULL;
    atomic_init(&worker->references, 1);
    worker->number = number;
    worker->control = worker->memory = worker->source = worker->death = worker->cancel_event = -1;
    for (int i = 0; i < csb_lane_count; i++) worker->lanes[i].socket = worker->lanes[i].unsent = -1;
    pthread_mutex_init(&worker->lock, NULL);
    pthread_cond_init(&worker->lane_given, NULL);
    return worker;
}

// Makes the worker's channels, of which the other ends are the caller's: `death`, then those of its body.
static int make_channels(csb_worker *worker, int *others, int *count) {
    int *own[1 + csb_worker_descriptors] = {&worker->death, &worker->control, &worker->memory, &worker->source};
    for (int i = 0; i < csb_lane_count; i++) own[4 + i] = &worker->lanes[i].socket;
    for (*count = 0; *count < 1 + csb_worker_descriptors; (*count)++) {
        int ends[2];
        int code = csb_channel_make(ends);
        if (code < 0) return code;
        *own[*count] = ends[0];
        others[*count] = ends[1];
    }
    worker->cancel_event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return worker->cancel_event < 0 ? -errno : csb_channel_limit_wait(worker->control, notice_ms);
}

static int make(csb_worker **result) {
    pthread_mutex_lock(&lock);
    uint64_t number = ++last_number;
    pthread_mutex_unlock(&lock);
    csb_worker *worker = *result = allocate(number);
    if (!worker) return -ENOMEM;
    int others[1 + csb_worker_descriptors], count = 0;
    int code = make_channels(worker, others, &count);
    if (code == 0) code = csb_zygote_fork(number, others[0], others + 1);
    csb_close_all(others, count);
    if (code == 0) return 0;
    free_worker(worker);
    *result = NULL;
    return code;
}

// Forks one ahead of time.
static void warm_up(void) {
    pthread_mutex_lock(&lock);
    bool is_missing = !warm;
    pthread_mutex_unlock(&lock);
    csb_worker *worker = NULL;
    if (!is_missing || make(&worker) < 0) return;
    pthread_mutex_lock(&lock);
    csb_worker *surplus = warm ? worker : NULL;
    if (!warm) warm = worker;
    pthread_mutex_unlock(&lock);
    if (surplus) csb_worker_release(surplus);
}

// A worker takes nine descriptors. select(2), which would mind more than 1024, is used by nobody here.
static void allow_descriptors(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= wanted_descriptors) return;
    limit.rlim_cur = limit.rlim_max < wanted_descriptors ? limit.rlim_max : wanted_descriptors;
    setrlimit(RLIMIT_NOFILE, &limit);
}

int csb_start(void) {
    allow_descriptors();
    int code = csb_zygote_start();
    if (code == 0) warm_up();
    return code;
}

void csb_keep_warm(void) {
    atomic_store(&keeps_warm, true);
    warm_up();
}

// MARK: Getting

static csb_worker *take_warm(void) {
    pthread_mutex_lock(&lock);
    csb_worker *worker = warm;
    warm = NULL;
    pthread_mutex_unlock(&lock);
    return worker;
}

// One whose pictures have all been given back: what another image does to it is to harm none of them.
static csb_worker *take_any_idle(void) {
    pthread_mutex_lock(&lock);
    csb_worker **link = &idle;
    while (*link && atomic_load(&(*link)->references) > 1) link = &(*link)->next_idle;
    csb_worker *worker = *link;
    if (worker) *link = worker->next_idle, idle_count--;
    pthread_mutex_unlock(&lock);
    return worker;
}

// One that waits may have been ended meanwhile, by a system without memory, say: that is nobody's input's fault.
static csb_worker *take_living(csb_worker *(*take)(void)) {
    for (;;) {
        csb_worker *worker = take();
        struct pollfd death = {.fd = worker ? worker->death : -1, .events = POLLIN};
        if (!worker || poll(&death, 1, 0) == 0) return worker;
        csb_worker_release(worker);
    }
}

// Gives a worker its orders. 0 or an error.
static int order(csb_worker *worker, csb_purpose purpose) {
    csb_orders orders = {.version = csb_protocol_version, .purpose = purpose};
    csb_lending_limits(&orders.video_bytes, &orders.image_bytes);
    if (purpose == csb_for_images || purpose == csb_for_documents) orders.processor_seconds = image_seconds;
    worker->is_for_images = purpose == csb_for_images;
    int code = csb_lend_to(worker);
    return code < 0 ? code : csb_channel_send(worker->control, &orders, sizeof orders, NULL, 0, false);
}

int csb_worker_get(csb_purpose purpose, csb_worker **result) {
    csb_worker *worker = purpose == csb_for_images ? take_living(take_any_idle) : NULL;
    *result = NULL;
    if (!worker) {
        worker = take_living(take_warm);
        int code = worker ? 0 : make(&worker);
        if (code == 0) code = order(worker, purpose);
        if (code < 0 && worker) csb_worker_release(worker);
        if (code < 0) return code == -EPIPE ? CSB_ERROR_UNAVAILABLE : code;
        csb_count_start();
        if (atomic_load(&keeps_warm)) warm_up();
    }
    worker->inputs++;
    *result = worker;
    return 0;
}

int csb_worker_fetch(csb_worker *worker, const cfs_options *options) {
    return csb_source_service_start(worker->source, options, &worker->fetching);
}

csb_worker *csb_worker_retain(csb_worker *worker) {
    atomic_fetch_add(&worker->references, 1);
    return worker;
}

void csb_worker_release(csb_worker *worker) {
    if (atomic_fetch_sub(&worker->references, 1) != 1) return;
    csb_stop_lending(worker);
    csb_source_service_end(worker->fetching);
    if (worker->inputs > 0) csb_count_release();
    // It ends by itself once its channels close, unless it does not care.
    csb_zygote_kill(worker->number);
    free_worker(worker);
}

void csb_worker_reuse(csb_worker *worker) {
    bool is_fit = csb_worker_end(worker) == 0;
    pthread_mutex_lock(&lock);
    is_fit = is_fit && worker->is_for_images && !atomic_load(&worker->cancelled) && worker->inputs < inputs_a_worker
        && atomic_load(&worker->busy_ms) < most_busy_ms && idle_count < most_idle;
    if (is_fit) {
        worker->next_idle = idle;
        idle = worker;
        idle_count++;
    }
    pthread_mutex_unlock(&lock);
    if (!is_fit) csb_worker_release(worker);
}

void csb_worker_cancel(csb_worker *worker) {
    atomic_store(&worker->cancelled, true);
    eventfd_write(worker->cancel_event, 1);
    csb_lender_cancel(worker);
    if (worker->fetching) csb_source_service_cancel(worker->fetching);
    csb_worker_tell(worker, (csb_notice){.type = csb_cancel_notice});
}
