#define _GNU_SOURCE
#include "lender.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "channel.h"
#include "clock.h"
#include "listener.h"

enum { longest_wait_ms = 10000, most_waiting = 1024, most_messages_a_second = 2000 };

// A request that does not fit yet.
typedef struct waiting {
    csb_worker *worker;
    csb_memory_message message;
    int64_t until_ms;
} waiting;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;    // guards what follows, and every worker's `lent`
static int64_t limits[2] = {2LL << 30, 1LL << 30}, used[2]; // of videos, of images
static waiting line[most_waiting];
static int line_count;
static int alarm_clock = -1; // rings when the first in line has waited for too long

void csb_limit_memory(int64_t video_bytes, int64_t image_bytes) {
    pthread_mutex_lock(&lock);
    limits[0] = video_bytes;
    limits[1] = image_bytes;
    pthread_mutex_unlock(&lock);
    cfs_limit_memory(video_bytes, image_bytes);
}

void csb_lending_limits(int64_t *video_bytes, int64_t *image_bytes) {
    pthread_mutex_lock(&lock);
    *video_bytes = limits[0];
    *image_bytes = limits[1];
    pthread_mutex_unlock(&lock);
}

// MARK: Lending, with the lock held

static void answer_locked(csb_worker *worker, csb_memory_message message, int64_t bytes) {
    message.bytes = bytes;
    if (bytes > 0) {
        used[message.image] += bytes;
        worker->lent[message.image] += bytes;
    }
    csb_channel_send(worker->memory, &message, sizeof message, NULL, 0, false);
}

// Whether the request was answered.
static bool try_locked(csb_worker *worker, const csb_memory_message *message) {
    int64_t free_bytes = limits[message->image] - used[message->image];
    if (message->least > limits[message->image]) answer_locked(worker, *message, CFS_ERROR_TOO_MANY_PIXELS);
    else if (message->wanted <= free_bytes) answer_locked(worker, *message, message->wanted);
    else if (message->least <= free_bytes) answer_locked(worker, *message, message->least);
    else return false;
    return true;
}

static void leave_line_locked(int index) {
    line_count--;
    for (int i = index; i < line_count; i++) line[i] = line[i + 1];
}

// First come, first served, as far as it goes.
static void serve_line_locked(void) {
    for (int i = 0; i < line_count;) {
        bool done = try_locked(line[i].worker, &line[i].message);
        if (!done && csb_now_ms() >= line[i].until_ms) {
            answer_locked(line[i].worker, line[i].message, CFS_ERROR_BUSY);
            done = true;
        }
        if (done) leave_line_locked(i);
        else i++;
    }
}

static void take_back_locked(csb_worker *worker, uint32_t image, int64_t bytes) {
    if (bytes < 0 || bytes > worker->lent[image]) bytes = worker->lent[image];
    worker->lent[image] -= bytes;
    used[image] -= bytes;
}

static bool waits_locked(const csb_worker *worker) {
    for (int i = 0; i < line_count; i++)
        if (line[i].worker == worker) return true;
    return false;
}

// Whether so many messages in so short a time are no decoder's.
static bool is_flood(csb_worker *worker) {
    int64_t second = csb_now_ms() / 1000;
    if (worker->heard_second != second) worker->heard_second = second, worker->heard = 0;
    return ++worker->heard > most_messages_a_second;
}

// False when what it says makes no sense.
static bool hear_locked(csb_worker *worker, const csb_memory_message *message) {
    bool makes_sense = message->version == csb_protocol_version && message->image <= 1 && message->least >= 0
        && message->wanted >= message->least && message->wanted < INT64_MAX / 4;
    if (!makes_sense || is_flood(worker)) return false;
    if (message->least == 0) {
        take_back_locked(worker, message->image, message->bytes);
        serve_line_locked();
        return true;
    }
    if (waits_locked(worker)) return false;
    if (try_locked(worker, message)) return true;
    if (line_count < most_waiting) line[line_count++] = (waiting){worker, *message, csb_now_ms() + longest_wait_ms};
    else answer_locked(worker, *message, CFS_ERROR_BUSY);
    return true;
}

// MARK: Hearing

static void set_alarm_locked(void) {
    static bool is_set;
    if (line_count == 0 && !is_set) return;
    is_set = line_count > 0;
    int64_t first = 0;
    for (int i = 0; i < line_count; i++)
        if (first == 0 || line[i].until_ms < first) first = line[i].until_ms;
    struct itimerspec when = {.it_value = {.tv_sec = first / 1000, .tv_nsec = first % 1000 * 1000000}};
    timerfd_settime(alarm_clock, TFD_TIMER_ABSTIME, &when, NULL);
}

bool csb_lender_hear(csb_worker *worker) {
    bool makes_sense = true;
    pthread_mutex_lock(&lock);
    for (;;) {
        csb_memory_message message;
        int code = csb_channel_receive_now(worker->memory, &message, sizeof message);
        makes_sense = code == 0 ? hear_locked(worker, &message) : code != -EBADMSG;
        if (code < 0 || !makes_sense) break;
    }
    set_alarm_locked();
    pthread_mutex_unlock(&lock);
    return makes_sense;
}

// On the listening thread.
static void hear(void *context) {
    csb_worker *worker = context;
    if (!csb_lender_hear(worker)) csb_worker_condemn(worker, CSB_ERROR_GARBLED);
}

static void ring(void *context) {
    (void)context;
    pthread_mutex_lock(&lock);
    serve_line_locked();
    set_alarm_locked();
    pthread_mutex_unlock(&lock);
}

static int set_up(void) {
    // Not the one above, which is taken where the listener's is held.
    static pthread_mutex_t setting_up = PTHREAD_MUTEX_INITIALIZER;
    static uint64_t ticket; // 0: nobody listens to the alarm yet
    pthread_mutex_lock(&setting_up);
    pthread_mutex_lock(&lock);
    if (alarm_clock < 0) alarm_clock = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    int code = alarm_clock < 0 ? -errno : 0;
    pthread_mutex_unlock(&lock);
    if (code == 0 && ticket == 0) code = csb_listen(alarm_clock, ring, NULL, &ticket);
    pthread_mutex_unlock(&setting_up);
    return code;
}

int csb_lend_to(csb_worker *worker) {
    int code = set_up();
    return code < 0 ? code : csb_listen(worker->memory, hear, worker, &worker->memory_ticket);
}

static void answer_all_locked(csb_worker *worker, int code) {
    for (int i = line_count - 1; i >= 0; i--) {
        if (line[i].worker != worker) continue;
        answer_locked(worker, line[i].message, code);
        leave_line_locked(i);
    }
}

void csb_stop_lending(csb_worker *worker) {
    csb_unlisten(worker->memory_ticket);
    pthread_mutex_lock(&lock);
    answer_all_locked(worker, CFS_ERROR_CANCELLED);
    for (uint32_t image = 0; image < 2; image++) take_back_locked(worker, image, worker->lent[image]);
    serve_line_locked();
    pthread_mutex_unlock(&lock);
}

void csb_lender_cancel(csb_worker *worker) {
    pthread_mutex_lock(&lock);
    answer_all_locked(worker, CFS_ERROR_CANCELLED);
    pthread_mutex_unlock(&lock);
}
