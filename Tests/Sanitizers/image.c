// Reads the images it is given, whole, cut off, and with bytes changed at random (always the same ones), under a
// sanitizer. Ends with 1 if a picture is still alive at the end; the sanitizer ends it otherwise.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "CFrameSampler.h"

enum { largest_file = 1 << 20, most_pixels = 1000000, cuts = 40, changes = 120, most_pictures = 8 };

static int64_t decoded, refused;

static void use(cfs_picture *picture) {
    uint8_t pixels[3 * 31 * 17];
    cfs_picture_render(picture, CFS_LAYOUT_RGB24, 31, 17, pixels);
    cfs_picture_render(picture, CFS_LAYOUT_GRAY8, 31, 17, pixels);
    cfs_picture_release(picture);
}

static void read_scaled(const uint8_t *bytes, size_t size, int32_t wanted_side) {
    // A copy of exactly this size, so that reading past its end shows.
    uint8_t *copy = malloc(size ? size : 1);
    memcpy(copy, bytes, size);
    cfs_image *image = NULL;
    if (cfs_image_open(copy, size, most_pixels, wanted_side, &image) < 0) {
        refused++;
    } else {
        cfs_picture *picture = NULL;
        for (int i = 0; i < most_pictures && cfs_image_next(image, &picture) == 1; i++, decoded++) use(picture);
    }
    cfs_image_close(image);
    free(copy);
}

static void read_image(const uint8_t *bytes, size_t size) {
    read_scaled(bytes, size, 0);
    read_scaled(bytes, size, 16);
}

static uint32_t next_random(uint32_t *state) { return *state = *state * 1664525u + 1013904223u; }

static void damage(const uint8_t *bytes, size_t size) {
    uint32_t state = 7;
    for (int i = 0; i < cuts; i++) read_image(bytes, size * (size_t)i / cuts);
    uint8_t *changed = malloc(size ? size : 1);
    for (int i = 0; i < changes && size > 0; i++) {
        memcpy(changed, bytes, size);
        // Headers are where it hurts.
        for (int k = 0; k < 4; k++) {
            size_t reach = k < 3 && size > 200 ? 200 : size;
            changed[next_random(&state) % reach] = (uint8_t)(next_random(&state) >> 24);
        }
        read_image(changed, size);
    }
    free(changed);
}

int main(int count, char **paths) {
    uint8_t *bytes = malloc(largest_file);
    for (int i = 1; i < count; i++) {
        FILE *file = fopen(paths[i], "rb");
        if (!file) abort();
        size_t size = fread(bytes, 1, largest_file, file);
        fclose(file);
        read_image(bytes, size);
        damage(bytes, size);
    }
    free(bytes);
    int64_t alive = cfs_picture_live_count();
    printf("%d images, %lld pictures decoded, %lld files refused, %lld pictures alive\n", count - 1, (long long)decoded,
           (long long)refused, (long long)alive);
    return alive != 0 || decoded == 0 || refused == 0;
}
