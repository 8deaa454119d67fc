#include "source-file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io.h"

enum { poll_slice_ms = 100 };

int cfs_source_read_bytes(void *opaque, uint8_t *buffer, int size) {
    cfs_source *source = opaque;
    for (;;) {
        if (cfs_source_should_interrupt(source)) return AVERROR_EXIT;
        struct pollfd wait = {.fd = source->fd, .events = POLLIN};
        int ready = poll(&wait, 1, poll_slice_ms);
        if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
        if (ready < 0) return AVERROR(errno);
        ssize_t count = read(source->fd, buffer, (size_t)size);
        if (count > 0) return (int)count;
        if (count == 0) return AVERROR_EOF;
        if (errno != EINTR && errno != EAGAIN) return AVERROR(errno);
    }
}

static int64_t seek_descriptor(void *opaque, int64_t offset, int whence) {
    cfs_source *source = opaque;
    if (whence == AVSEEK_SIZE) {
        struct stat status;
        return fstat(source->fd, &status) < 0 ? AVERROR(errno) : status.st_size;
    }
    off_t position = lseek(source->fd, offset, whence & ~AVSEEK_FORCE);
    return position < 0 ? AVERROR(errno) : position;
}

// Opened by hand rather than by FFmpeg's `file:` protocol, so that a name can never be taken for another protocol and
// opening a named pipe does not block.
static int open_descriptor(cfs_source *source, const cfs_options *options) {
    source->fd = options->fd;
    if (source->fd < 0) {
        source->fd = open(options->input, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (source->fd < 0) return AVERROR(errno);
        source->owns_fd = true;
    }
    struct stat status;
    if (fstat(source->fd, &status) < 0) return AVERROR(errno);
    if (S_ISDIR(status.st_mode)) return CFS_ERROR_DIRECTORY;
    bool regular = S_ISREG(status.st_mode);
    if (regular && status.st_size == 0) return CFS_ERROR_EMPTY;
    source->format->pb = source->io = cfs_io_open(source, cfs_source_read_bytes, regular ? seek_descriptor : NULL);
    return source->io ? 0 : AVERROR(ENOMEM);
}

// What a local file names (playlist entries, image sequences, external tracks) is never opened: an upload must not be
// able to read another file.
static int refuse_nested_open(AVFormatContext *format, AVIOContext **io, const char *url, int flags,
                              AVDictionary **options) {
    (void)format, (void)url, (void)flags, (void)options;
    *io = NULL;
    return AVERROR(EACCES);
}

int cfs_source_open_file(cfs_source *source, const cfs_options *options, AVDictionary **settings) {
    source->format->io_open = refuse_nested_open;
    source->format->flags |= AVFMT_FLAG_CUSTOM_IO;
    av_dict_set(settings, "protocol_whitelist", "", 0);
    return open_descriptor(source, options);
}
