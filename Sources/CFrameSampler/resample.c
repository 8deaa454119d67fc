#include "resample.h"

#include <math.h>
#include <string.h>

#include "bytes.h"
#include "ffmpeg.h"

// Judges are trained on pictures that Pillow made smaller, and compared with references that use it. Its triangle
// filter widens with the scale, weights have 22 bits, and rows are rounded to 8 bits between the two directions.
// (libswscale's bilinear moved the nudity judge's scores by up to 0.11.) Source: Pillow, src/libImaging/Resample.c.
enum { weight_bits = 22, vector = 8 };

typedef struct taps {
    int first, count;
    int padded; // count rounded up to whole vectors, where the row is long enough; the weights there are 0
    const int32_t *weights;
} taps;

typedef struct filter {
    taps *outputs;
    int32_t *weights;
} filter;

static void free_filter(filter *filter) {
    av_freep(&filter->outputs);
    av_freep(&filter->weights);
}

static int make_filter(int source, int target, filter *result) {
    double scale = (double)source / target, width = scale > 1 ? scale : 1;
    int most = ((int)ceil(width) * 2 + 1 + vector - 1) / vector * vector;
    result->outputs = av_malloc_array((size_t)target, sizeof *result->outputs);
    result->weights = av_calloc((size_t)target * (size_t)most, sizeof *result->weights);
    double *exact = av_malloc_array((size_t)most, sizeof *exact);
    if (!result->outputs || !result->weights || !exact) {
        free_filter(result);
        av_free(exact);
        return AVERROR(ENOMEM);
    }
    for (int i = 0; i < target; i++) {
        double center = (i + 0.5) * scale, sum = 0;
        int first = (int)(center - width + 0.5), end = (int)(center + width + 0.5);
        if (first < 0) first = 0;
        if (end > source) end = source;
        int32_t *weights = result->weights + (size_t)i * (size_t)most;
        for (int j = 0; j < end - first; j++) {
            double distance = fabs((j + first - center + 0.5) / width);
            sum += exact[j] = distance < 1 ? 1 - distance : 0;
        }
        for (int j = 0; j < end - first; j++)
            weights[j] = (int32_t)(exact[j] / (sum != 0 ? sum : 1) * (1 << weight_bits) + 0.5);
        int padded = (end - first + vector - 1) / vector * vector;
        result->outputs[i] = (taps){first, end - first, first + padded <= source ? padded : end - first, weights};
    }
    av_free(exact);
    return 0;
}

static inline uint8_t rounded(int32_t sum) { return cfs_to_byte(sum >> weight_bits); }

CFS_VECTORIZED
static void resample_plane_row(const uint8_t *restrict source, const taps *outputs, int width,
                               uint8_t *restrict target) {
    for (int x = 0; x < width; x++) {
        const taps tap = outputs[x];
        const uint8_t *from = source + tap.first;
        int32_t sum = 1 << (weight_bits - 1);
        for (int i = 0; i < tap.padded; i++) sum += tap.weights[i] * from[i];
        target[x] = rounded(sum);
    }
}

static void resample_row(const uint8_t *restrict source, const taps *outputs, int width, int channels,
                         uint8_t *restrict target) {
    for (int x = 0; x < width; x++) {
        const taps tap = outputs[x];
        for (int c = 0; c < channels; c++) {
            int32_t sum = 1 << (weight_bits - 1);
            const uint8_t *from = source + tap.first * channels + c;
            for (int i = 0; i < tap.count; i++) sum += tap.weights[i] * from[i * channels];
            target[x * channels + c] = rounded(sum);
        }
    }
}

CFS_VECTORIZED
static void add_row(const uint8_t *restrict row, int32_t weight, int count, int32_t *restrict sums) {
    for (int x = 0; x < count; x++) sums[x] += weight * row[x];
}

static void resample_column(const uint8_t *rows, int bytes, taps tap, int32_t *sums, uint8_t *target) {
    for (int x = 0; x < bytes; x++) sums[x] = 1 << (weight_bits - 1);
    for (int i = 0; i < tap.count; i++) add_row(rows + (ptrdiff_t)(tap.first + i) * bytes, tap.weights[i], bytes, sums);
    for (int x = 0; x < bytes; x++) target[x] = rounded(sums[x]);
}

struct cfs_resampler {
    int source_width, source_height, channels, width, height;
    filter across, down;
    uint8_t *rows; // of the source's height, but the target's width
    int row_count; // added so far
};

void cfs_resampler_free(cfs_resampler **resampler) {
    if (!*resampler) return;
    free_filter(&(*resampler)->across);
    free_filter(&(*resampler)->down);
    av_free((*resampler)->rows);
    av_freep(resampler);
}

int cfs_resampler_create(int source_width, int source_height, int channels, int width, int height,
                         cfs_resampler **result) {
    cfs_resampler *made = *result = av_mallocz(sizeof *made);
    if (!made) return AVERROR(ENOMEM);
    *made = (cfs_resampler){source_width, source_height, channels, width, height, {0}, {0}, NULL, 0};
    made->rows = av_malloc_array((size_t)source_height, (size_t)width * (size_t)channels);
    int code = made->rows ? make_filter(source_width, width, &made->across) : AVERROR(ENOMEM);
    if (!code) code = make_filter(source_height, height, &made->down);
    if (code) cfs_resampler_free(result);
    return code;
}

void cfs_resampler_add(cfs_resampler *resampler, const uint8_t *rows, ptrdiff_t stride, int count) {
    int width = resampler->width, channels = resampler->channels;
    size_t bytes = (size_t)width * (size_t)channels;
    for (int y = 0; y < count; y++, rows += stride) {
        uint8_t *to = resampler->rows + (size_t)resampler->row_count++ * bytes;
        if (resampler->source_width == width) memcpy(to, rows, bytes);
        else if (channels == 1) resample_plane_row(rows, resampler->across.outputs, width, to);
        else resample_row(rows, resampler->across.outputs, width, channels, to);
    }
}

int cfs_resampler_finish(cfs_resampler *resampler, uint8_t *target, ptrdiff_t stride) {
    int bytes = resampler->width * resampler->channels;
    int32_t *sums = av_malloc_array((size_t)bytes, sizeof *sums);
    if (!sums) return AVERROR(ENOMEM);
    for (int y = 0; y < resampler->height; y++, target += stride) {
        if (resampler->source_height == resampler->height)
            memcpy(target, resampler->rows + (ptrdiff_t)y * bytes, (size_t)bytes);
        else resample_column(resampler->rows, bytes, resampler->down.outputs[y], sums, target);
    }
    av_free(sums);
    return 0;
}
