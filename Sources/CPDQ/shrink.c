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
    int lead;  // values taken in before the first mean
    int grow;  // means while the window grows
    int slide; // means while it moves
    int end;   // means while it shrinks
    int window;
} steps;

static steps make_steps(int n) {
    int window = (n + 2 * cpdq_side - 1) / (2 * cpdq_side), half = (window + 2) / 2;
    return (steps){half - 1, window - half + 1, n - window, half - 1, window};
}

// MARK: Along rows

// The running means of `batch` rows of which value i of row r stands at `i * batch + r`.
static void blur_rows(const float *restrict in, float *restrict out, steps go) {
    float sum[batch] = {0};
    const float *right = in, *left = in;
    int count = 0;
#define EACH for (int r = 0; r < batch; r++)
    for (int i = 0; i < go.lead; i++, right += batch, count++) EACH sum[r] += right[r];
    for (int i = 0; i < go.grow; i++, right += batch, out += batch) {
        float n = (float)++count;
        EACH {
            sum[r] += right[r];
            out[r] = sum[r] / n;
        }
    }
    float n = (float)count;
    for (int i = 0; i < go.slide; i++, right += batch, left += batch, out += batch) EACH {
            sum[r] += right[r];
            sum[r] -= left[r];
            out[r] = sum[r] / n;
        }
    for (int i = 0; i < go.end; i++, left += batch, out += batch) {
        n = (float)--count;
        EACH {
            sum[r] -= left[r];
            out[r] = sum[r] / n;
        }
    }
#undef EACH
}

// MARK: Down columns

// Running means down all columns at once. Takes rows in order and gives rows back as they are complete.
typedef struct column_blur {
    int width, height, capacity;
    steps go;
    int taken, given, count;
    float *sums;
    float *rows; // a ring of the last `capacity` rows taken
} column_blur;

static int open_columns(column_blur *blur, int width, int height) {
    *blur = (column_blur){.width = width, .height = height, .go = make_steps(height)};
    blur->capacity = blur->go.window + 1;
    blur->sums = calloc((size_t)width, sizeof(float));
    blur->rows = malloc(sizeof(float) * (size_t)width * (size_t)blur->capacity);
    return blur->sums && blur->rows ? 0 : CPDQ_ERROR_NO_MEMORY;
}

static void close_columns(column_blur *blur) {
    free(blur->sums);
    free(blur->rows);
}

static float *ring_row(const column_blur *blur, int row) {
    return blur->rows + (size_t)(row % blur->capacity) * (size_t)blur->width;
}

// Where the next row is to be written, before `take`.
static float *next_row(const column_blur *blur) { return ring_row(blur, blur->taken); }

// Takes the row that was written. Returns whether a row of means is ready for `give`.
static bool take(column_blur *blur) {
    const float *row = next_row(blur);
    for (int x = 0; x < blur->width; x++) blur->sums[x] += row[x];
    if (blur->taken < blur->go.window) {
        blur->count++;
    } else {
        const float *left = ring_row(blur, blur->taken - blur->go.window);
        for (int x = 0; x < blur->width; x++) blur->sums[x] -= left[x];
    }
    return ++blur->taken > blur->go.lead;
}

// Once every row was taken: moves on to the next row of means. Returns whether there is one.
static bool drain(column_blur *blur) {
    if (blur->given == blur->height) return false;
    const float *left = ring_row(blur, blur->height - blur->count);
    for (int x = 0; x < blur->width; x++) blur->sums[x] -= left[x];
    blur->count--;
    return true;
}

// Writes the means; returns the number of their row.
static int give(column_blur *blur, float *restrict out) {
    float n = (float)blur->count;
    const float *restrict sums = blur->sums;
    for (int x = 0; x < blur->width; x++) out[x] = sums[x] / n;
    return blur->given++;
}

// MARK: Both, twice

// One pass of the two: along rows, then down columns. Its rows of means go to `next`; without one they are sampled.
typedef struct stage {
    float *lanes, *blurred; // `batch` rows side by side, before and after
    int waiting;            // rows in `lanes`
    steps across;
    column_blur columns;
    struct stage *next;
    float *row;
    float *small;
    int sampled; // rows of `small`
} stage;

static int open_stage(stage *stage, int width, int height) {
    stage->across = make_steps(width);
    stage->lanes = calloc((size_t)width * batch, sizeof(float));
    stage->blurred = malloc(sizeof(float) * (size_t)width * batch);
    stage->row = malloc(sizeof(float) * (size_t)width);
    int code = open_columns(&stage->columns, width, height);
    return stage->lanes && stage->blurred && stage->row ? code : CPDQ_ERROR_NO_MEMORY;
}

static void close_stage(stage *stage) {
    free(stage->lanes);
    free(stage->blurred);
    free(stage->row);
    close_columns(&stage->columns);
}

static int sample_place(int i, int n) { return (int)((i + 0.5) * n / cpdq_side); }

static void flush(stage *stage);

// Takes on a row of means of `from`.
static void hand_on(stage *from) {
    int y = give(&from->columns, from->row), width = from->columns.width;
    stage *next = from->next;
    if (next) {
        for (int x = 0; x < width; x++) next->lanes[x * batch + next->waiting] = from->row[x];
        if (++next->waiting == batch) flush(next);
        return;
    }
    while (from->sampled < cpdq_side && sample_place(from->sampled, from->columns.height) == y) {
        float *out = from->small + from->sampled++ * cpdq_side;
        for (int j = 0; j < cpdq_side; j++) out[j] = from->row[sample_place(j, width)];
    }
}

static void flush(stage *stage) {
    if (stage->waiting == 0) return;
    blur_rows(stage->lanes, stage->blurred, stage->across);
    for (int r = 0; r < stage->waiting; r++) {
        float *row = next_row(&stage->columns);
        for (int x = 0; x < stage->columns.width; x++) row[x] = stage->blurred[x * batch + r];
        if (take(&stage->columns)) hand_on(stage);
    }
    stage->waiting = 0;
}

static void finish(stage *stage) {
    flush(stage);
    while (drain(&stage->columns)) hand_on(stage);
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
