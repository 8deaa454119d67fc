// Luma, blurred twice by a running mean along rows and columns, and sampled. It works row by row, and holds only as
// many rows as a column's mean spans. Every sum runs in the order of the reference, since floats round. Where speed
// asks for many sums at once, they are sums of different rows or columns.
#ifdef __clang__
#pragma STDC FP_CONTRACT OFF // a fused multiply-add rounds once where the reference rounds twice
#endif
#include "shrink.h"

#include <stdlib.h>
#include <string.h>

// Rows that are blurred side by side, so that their sums do not wait for each other.
enum { batch = 8 };

// How a running mean over `window` of `n` values goes: at the ends it is the mean of those that exist.
typedef struct steps {
    int lead; // values taken in before the first mean
    int window;
} steps;

static steps make_steps(int n) {
    int window = (n + 2 * cpdq_side - 1) / (2 * cpdq_side);
    return (steps){(window + 2) / 2 - 1, window};
}

// MARK: Along rows

// The running means of `batch` rows of `n` values, of which value i of row r stands at `i * batch + r`.
static void blur_rows(const float *restrict in, float *restrict out, int n, steps go) {
    float sum[batch] = {0};
    int count = 0;
    for (int i = 0; i < n + go.lead; i++) {
        if (i < n) {
            count++;
            for (int r = 0; r < batch; r++) sum[r] += in[i * batch + r];
        }
        if (i >= go.window) {
            count--;
            for (int r = 0; r < batch; r++) sum[r] -= in[(i - go.window) * batch + r];
        }
        if (i < go.lead) continue;
        for (int r = 0; r < batch; r++) out[(i - go.lead) * batch + r] = sum[r] / (float)count;
    }
}

// MARK: Both, twice

// One pass: running means along rows, then down all columns at once. Its rows of means go to `next`; without one they are
// sampled.
typedef struct stage {
    int width, height;
    steps across, down;
    float *lanes, *blurred;  // `batch` rows side by side, before and after the blur along rows
    int waiting;             // rows in `lanes`
    float *rows;             // a ring of the last rows that were blurred along, as many as the window down and one more
    float *sums;             // of each column, over `count` rows
    int taken, given, count; // rows
    float *means;
    struct stage *next;
    float *small;
    int sampled; // rows of `small`
} stage;

static int open_stage(stage *stage, int width, int height) {
    size_t row = sizeof(float) * (size_t)width;
    stage->width = width;
    stage->height = height;
    stage->across = make_steps(width);
    stage->down = make_steps(height);
    stage->lanes = calloc(batch, row);
    stage->blurred = malloc(batch * row);
    stage->rows = malloc((size_t)(stage->down.window + 1) * row);
    stage->sums = calloc(1, row);
    stage->means = malloc(row);
    bool has_all = stage->lanes && stage->blurred && stage->rows && stage->sums && stage->means;
    return has_all ? 0 : CPDQ_ERROR_NO_MEMORY;
}

static void close_stage(stage *stage) {
    free(stage->lanes);
    free(stage->blurred);
    free(stage->rows);
    free(stage->sums);
    free(stage->means);
}

static float *ring_row(const stage *stage, int row) {
    return stage->rows + (size_t)(row % (stage->down.window + 1)) * (size_t)stage->width;
}

static void drop_oldest(stage *stage) {
    const float *oldest = ring_row(stage, stage->taken - stage->count--);
    for (int x = 0; x < stage->width; x++) stage->sums[x] -= oldest[x];
}

static int sample_place(int i, int n) { return (int)((i + 0.5) * n / cpdq_side); }

static void flush(stage *stage);

// The next row of means.
static void hand_on(stage *stage) {
    float n = (float)stage->count, *restrict means = stage->means;
    for (int x = 0; x < stage->width; x++) means[x] = stage->sums[x] / n;
    int y = stage->given++;
    if (stage->next) {
        for (int x = 0; x < stage->width; x++) stage->next->lanes[x * batch + stage->next->waiting] = means[x];
        if (++stage->next->waiting == batch) flush(stage->next);
        return;
    }
    while (stage->sampled < cpdq_side && sample_place(stage->sampled, stage->height) == y) {
        float *out = stage->small + stage->sampled++ * cpdq_side;
        for (int j = 0; j < cpdq_side; j++) out[j] = means[sample_place(j, stage->width)];
    }
}

static void flush(stage *stage) {
    if (stage->waiting == 0) return;
    blur_rows(stage->lanes, stage->blurred, stage->width, stage->across);
    for (int r = 0; r < stage->waiting; r++) {
        float *row = ring_row(stage, stage->taken++);
        for (int x = 0; x < stage->width; x++) row[x] = stage->blurred[x * batch + r];
        for (int x = 0; x < stage->width; x++) stage->sums[x] += row[x];
        if (++stage->count > stage->down.window) drop_oldest(stage);
        if (stage->taken > stage->down.lead) hand_on(stage);
    }
    stage->waiting = 0;
}

static void finish(stage *stage) {
    flush(stage);
    while (stage->given < stage->height) {
        drop_oldest(stage);
        hand_on(stage);
    }
    if (stage->next) finish(stage->next);
}

static inline float luma(const uint8_t *pixel) {
    return (float)(0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2]);
}

static void run(stage *first, const uint8_t *rgb, int width, int height, size_t stride) {
    for (int y = 0; y < height; y += batch) {
        first->waiting = height - y < batch ? height - y : batch;
        for (int r = 0; r < first->waiting; r++) {
            const uint8_t *row = rgb + (size_t)(y + r) * stride;
            for (int x = 0; x < width; x++) first->lanes[x * batch + r] = luma(row + 3 * x);
        }
        flush(first);
    }
    finish(first);
}

int cpdq_shrink(const uint8_t *rgb, int32_t width, int32_t height, size_t stride, float *small) {
    if (width == cpdq_side && height == cpdq_side) {
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++) small[y * cpdq_side + x] = luma(rgb + (size_t)y * stride + 3 * x);
        return 0;
    }
    stage second = {.small = small}, first = {.next = &second};
    int one = open_stage(&first, width, height), other = open_stage(&second, width, height);
    if (one == 0 && other == 0) run(&first, rgb, width, height, stride);
    close_stage(&first);
    close_stage(&second);
    return one ? one : other;
}
