// How a picture has to be turned to be upright, and turning it.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct cfs_orientation {
    int quarter_turns; // 0…3, clockwise
    bool mirrored;     // left to right, before turning
} cfs_orientation;

// Quarter turns clockwise, 0…3, that a display matrix asks for besides what it mirrors.
int cfs_quarter_turns(const int32_t matrix[9]);
cfs_orientation cfs_orientation_of(const int32_t matrix[9]);

static inline bool cfs_is_upright(cfs_orientation from) { return from.quarter_turns == 0 && !from.mirrored; }
// Whether turning swaps width and height.
static inline bool cfs_is_sideways(cfs_orientation from) { return from.quarter_turns % 2 != 0; }

// Rows of bytes, `stride` bytes apart.
typedef struct cfs_plane {
    uint8_t *bytes;
    ptrdiff_t stride;
} cfs_plane;

// Copies `source`, of `width` × `height` pixels with 1 or 3 bytes each, upright to `target`. They do not overlap.
void cfs_turn(cfs_orientation from, cfs_plane source, int width, int height, int depth, cfs_plane target);
