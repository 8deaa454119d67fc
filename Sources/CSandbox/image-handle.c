// Images, as the process sees them that has them decoded.
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "picture-handle.h"
#include "warm.h"

enum { open_patience_ms = 20000, next_patience_ms = 60000 };

struct csb_image {
    cfs_image *local; // NULL: a worker does it
    csb_worker *worker;
    uint32_t number;
    char format[16];
};

static int ask_to_open(csb_image *image, csb_lane *lane, csb_call *call, const uint8_t *bytes) {
    int code = csb_lane_reserve(lane, call->request.image.size);
    if (code < 0) return code;
    memcpy(lane->region.bytes, bytes, call->request.image.size);
    csb_reply reply;
    code = csb_lane_ask(image->worker, lane, call, &reply);
    if (code < 0) return code;
    memcpy(image->format, reply.format, sizeof image->format);
    image->format[sizeof image->format - 1] = 0;
    return 0;
}

static int open_apart(csb_image *image, csb_call *call, const uint8_t *bytes) {
    int code = csb_worker_get(csb_for_images, &image->worker);
    if (code < 0) return code;
    call->request.image.number = image->number = (uint32_t)image->worker->inputs;
    csb_lane *lane = csb_lane_take(image->worker, 0);
    code = ask_to_open(image, lane, call, bytes);
    csb_lane_give(image->worker, lane);
    return code;
}

int csb_image_open(const uint8_t *bytes, size_t size, int64_t max_pixels, int32_t wanted_side, bool apart,
                   csb_image **result) {
    csb_image *image = *result = calloc(1, sizeof *image);
    if (!image) return -ENOMEM;
    csb_call call = {
        .request = {.type = csb_image_open_request, .image = {size, max_pixels, wanted_side, 0}},
        .patience_ms = open_patience_ms,
    };
    int code =
        apart ? open_apart(image, &call, bytes) : cfs_image_open(bytes, size, max_pixels, wanted_side, &image->local);
    if (code >= 0) return 0;
    csb_image_close(image);
    *result = NULL;
    return code;
}

const char *csb_image_format(const csb_image *image) {
    return image->local ? cfs_image_format(image->local) : image->format;
}

static int next_of_worker(csb_image *image, csb_picture **picture) {
    csb_call call = {.request.type = csb_image_next_request, .patience_ms = next_patience_ms};
    csb_lane *lane = csb_lane_take(image->worker, 0);
    csb_reply reply;
    int code = csb_lane_ask(image->worker, lane, &call, &reply);
    csb_lane_give(image->worker, lane);
    if (code == 1) code = csb_picture_remote(image->worker, &reply.picture, picture);
    else if (code > 1) code = csb_worker_condemn(image->worker, CSB_ERROR_GARBLED);
    else return code;
    return code < 0 ? code : 1;
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
    if (image->local) cfs_image_cancel(image->local);
    else csb_worker_cancel(image->worker);
}

void csb_image_close(csb_image *image) {
    if (!image) return;
    cfs_image_close(image->local);
    if (image->worker) {
        csb_worker_tell(image->worker, (csb_notice){.type = csb_image_notice, .number = image->number});
        csb_worker_reuse(image->worker);
    }
    free(image);
}
