#include "turn.h"

#include <math.h>

#include "ffmpeg.h"

int cfs_quarter_turns(const int32_t matrix[9]) {
    double degrees = -av_display_rotation_get(matrix);
    return isnan(degrees) ? 0 : ((int)lround(degrees / 90) % 4 + 4) % 4;
}

// A display matrix, which FFmpeg also makes of Exif's orientation, turns and may flip, which its determinant tells.
cfs_orientation cfs_orientation_of(const int32_t matrix[9]) {
    bool mirrored = (int64_t)matrix[0] * matrix[4] - (int64_t)matrix[1] * matrix[3] < 0;
    if (!mirrored) return (cfs_orientation){cfs_quarter_turns(matrix), false};
    int32_t unflipped[9];
    memcpy(unflipped, matrix, sizeof unflipped);
    av_display_matrix_flip(unflipped, 1, 0);
    // The matrix turns first and flips then. Flipping first, the same picture is turned the other way.
    return (cfs_orientation){(4 - cfs_quarter_turns(unflipped)) % 4, true};
}

static inline void turn(cfs_orientation from, cfs_plane source, int width, int height, size_t depth, cfs_plane target) {
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
            int sx = from.mirrored ? width - 1 - x : x, tx = x, ty = y;
            if (from.quarter_turns == 1) tx = height - 1 - y, ty = x;
            if (from.quarter_turns == 2) tx = width - 1 - x, ty = height - 1 - y;
            if (from.quarter_turns == 3) tx = y, ty = width - 1 - x;
            uint8_t *to = target.bytes + ty * target.stride + (ptrdiff_t)depth * tx;
            memcpy(to, source.bytes + y * source.stride + (ptrdiff_t)depth * sx, depth);
        }
    }
}

// Each depth by itself, so that a pixel is copied by the processor rather than by a call.
void cfs_turn(cfs_orientation from, cfs_plane source, int width, int height, int depth, cfs_plane target) {
    if (depth == 1) turn(from, source, width, height, 1, target);
    else turn(from, source, width, height, 3, target);
}
