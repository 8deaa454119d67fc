// Whether what a worker says of samples and of its input can be. Pure: no I/O, no clock.
//
// Workers decode what strangers send, and may be in their hands: every number is checked before anything counts on it.
#pragma once

#include <stddef.h>

#include "protocol.h"

// The samples that came, as ranges of their indices, in order.
typedef struct csb_sample_check {
    struct csb_range {
        int64_t first, end;
    } *ranges;
    size_t count, room;
} csb_sample_check;

// Whether the sample is one of those asked for, came for the first time, and has times that can be computed with. Makes
// bools of its bytes.
bool csb_check_sample(csb_sample_check *check, const cfs_options *options, cfs_sample *sample);
void csb_sample_check_free(csb_sample_check *check);

// Have text end and bools be bools, and no count below 0.
bool csb_clean_media(csb_media_message *message); // false when its numbers cannot be
void csb_clean_stream(cfs_stream *stream);
void csb_clean_report(cfs_report *report);
void csb_clean_live_report(cfs_live_report *report);
// Whether a live sample comes after the one before, `last_ns` (-1: there was none), and has times that can be computed
// with. Makes bools of its bytes.
bool csb_check_live_sample(int64_t last_ns, cfs_live_sample *sample);
// Whether a picture can be as described, with up to so many pixels as in the file. Has text end and bools be bools.
bool csb_check_picture(int64_t max_pixels, csb_picture_message *message);
