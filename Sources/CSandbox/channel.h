// Messages between processes, each whole or not at all, with descriptors along.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Two ends of a channel, closed on exec. 0 or a negative errno.
int csb_channel_make(int ends[2]);

// Sends a message with up to `count` descriptors, which stay the caller's. With `wait` false a full channel is EAGAIN.
// 0 or a negative errno.
int csb_channel_send(int channel, const void *message, size_t size, const int *descriptors, int count, bool wait);

// Waits for a message of exactly `size` bytes. Receives up to `capacity` descriptors, which are the caller's; more of
// them, or another size, is EBADMSG. 0; EPIPE when the other end is closed, or another negative errno.
int csb_channel_receive(int channel, void *message, size_t size, int *descriptors, int capacity, int *count);

// Likewise, but from `least` to `most` bytes, of which there are `size`. No descriptors.
int csb_channel_receive_between(int channel, void *message, size_t least, size_t most, size_t *size);

// Likewise, but does not wait: EAGAIN when there is no message. Descriptors that come along are closed.
int csb_channel_receive_now(int channel, void *message, size_t size);

// Bounds each sending that waits: EAGAIN beyond it. 0 or a negative errno.
int csb_channel_limit_wait(int channel, int milliseconds);

void csb_close_all(const int *descriptors, int count);
