#include "picture-handle.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sample-check.h"
#include "warm.h"

// Pictures that were handed out stay good when what they are of is cancelled.
enum { most_side = 1 << 20, picture_patience_ms = 60000, picture_cancelled_ms = 10000 };

struct csb_picture {
    atomic_int references;
    cfs_picture *local; // NULL: the worker has it
    csb_worker *worker;
    uint32_t id;
    cfs_picture_info info;
    char pixel_format[32];
    int64_t decoded_size;
};

static csb_picture *allocate(void) {
    csb_picture *picture = calloc(1, sizeof *picture);
    if (picture) atomic_init(&picture->references, 1);
    return picture;
}

csb_picture *csb_picture_local(cfs_picture *local) {
    csb_picture *picture = allocate();
    if (picture) picture->local = local;
    else cfs_picture_release(local);
    return picture;
}

static bool is_side(int32_t side) { return side >= 1 && side <= most_side; }

int csb_picture_remote(csb_worker *worker, int64_t max_pixels, csb_picture_message *message, csb_picture **result) {
    *result = NULL;
    if (!csb_check_picture(max_pixels, message)) return csb_worker_condemn(worker, CSB_ERROR_GARBLED);
    csb_picture *picture = *result = allocate();
    if (!picture) return -ENOMEM;
    picture->worker = csb_worker_retain(worker);
    picture->id = message->id;
    picture->info = message->info;
    memcpy(picture->pixel_format, message->pixel_format, sizeof picture->pixel_format);
    picture->info.pixel_format = picture->pixel_format;
    picture->decoded_size = message->decoded_size;
    return 0;
}

bool csb_picture_is(const csb_picture *picture, uint32_t id) { return !picture->local && picture->id == id; }

bool csb_picture_is_local(const csb_picture *picture, const cfs_picture *local) { return picture->local == local; }

csb_picture *csb_picture_retain(csb_picture *picture) {
    atomic_fetch_add(&picture->references, 1);
    return picture;
}

void csb_picture_release(csb_picture *picture) {
    if (!picture || atomic_fetch_sub(&picture->references, 1) != 1) return;
    if (picture->local) {
        cfs_picture_release(picture->local);
    } else {
        csb_worker_tell(picture->worker, (csb_notice){.type = csb_picture_notice, .number = picture->id});
        csb_worker_release(picture->worker);
    }
    free(picture);
}

cfs_picture_info csb_picture_describe(const csb_picture *picture) {
    return picture->local ? cfs_picture_describe(picture->local) : picture->info;
}

int64_t csb_picture_decoded_size(const csb_picture *picture) {
    return picture->local ? cfs_picture_decoded_size(picture->local) : picture->decoded_size;
}

// MARK: Asking the worker

// Asks for up to `room` bytes, and hands them on. The code, which is 0 or an error.
static int ask(const csb_picture *picture, csb_request request, size_t room, csb_bytes take, void *context) {
    csb_call call = {.request = request, .cancelled_ms = picture_cancelled_ms, .patience_ms = picture_patience_ms};
    csb_lane *lane = csb_lane_take(picture->worker, -1);
    csb_reply reply;
    int code = csb_lane_reserve(lane, room);
    if (code == 0) code = csb_lane_ask(picture->worker, lane, &call, &reply);
    if (code >= 0) take(context, lane->region.bytes, reply.size);
    csb_lane_give(picture->worker, lane);
    return code < 0 ? code : 0;
}

typedef struct target {
    uint8_t *bytes;
    size_t size; // of a result that fits
    bool filled;
} target;

static void fill(void *context, const uint8_t *bytes, size_t size) {
    target *into = context;
    into->filled = size == into->size;
    if (into->filled && size > 0) memcpy(into->bytes, bytes, size);
}

static int ask_into(const csb_picture *picture, csb_request request, target into) {
    int code = ask(picture, request, into.size, fill, &into);
    if (code < 0 || into.filled) return code;
    return csb_worker_condemn(picture->worker, CSB_ERROR_GARBLED);
}

int csb_picture_render(const csb_picture *picture, cfs_layout layout, int32_t width, int32_t height, uint8_t *pixels) {
    if (picture->local) return cfs_picture_render(picture->local, layout, width, height, pixels);
    if (!is_side(width) || !is_side(height)) return -EINVAL;
    csb_request request = {.type = csb_render_request, .render = {picture->id, (int32_t)layout, width, height}};
    size_t size = (size_t)width * (size_t)height * (layout == CFS_LAYOUT_GRAY8 ? 1 : 3);
    return ask_into(picture, request, (target){pixels, size, false});
}

int64_t csb_picture_copy_decoded(const csb_picture *picture, uint8_t *bytes, int64_t capacity) {
    if (picture->local) return cfs_picture_copy_decoded(picture->local, bytes, capacity);
    if (capacity < picture->decoded_size) return -EINVAL;
    csb_request request = {.type = csb_decoded_request, .picture = picture->id};
    int code = ask_into(picture, request, (target){bytes, (size_t)picture->decoded_size, false});
    return code < 0 ? code : picture->decoded_size;
}

// Three bytes a pixel of whole blocks are more than any JPEG of ours takes (tjBufSize).
static size_t most_jpeg_bytes(const cfs_picture_info *info, int32_t max_side) {
    int64_t width = info->width, height = info->height, longest = width > height ? width : height;
    if (max_side > 0 && longest > max_side) {
        width = width * max_side / longest + 1;
        height = height * max_side / longest + 1;
    }
    return (size_t)((width + 31) * (height + 31) * 3 + 4096);
}

int csb_picture_jpeg(const csb_picture *picture, int32_t max_side, int quality, csb_bytes take, void *context) {
    if (picture->local) {
        uint8_t *data;
        size_t size;
        int code = cfs_picture_jpeg(picture->local, max_side, quality, &data, &size);
        if (code >= 0) take(context, data, size);
        cfs_jpeg_free(data);
        return code;
    }
    csb_request request = {.type = csb_jpeg_request, .jpeg = {picture->id, max_side, quality}};
    return ask(picture, request, most_jpeg_bytes(&picture->info, max_side), take, context);
}
