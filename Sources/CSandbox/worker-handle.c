#define _GNU_SOURCE
#include "worker-handle.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "channel.h"
#include "clock.h"
#include "counts.h"
#include "zygote-handle.h"
#include "zygote.h"

enum { least_cancel_ms = 1000, death_ms = 1000 };

// MARK: Ends

// What the kernel's word on an ended process means.
static int reason_of(int status) {
    if (status == csb_never_forked) return CSB_ERROR_UNAVAILABLE;
    if (!WIFSIGNALED(status)) return CSB_ERROR_CRASHED;
    switch (WTERMSIG(status)) {
    case SIGSYS: return CSB_ERROR_FORBIDDEN;
    case SIGXCPU:
    case SIGXFSZ:
    case SIGKILL: return CSB_ERROR_LIMIT; // by the limit of processor time, or by a system without memory
    default: return CSB_ERROR_CRASHED;
    }
}

int csb_worker_condemn(csb_worker *worker, int reason) {
    pthread_mutex_lock(&worker->lock);
    bool first = worker->end == 0;
    if (first) worker->end = reason;
    int end = worker->end;
    pthread_cond_broadcast(&worker->lane_given);
    pthread_mutex_unlock(&worker->lock);
    if (first) {
        csb_count_end(reason);
        csb_zygote_kill(worker->number);
    }
    return end;
}

int csb_worker_end(csb_worker *worker) {
    pthread_mutex_lock(&worker->lock);
    int end = worker->end;
    pthread_mutex_unlock(&worker->lock);
    return end;
}

// The channel is closed: the worker has ended, or is about to.
static int bury(csb_worker *worker) {
    csb_death death;
    struct pollfd wait = {.fd = worker->death, .events = POLLIN};
    int reason = CSB_ERROR_CRASHED;
    int known = csb_worker_end(worker);
    if (known) return known;
    if (poll(&wait, 1, death_ms) > 0) {
        int code = csb_channel_receive(worker->death, &death, sizeof death, NULL, 0, NULL);
        // Where nothing was told, it was never forked, or whoever forks is gone, and all workers with it.
        reason = code == 0 ? reason_of(death.status) : CSB_ERROR_UNAVAILABLE;
    }
    return csb_worker_condemn(worker, reason);
}

// MARK: Lanes

csb_lane *csb_lane_take(csb_worker *worker, int index) {
    csb_lane *lane = NULL;
    pthread_mutex_lock(&worker->lock);
    for (;;) {
        if (index >= 0 && !worker->lanes[index].taken) lane = &worker->lanes[index];
        for (int i = 1; i < csb_lane_count && index < 0 && !lane; i++)
            if (!worker->lanes[i].taken) lane = &worker->lanes[i];
        if (lane) break;
        pthread_cond_wait(&worker->lane_given, &worker->lock);
    }
    lane->taken = true;
    pthread_mutex_unlock(&worker->lock);
    return lane;
}

void csb_lane_give(csb_worker *worker, csb_lane *lane) {
    pthread_mutex_lock(&worker->lock);
    lane->taken = false;
    pthread_cond_broadcast(&worker->lane_given);
    pthread_mutex_unlock(&worker->lock);
}

int csb_lane_send(csb_worker *worker, csb_lane *lane, csb_call *call) {
    int descriptors[3], count = 0;
    call->began_ms = csb_now_ms();
    call->request.version = csb_protocol_version;
    call->request.region = lane->unsent >= 0 ? lane->region.size : 0;
    if (lane->unsent >= 0) descriptors[count++] = lane->unsent;
    for (int i = 0; i < call->descriptor_count; i++) descriptors[count++] = call->descriptors[i];
    int code = csb_channel_send(lane->socket, &call->request, sizeof call->request, descriptors, count, false);
    if (lane->unsent >= 0) close(lane->unsent);
    lane->unsent = -1;
    if (code == -EPIPE) return bury(worker);
    // Its thread has nothing else to do than to read this.
    return code == -EAGAIN ? csb_worker_condemn(worker, CSB_ERROR_HUNG) : code;
}

int csb_lane_reserve(csb_lane *lane, size_t bytes) {
    if (bytes <= lane->region.size) return 0;
    if (lane->unsent >= 0) close(lane->unsent);
    lane->unsent = -1;
    return csb_region_make(bytes, &lane->region, &lane->unsent);
}

// Waits for an answer until a time. 1, 0 when there is none by then, or why there will be none.
static int wait_for_answer(csb_worker *worker, csb_lane *lane, const csb_call *call, bool *cancelled) {
    int64_t until_ms = csb_now_ms() + call->patience_ms;
    int64_t cancel_ms = call->cancelled_ms > 0 ? call->cancelled_ms : least_cancel_ms;
    for (;;) {
        struct pollfd waits[] = {
            {.fd = lane->socket, .events = POLLIN}, {.fd = *cancelled ? -1 : worker->cancel_event, .events = POLLIN}};
        int64_t left = until_ms - csb_now_ms();
        int ready = left > 0 ? poll(waits, 2, (int)(left < 3600000 ? left : 3600000)) : 0;
        if (ready < 0 && errno != EINTR) return -errno;
        if (ready <= 0 && left <= 0) return 0;
        if (waits[0].revents) return 1;
        if (waits[1].revents) {
            *cancelled = true;
            if (until_ms > csb_now_ms() + cancel_ms) until_ms = csb_now_ms() + cancel_ms;
        }
    }
}

static bool makes_sense(const csb_lane *lane, const csb_call *call, const csb_reply *reply) {
    return reply->version == csb_protocol_version && reply->type == call->request.type
        && reply->size <= lane->region.size && reply->stream_count >= 0 && reply->stream_count <= csb_max_streams
        && (uint64_t)reply->stream_count * sizeof(cfs_stream) <= lane->region.size;
}

int csb_lane_receive(csb_worker *worker, csb_lane *lane, const csb_call *call, csb_reply *reply) {
    int code = csb_channel_receive_now(lane->socket, reply, sizeof *reply);
    if (code == -EAGAIN) return code;
    if (code == -EPIPE) return bury(worker);
    if (code < 0 || !makes_sense(lane, call, reply)) return csb_worker_condemn(worker, CSB_ERROR_GARBLED);
    return reply->code;
}

int csb_lane_await(csb_worker *worker, csb_lane *lane, const csb_call *call, csb_reply *reply) {
    bool cancelled = false;
    int answered = 0;
    do answered = wait_for_answer(worker, lane, call, &cancelled);
    while (answered == 0 && !cancelled && call->progress && call->progress(worker, call->state));
    atomic_fetch_add(&worker->busy_ms, csb_now_ms() - call->began_ms);
    if (answered < 0) return answered;
    if (answered == 0) return csb_worker_condemn(worker, cancelled ? CFS_ERROR_CANCELLED : CSB_ERROR_HUNG);
    return csb_lane_receive(worker, lane, call, reply);
}

int csb_lane_ask(csb_worker *worker, csb_lane *lane, csb_call *call, csb_reply *reply) {
    int code = csb_lane_send(worker, lane, call);
    return code < 0 ? code : csb_lane_await(worker, lane, call, reply);
}

// MARK: One way

void csb_worker_tell(csb_worker *worker, csb_notice notice) {
    // Many pictures may be given back at once; the channel's own time limit bounds the wait.
    int code = csb_channel_send(worker->control, &notice, sizeof notice, NULL, 0, true);
    if (code == -EAGAIN) csb_worker_condemn(worker, CSB_ERROR_HUNG);
}
