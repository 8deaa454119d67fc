// Images, as the process sees them that has them decoded.
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "counts.h"
#include "input-handle.h"
#include "picture-handle.h"
#include "warm.h"

enum { open_patience_ms = 20000, next_patience_ms = 60000 };

struct csb_image {
    cfs_image *local;     // NULL: a worker does it
    pthread_mutex_t lock; // guards which worker it is, and `cancelled`
    csb_worker *worker;   // NULL also after one that was given up, when no other could be had
    bool cancelled;
    csb_call opening; // to be asked again where needed
    csb_call first;   // asks for the first picture, along with opening: the worker need not wait for another question
    bool owes_first;  // whether that was not answered yet
    uint8_t *bytes;   // a copy, while another image may be to blame for the worker's death; else NULL
    char format[16];
};

// MARK: Opening

static int take_first(csb_image *image, csb_lane *lane, csb_reply *reply) {
    image->owes_first = false;
    return csb_lane_await(image->worker, lane, &image->first, reply);
}

static int ask_to_open(csb_image *image, csb_lane *lane, const uint8_t *bytes) {
    size_t size = image->opening.request.image.size;
    int code = csb_lane_reserve(lane, size);
    if (code < 0) return code;
    memcpy(lane->region.bytes, bytes, size);
    code = csb_lane_send(image->worker, lane, &image->opening);
    if (code < 0) return code;
    image->first = (csb_call){.request.type = csb_image_next_request, .patience_ms = next_patience_ms};
    int asked = csb_lane_send(image->worker, lane, &image->first);
    image->owes_first = asked == 0;
    csb_reply reply;
    code = csb_lane_await(image->worker, lane, &image->opening, &reply);
    // What is no image has no picture either: that is said at once, and the worker is free for another.
    if (code < 0 && image->owes_first) take_first(image, lane, &(csb_reply){0});
    if (code < 0 || asked < 0) return code < 0 ? code : asked;
    memcpy(image->format, reply.format, sizeof image->format);
    image->format[sizeof image->format - 1] = 0;
    return 0;
}

// Whoever cancels meets the worker of before, or this one.
static void change_worker(csb_image *image, csb_worker *worker) {
    pthread_mutex_lock(&image->lock);
    csb_worker *before = image->worker;
    image->worker = worker;
    if (worker && image->cancelled) csb_worker_cancel(worker);
    pthread_mutex_unlock(&image->lock);
    if (before) csb_worker_release(before);
}

static int open_apart(csb_image *image, const uint8_t *bytes) {
    bool is_document = cfs_image_is_document(bytes, image->opening.request.image.size);
    csb_worker *worker = NULL;
    int code = csb_worker_get(is_document ? csb_for_documents : csb_for_images, &worker);
    change_worker(image, worker);
    if (code < 0) return code;
    image->opening.request.image.number = (uint32_t)image->worker->inputs;
    csb_lane *lane = csb_lane_take(image->worker, 0);
    code = ask_to_open(image, lane, bytes);
    csb_lane_give(image->worker, lane);
    return code;
}

// A worker that had other images before may have been brought down by one of them: this one gets another.
static bool may_be_innocent(const csb_image *image) {
    return image->worker && image->worker->inputs > 1 && csb_is_death(csb_worker_end(image->worker));
}

static int open_with_worker(csb_image *image, const uint8_t *bytes) {
    int code = open_apart(image, bytes);
    for (int again = 0; again < 2 && code < 0 && may_be_innocent(image); again++) code = open_apart(image, bytes);
    if (code < 0 || image->worker->inputs == 1) return code;
    image->bytes = malloc(image->opening.request.image.size);
    if (image->bytes) memcpy(image->bytes, bytes, image->opening.request.image.size);
    return code;
}

int csb_image_open(const uint8_t *bytes, size_t size, int64_t max_pixels, int32_t wanted_side, bool apart,
                   csb_image **result) {
    csb_image *image = *result = calloc(1, sizeof *image);
    if (!image) return -ENOMEM;
    pthread_mutex_init(&image->lock, NULL);
    image->opening = (csb_call){
        .request = {.type = csb_image_open_request, .image = {size, max_pixels, wanted_side, 0}},
        .patience_ms = open_patience_ms,
    };
    int code =
        apart ? open_with_worker(image, bytes) : cfs_image_open(bytes, size, max_pixels, wanted_side, &image->local);
    if (code >= 0) return 0;
    csb_image_close(image);
    *result = NULL;
    return code;
}

const char *csb_image_format(const csb_image *image) {
    return image->local ? cfs_image_format(image->local) : image->format;
}

static int ask_for_next(csb_image *image, csb_picture **picture) {
    csb_call call = {.request.type = csb_image_next_request, .patience_ms = next_patience_ms};
    csb_lane *lane = csb_lane_take(image->worker, 0);
    csb_reply reply;
    int code = image->owes_first ? take_first(image, lane, &reply) : csb_lane_ask(image->worker, lane, &call, &reply);
    csb_lane_give(image->worker, lane);
    if (code <= 0) return code;
    if (code > 1) return csb_worker_condemn(image->worker, CSB_ERROR_GARBLED);
    code = csb_picture_remote(image->worker, image->opening.request.image.max_pixels, &reply.picture, picture);
    return code < 0 ? code : 1;
}

static int next_of_worker(csb_image *image, csb_picture **picture) {
    pthread_mutex_lock(&image->lock);
    bool cancelled = image->cancelled;
    pthread_mutex_unlock(&image->lock);
    // The worker may hear of it later than of the next request.
    if (cancelled) return CFS_ERROR_CANCELLED;
    if (!image->worker) return CSB_ERROR_UNAVAILABLE;
    int code = ask_for_next(image, picture);
    for (int again = 0; again < 2 && code < 0 && image->bytes && may_be_innocent(image); again++) {
        code = open_apart(image, image->bytes);
        if (code >= 0) code = ask_for_next(image, picture);
    }
    // What comes after the first picture is this image's own doing.
    free(image->bytes);
    image->bytes = NULL;
    return code;
}

int csb_image_next(csb_image *image, csb_picture **picture) {
    *picture = NULL;
    if (!image->local) return next_of_worker(image, picture);
    cfs_picture *local;
    int code = cfs_image_next(image->local, &local);
    if (code != 1) return code;
    *picture = csb_picture_local(local);
    return *picture ? 1 : -ENOMEM;
}

void csb_image_cancel(csb_image *image) {
    if (image->local) {
        cfs_image_cancel(image->local);
        return;
    }
    pthread_mutex_lock(&image->lock);
    image->cancelled = true;
    if (image->worker) csb_worker_cancel(image->worker);
    pthread_mutex_unlock(&image->lock);
}

void csb_image_close(csb_image *image) {
    if (!image) return;
    cfs_image_close(image->local);
    if (image->worker) {
        csb_worker_tell(
            image->worker, (csb_notice){.type = csb_image_notice, .number = image->opening.request.image.number});
        // The next image is not to be given the answer that this one did not wait for.
        if (image->owes_first) csb_worker_release(image->worker);
        else csb_worker_reuse(image->worker);
    }
    pthread_mutex_destroy(&image->lock);
    free(image->bytes);
    free(image);
}
