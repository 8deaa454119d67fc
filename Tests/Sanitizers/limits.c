// What bounds memory: the budget of decoded pictures, and what is taken out of PNGs: `limits PNG-WITH-TEXT`. Ends with 1 if one fails.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "CPicture.h"
#include "memory.h"
#include "png.h"

static int failures;

static void require(bool holds, const char *what) {
    if (!holds) failures++, fprintf(stderr, "limits: %s\n", what);
}

// MARK: The budget

enum { side = 64, budget_bytes = side * side * 3 / 2 };

static AVFrame *picture_of(int width, int height) {
    AVFrame *frame = av_frame_alloc();
    if (!frame) abort();
    frame->format = AV_PIX_FMT_YUV420P;
    frame->width = width;
    frame->height = height;
    if (av_frame_get_buffer(frame, 0) < 0) abort();
    return frame;
}

typedef struct waiter {
    AVFrame *frame;
    atomic_bool cancelled, done;
    int code;
} waiter;

static void *wait_for_memory(void *context) {
    waiter *self = context;
    self->code = cfs_memory_charge(cfs_memory_video, self->frame, 0, &self->cancelled);
    atomic_store(&self->done, true);
    return NULL;
}

static void test_budget(void) {
    cfs_limit_memory(budget_bytes, budget_bytes);
    AVFrame *first = picture_of(side, side), *large = picture_of(side, side + 2), *image = picture_of(side, side);
    require(cfs_memory_charge(cfs_memory_video, first, 0, NULL) == 0, "a picture as large as the budget has room");
    require(cfs_memory_charge(cfs_memory_video, large, 0, NULL) == CFS_ERROR_TOO_MANY_PIXELS,
            "a picture larger than the budget is refused");
    require(cfs_memory_charge(cfs_memory_image, image, 1, NULL) == CFS_ERROR_TOO_MANY_PIXELS,
            "what decoding needs besides counts");
    require(cfs_memory_charge(cfs_memory_image, image, 0, NULL) == 0, "images have a budget of their own");

    waiter waiters[] = {{.frame = picture_of(side, side)}, {.frame = picture_of(side, side)}};
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) pthread_create(&threads[i], NULL, wait_for_memory, &waiters[i]);
    atomic_store(&waiters[0].cancelled, true);
    pthread_join(threads[0], NULL);
    require(waiters[0].code == CFS_ERROR_CANCELLED, "whoever waits can be cancelled");
    require(!atomic_load(&waiters[1].done), "a second picture waits");
    // The bytes go with the last reference.
    AVFrame *reference = av_frame_clone(first);
    av_frame_free(&first);
    require(cfs_memory_charge(cfs_memory_video, waiters[0].frame, 0, &waiters[0].cancelled) == CFS_ERROR_CANCELLED,
            "a picture that somebody refers to keeps its bytes");
    require(!atomic_load(&waiters[1].done), "and a second one waits on");
    av_frame_free(&reference);
    pthread_join(threads[1], NULL);
    require(waiters[1].code == 0, "a second picture has room once the first is gone");
    for (int i = 0; i < 2; i++) av_frame_free(&waiters[i].frame);
    av_frame_free(&large);
    av_frame_free(&image);
}

// MARK: Text in PNGs

static long peak_kilobytes(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_maxrss;
}

static uint8_t *read_file(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0) abort();
    *size = (size_t)ftell(file);
    rewind(file);
    uint8_t *bytes = malloc(*size);
    if (!bytes || fread(bytes, 1, *size, file) != *size) abort();
    fclose(file);
    return bytes;
}

// A picture whose text becomes 256 MB once it is inflated.
static void test_text(const char *path) {
    enum { most_kilobytes = 64 << 10 };
    size_t size;
    uint8_t *bytes = read_file(path, &size);
    cfs_image *image = NULL;
    cfs_picture *picture = NULL;
    cfs_limit_memory(1 << 30, 1 << 30);
    long before = peak_kilobytes();
    require(cfs_image_open(bytes, size, 1 << 20, 0, &image) == 0 && cfs_image_next(image, &picture) == 1,
            "a picture with text is read");
    require(peak_kilobytes() - before < most_kilobytes, "text is not inflated");
    cfs_picture_release(picture);
    cfs_image_close(image);
    require(cfs_png_without_text(bytes, size) < 1000, "text is taken out");
    free(bytes);
}

int main(int count, char **arguments) {
    if (count != 2) return 2;
    av_log_set_level(AV_LOG_QUIET);
    test_text(arguments[1]);
    test_budget();
    return failures > 0;
}
