#include "worker-options.h"

#include <errno.h>
#include <string.h>

// The next `size` bytes of the region, as a string; NULL where there are none.
static const char *text(const csb_task *task, uint64_t *at, uint64_t size) {
    const char *bytes = (const char *)task->region.bytes + *at;
    if (size == 0 || size > task->region.size - *at || bytes[size - 1] != 0) return NULL;
    *at += size;
    return bytes;
}

int csb_read_options(const csb_task *task, cfs_options *options) {
    const csb_options_message *message = &task->request->open;
    *options = message->options;
    uint64_t at = 0;
    options->input = text(task, &at, message->input);
    options->user_agent = text(task, &at, message->user_agent);
    at = (at + 7) & ~7ull;
    options->stretches = message->stretches ? (const cfs_stretch *)(task->region.bytes + at) : NULL;
    bool fits = at <= task->region.size && message->stretches <= task->region.size - at
        && message->stretches == (uint64_t)options->stretch_count * sizeof(cfs_stretch);
    options->fd = options->relayed || task->second < 0 ? task->descriptor : task->second;
    return options->input && options->user_agent && fits ? 0 : -EINVAL;
}

void csb_write_media(const cfs_media *media, csb_media_message *message) {
    message->media = *media;
    strncpy(message->container, media->container, sizeof message->container - 1);
    strncpy(message->codec, media->codec, sizeof message->codec - 1);
    strncpy(message->pixel_format, media->pixel_format, sizeof message->pixel_format - 1);
    message->media.container = message->media.codec = message->media.pixel_format = NULL;
}

cfs_stream *csb_stream_list(const csb_task *task) {
    return task->region.size < csb_max_streams * sizeof(cfs_stream) ? NULL : (cfs_stream *)task->region.bytes;
}

void csb_count_streams(csb_task *task, int32_t count) {
    task->reply->stream_count = count < csb_max_streams ? count : csb_max_streams;
}
