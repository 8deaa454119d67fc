#include "worker-image.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "CSamplerMemory.h"

#include "worker-picture.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; // guards what follows
static cfs_image *image;
static uint32_t number;
static bool cancelled, used, unwanted; // `used`: it is not to be closed now

static void close_image_locked(void) {
    unwanted = used;
    if (used) return;
    cfs_image_close(image);
    image = NULL;
}

static cfs_image *begin_use(void) {
    pthread_mutex_lock(&lock);
    used = true;
    cfs_image *taken = image;
    pthread_mutex_unlock(&lock);
    return taken;
}

static void end_use(void) {
    pthread_mutex_lock(&lock);
    used = false;
    if (unwanted) close_image_locked();
    pthread_mutex_unlock(&lock);
}

void csb_work_image_open(csb_task *task) {
    uint64_t size = task->request->image.size;
    cfs_image *opened = NULL;
    int code = -EINVAL;
    pthread_mutex_lock(&lock);
    // What the one before ends with may arrive after this.
    close_image_locked();
    number = task->request->image.number;
    pthread_mutex_unlock(&lock);
    if (size <= task->region.size)
        code = cfs_image_open(
            task->region.bytes, size, task->request->image.max_pixels, task->request->image.wanted_side, &opened);
    if (opened) strncpy(task->reply->format, cfs_image_format(opened), sizeof task->reply->format - 1);
    pthread_mutex_lock(&lock);
    if (opened && cancelled) cfs_image_cancel(opened);
    if (opened) image = opened;
    pthread_mutex_unlock(&lock);
    task->reply->code = code;
}

void csb_work_image_next(csb_task *task) {
    cfs_picture *picture = NULL;
    cfs_image *taken = begin_use();
    int code = taken ? cfs_image_next(taken, &picture) : -EINVAL;
    end_use();
    if (code == 1) {
        int kept = csb_keep_picture(picture, &task->reply->picture);
        if (kept < 0) code = kept;
    }
    task->reply->code = code;
}

void csb_work_image_cancel(void) {
    pthread_mutex_lock(&lock);
    cancelled = true;
    if (image) cfs_image_cancel(image);
    pthread_mutex_unlock(&lock);
}

void csb_work_image_close(uint32_t given_back) {
    pthread_mutex_lock(&lock);
    bool is_last = given_back == number;
    if (is_last) close_image_locked();
    pthread_mutex_unlock(&lock);
    if (is_last) cfs_return_unused();
}
