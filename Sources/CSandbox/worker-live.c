#include "worker-live.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "CLiveSampler.h"
#include "worker-options.h"
#include "worker-picture.h"

static _Atomic(cfs_live *) live;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; // guards what follows
static pthread_cond_t woken = PTHREAD_COND_INITIALIZER;
static bool has_news, cancelled;

static void wake(void *context) {
    (void)context;
    pthread_mutex_lock(&lock);
    has_news = true;
    pthread_cond_signal(&woken);
    pthread_mutex_unlock(&lock);
}

void csb_work_live_start(csb_task *task) {
    cfs_options options;
    cfs_live *made = NULL;
    int code = live ? -EINVAL : csb_read_options(task, &options);
    if (code >= 0) code = cfs_live_create(&options, &task->request->limits, wake, NULL, &made);
    if (code >= 0) {
        live = made;
        if (cancelled) cfs_live_cancel(made);
        code = cfs_live_start(made);
    }
    task->reply->code = code;
}

void csb_work_live_cancel(void) {
    cancelled = true;
    if (live) cfs_live_cancel(live);
    wake(NULL);
}

// Waits for an event, and takes it.
static cfs_live_event wait_for_event(cfs_live_sample *sample) {
    for (;;) {
        pthread_mutex_lock(&lock);
        has_news = false;
        pthread_mutex_unlock(&lock);
        cfs_live_event event = cfs_live_take(live, sample);
        if (event != CFS_LIVE_NOTHING) return event;
        pthread_mutex_lock(&lock);
        while (!has_news) pthread_cond_wait(&woken, &lock);
        pthread_mutex_unlock(&lock);
    }
}

static void list_streams(csb_task *task) {
    cfs_stream *list = csb_stream_list(task);
    if (list) csb_count_streams(task, cfs_live_streams(live, list, csb_max_streams));
}

void csb_work_live_event(csb_task *task) {
    csb_reply *reply = task->reply;
    if (!live) {
        reply->code = -EINVAL;
        return;
    }
    cfs_live_event event = wait_for_event(&reply->live_sample);
    if (event == CFS_LIVE_OPENED) {
        csb_write_media(cfs_live_media(live), &reply->live_media);
        list_streams(task);
    }
    cfs_picture *picture = event == CFS_LIVE_SAMPLE ? reply->live_sample.picture : NULL;
    reply->live_sample.picture = NULL;
    if (picture) reply->code = csb_keep_picture(picture, &reply->live_picture);
    reply->event = event;
    cfs_live_report_now(live, &reply->live_report);
}

void csb_work_live_report(csb_task *task) {
    if (live) cfs_live_report_now(live, &task->reply->live_report);
}

void csb_work_live_clip(csb_task *task) {
    const csb_request *request = task->request;
    bool named = memchr(request->clip.name, 0, sizeof request->clip.name) != NULL;
    int64_t size = -EINVAL;
    if (live && named)
        size = cfs_live_clip_bytes(live, request->clip.from_ns, request->clip.to_ns, request->clip.name,
                                   task->region.bytes, task->region.size, &task->reply->first_ns);
    task->reply->code = size < 0 ? (int)size : 0;
    task->reply->size = size < 0 ? 0 : (uint64_t)size;
}
