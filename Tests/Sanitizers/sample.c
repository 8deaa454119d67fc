// Runs the C sampler over the files it is given, every way it can be used, under a sanitizer. Ends with 1 if a picture
// is still alive at the end; the sanitizer ends it otherwise. Errors of inputs are fine: broken ones are among them.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "CFrameSampler.h"

static void use(cfs_picture *picture) {
    cfs_picture_info info = cfs_picture_describe(picture);
    uint8_t *pixels = malloc(3 * 61 * 47), *jpeg = NULL;
    size_t size = 0;
    cfs_picture_render(picture, CFS_LAYOUT_RGB24, 61, 47, pixels);
    cfs_picture_render(picture, CFS_LAYOUT_GRAY8, 61, 47, pixels);
    cfs_jpeg_round_trip(pixels, 31, 21, 75);
    if (cfs_jpeg_encode(pixels, 31, 21, 70, &jpeg, &size) == 0) cfs_jpeg_free(jpeg);
    free(pixels);
    if (cfs_picture_jpeg(picture, info.width > 100 ? 100 : 0, 80, &jpeg, &size) == 0) cfs_jpeg_free(jpeg);
    if (cfs_picture_jpeg(picture, 0, 80, &jpeg, &size) == 0) cfs_jpeg_free(jpeg);
    int64_t bytes = cfs_picture_decoded_size(picture);
    uint8_t *decoded = malloc((size_t)bytes);
    cfs_picture_copy_decoded(picture, decoded, bytes);
    free(decoded);
}

// Samples until the end, or cancels after `most` samples. With `in_stretches`, as a second look does.
static void sample(const char *path, cfs_mode mode, int64_t interval_ms, int most, bool in_stretches) {
    static const cfs_stretch stretches[] = {
        {.start_ns = 300000000, .count = 4, .first_index = 0},
        {.start_ns = 2100000000, .count = 9, .first_index = 4},
        {.start_ns = 3600000000000, .count = 2, .first_index = 13},
    };
    cfs_options options = cfs_options_default();
    options.input = path;
    options.mode = mode;
    options.interval_ns = interval_ms * 1000000;
    if (in_stretches) {
        options.stretches = stretches;
        options.stretch_count = sizeof stretches / sizeof *stretches;
    }
    cfs_sampler *sampler;
    if (cfs_sampler_create(&options, &sampler) < 0) abort();
    int code = cfs_sampler_open(sampler), count = 0;
    cfs_sample taken;
    while (code == 0 && (code = cfs_sampler_next(sampler, &taken)) == 1) {
        code = 0;
        if (taken.picture) {
            use(taken.picture);
            cfs_picture_release(taken.picture);
        }
        if (++count == most) cfs_sampler_cancel(sampler);
    }
    cfs_report report;
    cfs_sampler_report(sampler, &report);
    char text[128];
    cfs_error_text(code, text, sizeof text);
    cfs_sampler_destroy(sampler);
}

int main(int count, char **paths) {
    for (int i = 1; i < count; i++) {
        sample(paths[i], CFS_MODE_EXACT, 200, 0, false);
        sample(paths[i], CFS_MODE_EXACT, 1700, 0, false);
        sample(paths[i], CFS_MODE_KEYFRAMES, 1000, 0, false);
        sample(paths[i], CFS_MODE_EXACT, 40, 7, false);
        sample(paths[i], CFS_MODE_EXACT, 100, 0, true);
    }
    int64_t alive = cfs_picture_live_count();
    printf("%d files, %lld pictures alive\n", count - 1, (long long)alive);
    return alive != 0;
}
