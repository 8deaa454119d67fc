#define _GNU_SOURCE
#include "channel.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

enum { most_descriptors = 16 };

int csb_channel_make(int ends[2]) {
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0 ? -errno : 0;
}

int csb_channel_limit_wait(int channel, int milliseconds) {
    struct timeval limit = {.tv_sec = milliseconds / 1000, .tv_usec = milliseconds % 1000 * 1000};
    return setsockopt(channel, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) < 0 ? -errno : 0;
}

void csb_close_all(const int *descriptors, int count) {
    for (int i = 0; i < count; i++) close(descriptors[i]);
}

int csb_channel_send(int channel, const void *message, size_t size, const int *descriptors, int count, bool wait) {
    struct iovec part = {.iov_base = (void *)(uintptr_t)message, .iov_len = size};
    struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};
    union {
        char bytes[CMSG_SPACE(most_descriptors * sizeof(int))];
        struct cmsghdr aligned;
    } control;
    if (count > 0) {
        memset(&control, 0, sizeof control);
        header.msg_control = control.bytes;
        header.msg_controllen = CMSG_SPACE((size_t)count * sizeof(int));
        struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN((size_t)count * sizeof(int));
        memcpy(CMSG_DATA(rights), descriptors, (size_t)count * sizeof(int));
    }
    ssize_t sent;
    do sent = sendmsg(channel, &header, MSG_NOSIGNAL | (wait ? 0 : MSG_DONTWAIT));
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : 0;
}

// Takes the descriptors out of a message. More than fit are closed. How many there were.
static int take_descriptors(struct msghdr *header, int *descriptors, int capacity) {
    int count = 0;
    for (struct cmsghdr *part = CMSG_FIRSTHDR(header); part; part = CMSG_NXTHDR(header, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
        size_t here = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < here; i++) {
            int descriptor;
            memcpy(&descriptor, CMSG_DATA(part) + i * sizeof(int), sizeof descriptor);
            if (count < capacity) descriptors[count] = descriptor;
            else close(descriptor);
            count++;
        }
    }
    return count;
}

// Receives from `least` to `most` bytes. How many, or a negative errno.
static ssize_t receive(int channel, void *message, size_t least, size_t most, int flags, int *descriptors, int capacity,
                       int *count) {
    struct iovec part = {.iov_base = message, .iov_len = most};
    union {
        char bytes[CMSG_SPACE(most_descriptors * sizeof(int))];
        struct cmsghdr aligned;
    } control;
    struct msghdr header = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    ssize_t received;
    do received = recvmsg(channel, &header, flags | MSG_CMSG_CLOEXEC);
    while (received < 0 && errno == EINTR);
    if (received < 0) return errno == ECONNRESET ? -EPIPE : -errno;
    int given = take_descriptors(&header, descriptors, capacity);
    bool whole = (size_t)received >= least && !(header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) && given <= capacity;
    if (count) *count = given < capacity ? given : capacity;
    if (received > 0 && whole) return received;
    csb_close_all(descriptors, given < capacity ? given : capacity);
    if (count) *count = 0;
    return received == 0 ? -EPIPE : -EBADMSG;
}

int csb_channel_receive(int channel, void *message, size_t size, int *descriptors, int capacity, int *count) {
    ssize_t received = receive(channel, message, size, size, 0, descriptors, capacity, count);
    return received < 0 ? (int)received : 0;
}

int csb_channel_receive_now(int channel, void *message, size_t size) {
    ssize_t received = receive(channel, message, size, size, MSG_DONTWAIT, NULL, 0, NULL);
    return received < 0 ? (int)received : 0;
}

int csb_channel_receive_between(int channel, void *message, size_t least, size_t most, size_t *size) {
    ssize_t received = receive(channel, message, least, most, 0, NULL, 0, NULL);
    if (received < 0) return (int)received;
    *size = (size_t)received;
    return 0;
}
