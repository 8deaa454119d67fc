#include <stdlib.h>

#include "CPDQ.h"

enum { brightest_of_bars = 24 }; // of 255

// A row or column of `n` pixels of which `bright` are bright.
static bool is_bar(int32_t bright, int32_t n) { return (int64_t)bright * 50 < n; }

static bool is_bright(const uint8_t *pixel) {
    return 299 * pixel[0] + 587 * pixel[1] + 114 * pixel[2] > 1000 * brightest_of_bars;
}

// What is left of `n` rows or columns of `across` pixels each.
static void narrow(const int32_t *bright, int32_t n, int32_t across, int32_t *start, int32_t *length) {
    int32_t first = 0, end = n;
    while (first < end && is_bar(bright[first], across)) first++;
    while (end > first && is_bar(bright[end - 1], across)) end--;
    *start = first;
    *length = end - first;
}

int cpdq_cut_bars(const uint8_t *rgb, int32_t width, int32_t height, size_t stride, cpdq_part *content) {
    *content = (cpdq_part){0, 0, width, height};
    if (width < CPDQ_LEAST_SIDE || height < CPDQ_LEAST_SIDE) return CPDQ_ERROR_TOO_SMALL;
    int32_t *rows = calloc((size_t)height + (size_t)width, sizeof *rows), *columns = rows + height;
    if (!rows) return CPDQ_ERROR_NO_MEMORY;
    for (int32_t y = 0; y < height; y++)
        for (int32_t x = 0; x < width; x++) {
            int32_t bright = is_bright(rgb + (size_t)y * stride + 3 * (size_t)x);
            rows[y] += bright;
            columns[x] += bright;
        }
    cpdq_part part;
    narrow(rows, height, width, &part.y, &part.height);
    narrow(columns, width, height, &part.x, &part.width);
    free(rows);
    bool cuts = part.width < width || part.height < height;
    if (!cuts || part.width < CPDQ_LEAST_SIDE || part.height < CPDQ_LEAST_SIDE) return 0;
    *content = part;
    return 1;
}
