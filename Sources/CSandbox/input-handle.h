// Inputs: what is asked of a worker when it opens one, and what it says of it.
#pragma once

#include "worker-handle.h"

typedef struct csb_input {
    cfs_options options; // a copy, with all that it points to
    csb_worker *worker;  // NULL: this process does it
    csb_worker *demuxer; // reads what needs sockets; NULL: the worker reads itself
    csb_media_message media;
    pthread_mutex_t lock; // guards the streams
    cfs_stream streams[csb_max_streams];
    int32_t stream_count;
} csb_input;

// Whether it can be read in a process without sockets: what FFmpeg's own protocols open cannot.
bool csb_input_needs_sockets(const cfs_options *options);

// Whether the input is a file that is a document, which may need fonts from files. Those of an address or a pipe are not
// looked at before, and are read where there are no files.
bool csb_input_is_document(const cfs_options *options);

// 0 or ENOMEM (a negative errno); to be freed either way.
int csb_input_init(csb_input *input, const cfs_options *options);
void csb_input_free(csb_input *input);

// Opens the file, unless the input is an address, for which the descriptor is -1. It is the caller's. 0 or an error.
int csb_input_open(const csb_input *input, int *descriptor);
// Writes the options to the lane's region, which has then room for a list of streams, too. 0 or an error.
int csb_input_write(const csb_input *input, csb_lane *lane, csb_options_message *message);

// Takes over what an answer says of the input. False when that cannot be.
bool csb_input_take_media(csb_input *input, const csb_media_message *media);
void csb_input_take_streams(csb_input *input, const csb_lane *lane, const csb_reply *reply);
// As `cfs_sampler_streams`.
int32_t csb_input_streams(csb_input *input, cfs_stream *streams, int32_t capacity);
