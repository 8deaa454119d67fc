#define _GNU_SOURCE
#include "input-handle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "CHTTP.h"
#include "login.h"
#include "sample-check.h"

int csb_input_init(csb_input *input, const cfs_options *options) {
    pthread_mutex_init(&input->lock, NULL);
    input->options = *options;
    input->options.input = strdup(options->input);
    input->options.user_agent = strdup(options->user_agent);
    size_t size = (size_t)options->stretch_count * sizeof(cfs_stretch);
    cfs_stretch *stretches = size > 0 ? malloc(size) : NULL;
    if (stretches) memcpy(stretches, options->stretches, size);
    input->options.stretches = stretches;
    chttp_signing_retain(options->signing);
    return input->options.input && input->options.user_agent && (size == 0 || stretches) ? 0 : -ENOMEM;
}

void csb_input_free(csb_input *input) {
    free((void *)(uintptr_t)input->options.input);
    free((void *)(uintptr_t)input->options.user_agent);
    free((void *)(uintptr_t)input->options.stretches);
    chttp_signing_release(input->options.signing);
    pthread_mutex_destroy(&input->lock);
}

static bool is_http(const cfs_options *options) {
    return options->is_url
        && (strncasecmp(options->input, "http:", 5) == 0 || strncasecmp(options->input, "https:", 6) == 0);
}

bool csb_input_needs_sockets(const cfs_options *options) {
    // A file that is watched live describes a session (SDP).
    return options->is_url ? !is_http(options) : options->live;
}

// Whoever opens a named pipe and leaves takes along what its writer has sent.
static bool is_regular(const char *path) {
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

bool csb_input_is_document(const cfs_options *options) {
    bool is_open = options->fd >= 0;
    if (options->is_url || (!is_open && !is_regular(options->input))) return false;
    char head[5];
    int file = is_open ? options->fd : open(options->input, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    ssize_t count = file >= 0 ? pread(file, head, sizeof head, 0) : -1;
    if (file >= 0 && !is_open) close(file);
    return count > 0 && cfs_image_is_document(head, (size_t)count);
}

int csb_input_open(const csb_input *input, int *descriptor) {
    const cfs_options *options = &input->options;
    *descriptor = -1;
    if (options->is_url) return 0;
    *descriptor = options->fd >= 0 ? fcntl(options->fd, F_DUPFD_CLOEXEC, 3)
                                   : open(options->input, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    return *descriptor < 0 ? -errno : 0;
}

int csb_input_write(const csb_input *input, csb_lane *lane, csb_options_message *message) {
    const cfs_options *options = &input->options;
    message->options = *options;
    message->options.input = message->options.user_agent = NULL;
    message->options.stretches = NULL;
    message->options.signing = NULL; // the worker is to have no credentials
    // A channel has no name, and an address may have a password; only FFmpeg's own protocols need that in the worker.
    const char *name = options->relayed ? "" : options->input;
    message->input = strlen(name) + 1;
    message->user_agent = strlen(options->user_agent) + 1;
    message->stretches = (uint64_t)options->stretch_count * sizeof(cfs_stretch);
    uint64_t at = (message->input + message->user_agent + 7) & ~7ull;
    size_t size = at + message->stretches, streams = csb_max_streams * sizeof(cfs_stream);
    int code = csb_lane_reserve(lane, size > streams ? size : streams);
    if (code < 0) return code;
    uint8_t *bytes = lane->region.bytes;
    memcpy(bytes, name, message->input);
    if (is_http(options)) csb_hide_login((char *)bytes);
    memcpy(bytes + message->input, options->user_agent, message->user_agent);
    if (message->stretches > 0) memcpy(bytes + at, options->stretches, message->stretches);
    return 0;
}

bool csb_input_take_media(csb_input *input, const csb_media_message *media) {
    input->media = *media;
    if (!csb_clean_media(&input->media)) return false;
    input->media.media.container = input->media.container;
    input->media.media.codec = input->media.codec;
    input->media.media.pixel_format = input->media.pixel_format;
    return true;
}

void csb_input_take_streams(csb_input *input, const csb_lane *lane, const csb_reply *reply) {
    pthread_mutex_lock(&input->lock);
    input->stream_count = reply->stream_count;
    memcpy(input->streams, lane->region.bytes, (size_t)reply->stream_count * sizeof *input->streams);
    for (int32_t i = 0; i < input->stream_count; i++) csb_clean_stream(&input->streams[i]);
    pthread_mutex_unlock(&input->lock);
}

int32_t csb_input_streams(csb_input *input, cfs_stream *streams, int32_t capacity) {
    pthread_mutex_lock(&input->lock);
    int32_t count = input->stream_count, given = count < capacity ? count : capacity;
    memcpy(streams, input->streams, (size_t)given * sizeof *streams);
    pthread_mutex_unlock(&input->lock);
    return count;
}
