// The positions that are sampled: which lie before a timestamp, and where each lies.
//
// Pure: no decoding, no I/O, no threads.
#pragma once

#include "CSamplerBase.h"
#include "ffmpeg.h"

// An endless grid, or some stretches of one. Positions are compared with pts exactly, in integers.
typedef struct cfs_grid {
    int64_t origin_pts; // the first picture
    AVRational time_base;
    int64_t interval_ns, start_ns, end_ns; // end_ns: positions stop before it
    int64_t max_samples;
    int64_t next;                 // the next position to give away
    const cfs_stretch *stretches; // borrowed; NULL: the whole grid, from start_ns on
    int64_t stretch_count;
} cfs_grid;

// What the options ask for; without a time base, and an origin of 0.
cfs_grid cfs_grid_of(const cfs_options *options);
// In ns since the first picture.
int64_t cfs_grid_position(const cfs_grid *grid, int64_t index);
// How many positions of the grid lie before `pts`, counted in one step however far off it is.
int64_t cfs_grid_count_before(const cfs_grid *grid, int64_t pts);
// Whether the next position lies before `pts`.
bool cfs_grid_next_is_before(const cfs_grid *grid, int64_t pts);
// The largest pts at or before the next position: what is shown up to it may be on screen there.
int64_t cfs_grid_next_pts(const cfs_grid *grid);
bool cfs_grid_finished(const cfs_grid *grid);
