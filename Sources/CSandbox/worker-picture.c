#include "worker-picture.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

typedef struct kept {
    uint32_t id;
    cfs_picture *picture;
} kept;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static kept *pictures;
static size_t picture_count, picture_room;
static uint32_t last_id;

int csb_keep_picture(cfs_picture *picture, csb_picture_message *message) {
    message->info = cfs_picture_describe(picture);
    strncpy(message->pixel_format, message->info.pixel_format, sizeof message->pixel_format - 1);
    message->info.pixel_format = NULL;
    message->decoded_size = cfs_picture_decoded_size(picture);
    pthread_mutex_lock(&lock);
    if (picture_count == picture_room) {
        size_t room = picture_room ? 2 * picture_room : 64;
        kept *grown = realloc(pictures, room * sizeof *grown);
        if (grown) pictures = grown, picture_room = room;
    }
    bool fits = picture_count < picture_room;
    if (fits) {
        if (++last_id == 0) last_id = 1;
        message->id = last_id;
        pictures[picture_count++] = (kept){last_id, picture};
    }
    pthread_mutex_unlock(&lock);
    if (!fits) cfs_picture_release(picture);
    return fits ? 0 : -ENOMEM;
}

void csb_work_picture_release(uint32_t id) {
    cfs_picture *picture = NULL;
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < picture_count && !picture; i++) {
        if (pictures[i].id != id) continue;
        picture = pictures[i].picture;
        pictures[i] = pictures[--picture_count];
    }
    pthread_mutex_unlock(&lock);
    cfs_picture_release(picture);
}

static cfs_picture *find(uint32_t id) {
    cfs_picture *picture = NULL;
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < picture_count && !picture; i++)
        if (pictures[i].id == id) picture = cfs_picture_retain(pictures[i].picture);
    pthread_mutex_unlock(&lock);
    return picture;
}

static int render(const csb_task *task, const cfs_picture *picture) {
    cfs_layout layout = (cfs_layout)task->request->render.layout;
    int32_t width = task->request->render.width, height = task->request->render.height;
    uint64_t size = (uint64_t)width * (uint64_t)height * (layout == CFS_LAYOUT_GRAY8 ? 1 : 3);
    if (size > task->region.size) return -EINVAL;
    task->reply->size = size;
    return cfs_picture_render(picture, layout, width, height, task->region.bytes);
}

static int encode(const csb_task *task, const cfs_picture *picture) {
    uint8_t *data;
    size_t size;
    int code = cfs_picture_jpeg(picture, task->request->jpeg.max_side, task->request->jpeg.quality, &data, &size);
    if (code >= 0 && size > task->region.size) code = -EINVAL;
    if (code >= 0) memcpy(task->region.bytes, data, size);
    cfs_jpeg_free(data);
    task->reply->size = size;
    return code;
}

static int copy_decoded(const csb_task *task, const cfs_picture *picture) {
    int64_t size = cfs_picture_copy_decoded(picture, task->region.bytes, (int64_t)task->region.size);
    if (size < 0) return (int)size;
    task->reply->size = (uint64_t)size;
    return 0;
}

void csb_work_picture(csb_task *task) {
    const csb_request *request = task->request;
    uint32_t id = request->type == csb_render_request ? request->render.picture
        : request->type == csb_jpeg_request           ? request->jpeg.picture
                                                      : request->picture;
    cfs_picture *picture = find(id);
    int code = -EINVAL;
    if (picture && request->type == csb_render_request) code = render(task, picture);
    else if (picture && request->type == csb_jpeg_request) code = encode(task, picture);
    else if (picture) code = copy_decoded(task, picture);
    cfs_picture_release(picture);
    task->reply->code = code;
}
