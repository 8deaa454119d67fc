#ifdef __clang__
#pragma STDC FP_CONTRACT OFF // a fused multiply-add rounds once where the reference rounds twice
#endif
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "shrink.h"

enum { side = 16 };

// Rows 1…16 of the 64-point cosine transform; filled before main, so that threads only read it.
static float transform[side][cpdq_side];

__attribute__((constructor)) static void fill_transform(void) {
    const double pi = 3.14159265358979323846;
    float scale = (float)sqrt(2.0 / cpdq_side);
    for (int i = 0; i < side; i++)
        for (int j = 0; j < cpdq_side; j++)
            transform[i][j] = (float)(scale * cos(pi / 2 / cpdq_side * (i + 1) * (2 * j + 1)));
}

// How much happens in the picture: differences between neighbors, in whole steps of 1 % of the range.
static int quality(const float *small) {
    int gradient = 0;
    for (int y = 0; y < cpdq_side; y++)
        for (int x = 0; x < cpdq_side; x++) {
            float here = small[y * cpdq_side + x];
            if (y + 1 < cpdq_side) gradient += abs((int)((here - small[(y + 1) * cpdq_side + x]) * 100 / 255));
            if (x + 1 < cpdq_side) gradient += abs((int)((here - small[y * cpdq_side + x + 1]) * 100 / 255));
        }
    return gradient / 90 > 100 ? 100 : gradient / 90;
}

int cpdq_transform(const uint8_t *rgb, int32_t width, int32_t height, size_t stride, float *coefficients) {
    if (width < CPDQ_LEAST_SIDE || height < CPDQ_LEAST_SIDE) return CPDQ_ERROR_TOO_SMALL;
    float small[cpdq_side * cpdq_side], half[side][cpdq_side];
    int code = cpdq_shrink(rgb, width, height, stride, small);
    if (code < 0) return code;
    for (int i = 0; i < side; i++)
        for (int j = 0; j < cpdq_side; j++) {
            float sum = 0;
            for (int k = 0; k < cpdq_side; k++) sum += transform[i][k] * small[k * cpdq_side + j];
            half[i][j] = sum;
        }
    for (int i = 0; i < side; i++)
        for (int j = 0; j < side; j++) {
            float sum = 0;
            for (int k = 0; k < cpdq_side; k++) sum += half[i][k] * transform[j][k];
            coefficients[i * side + j] = sum;
        }
    return quality(small);
}

static int compare(const void *one, const void *other) {
    float a = *(const float *)one, b = *(const float *)other;
    return (a > b) - (a < b);
}

// A mirrored picture has the same coefficients but for the sign of every other row or column; transposing them
// transposes the picture.
static float turned(const float *coefficients, int turn, int i, int j) {
    float value = turn & CPDQ_TRANSPOSE ? coefficients[j * side + i] : coefficients[i * side + j];
    bool flips = ((turn & CPDQ_MIRROR_DOWN) && i % 2 == 0) != ((turn & CPDQ_MIRROR_ACROSS) && j % 2 == 0);
    return flips ? -value : value;
}

void cpdq_hash(const float *coefficients, int turn, uint64_t *hash) {
    float values[CPDQ_COEFFICIENTS], sorted[CPDQ_COEFFICIENTS];
    for (int i = 0; i < side; i++)
        for (int j = 0; j < side; j++) values[i * side + j] = turned(coefficients, turn, i, j);
    memcpy(sorted, values, sizeof sorted);
    qsort(sorted, CPDQ_COEFFICIENTS, sizeof(float), compare);
    float median = sorted[CPDQ_COEFFICIENTS / 2 - 1]; // the lower of the two in the middle
    for (int w = 0; w < CPDQ_WORDS; w++) {
        hash[w] = 0;
        for (int bit = 0; bit < 64; bit++)
            hash[w] |= (uint64_t)(values[64 * (CPDQ_WORDS - 1 - w) + bit] > median) << bit;
    }
}
