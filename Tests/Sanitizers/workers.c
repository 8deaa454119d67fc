// Decodes files and images in workers, from several threads at once, some of which are canceled: `workers all FILE…`,
// where what ends in .gif, .jpg or .png is an image. With `lost` instead of `all` only the last of what follows. Ends with 0 if each gives as many pictures as in this process, if what
// is canceled ends, if no descriptor is left but those of workers that wait for images, and if a lost zygote is an error.
//
// Sanitizers need memory and system calls that workers are denied: `csb_raise_walls` is replaced here.
#define _GNU_SOURCE
#include <dirent.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "CSandbox.h"
#include "walls.h"

enum { rounds = 3, most_samples = 20, most_inputs = 64, descriptors_a_worker = 9, most_spare = 9 };

int csb_prepare_walls(void) { return 0; }

int csb_raise_walls(const csb_orders *orders) { return orders->version == csb_protocol_version ? 0 : -1; }

static int input_count;
static char **inputs;
static int expected[most_inputs]; // pictures; below 0: an error
static atomic_int wrong;

static bool is_image(const char *path) {
    const char *dot = strrchr(path, '.');
    return dot && (strcmp(dot, ".gif") == 0 || strcmp(dot, ".jpg") == 0 || strcmp(dot, ".png") == 0);
}

// MARK: Decoding

static void ignore(void *context, const uint8_t *bytes, size_t size) { *(size_t *)context += size + (bytes[0] == 0); }

static void use(csb_picture *picture) {
    static _Thread_local uint8_t pixels[32 * 32 * 3];
    size_t size = 0;
    int code = csb_picture_render(picture, CFS_LAYOUT_RGB24, 32, 32, pixels);
    if (code == 0) csb_picture_jpeg(csb_picture_retain(picture), 64, 80, ignore, &size);
    if (code == 0) csb_picture_release(picture);
    csb_picture_release(picture);
}

static void *cancel_sampler(void *context) {
    csb_sampler_cancel(context);
    return NULL;
}

// Pictures, or an error.
static int sample(const char *path, bool apart, bool canceled) {
    cfs_options options = cfs_options_default();
    options.input = path;
    options.interval_ns = 250000000;
    options.max_samples = most_samples;
    csb_sampler *sampler;
    int code = csb_sampler_create(&options, apart, &sampler), count = 0;
    if (code < 0) return code;
    pthread_t thread;
    bool cancels = canceled && pthread_create(&thread, NULL, cancel_sampler, sampler) == 0;
    code = csb_sampler_open(sampler);
    csb_sample sample;
    while (code >= 0 && (code = csb_sampler_next(sampler, &sample)) == 1) {
        if (sample.picture) use(sample.picture), count++;
    }
    cfs_report report;
    csb_sampler_report(sampler, &report);
    if (cancels) pthread_join(thread, NULL);
    csb_sampler_destroy(sampler);
    return code < 0 ? code : count;
}

static void *cancel_image(void *context) {
    csb_image_cancel(context);
    return NULL;
}

static uint8_t *read_file(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = malloc(1 << 22);
    *size = file && bytes ? fread(bytes, 1, 1 << 22, file) : 0;
    if (file) fclose(file);
    return bytes;
}

static int decode(const char *path, bool apart, bool canceled) {
    size_t size;
    uint8_t *bytes = read_file(path, &size);
    csb_image *image;
    int code = csb_image_open(bytes, size, 1 << 24, 0, apart, &image), count = 0;
    free(bytes);
    if (code < 0) return code;
    pthread_t thread;
    bool cancels = canceled && pthread_create(&thread, NULL, cancel_image, image) == 0;
    csb_picture *picture;
    while (count < most_samples && (code = csb_image_next(image, &picture)) == 1) use(picture), count++;
    if (cancels) pthread_join(thread, NULL);
    csb_image_close(image);
    return code < 0 ? code : count;
}

static int work(const char *path, bool apart, bool canceled) {
    return is_image(path) ? decode(path, apart, canceled) : sample(path, apart, canceled);
}

static void *work_on_all(void *context) {
    bool cancels = *(bool *)context;
    for (int i = 0; i < rounds * input_count; i++) {
        const char *path = inputs[i % input_count];
        int found = work(path, true, cancels && i % 2 == 0), wanted = expected[i % input_count];
        if (found == wanted || (cancels && i % 2 == 0)) continue;
        fprintf(stderr, "%s: %d in a worker, %d in this process\n", path, found, wanted);
        atomic_fetch_add(&wrong, 1);
    }
    return NULL;
}

// MARK: What is left

static int open_files(void) {
    DIR *listing = opendir("/proc/self/fd");
    int count = 0;
    while (listing && readdir(listing)) count++;
    if (listing) closedir(listing);
    return count;
}

// The process that workers are forked from is this one's only child.
static void lose_zygote(void) {
    char path[64];
    int zygote = 0;
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    FILE *file = fopen(path, "re");
    if (!file || fscanf(file, "%d", &zygote) != 1) abort();
    fclose(file);
    if (kill(zygote, SIGKILL) != 0 || waitpid(zygote, NULL, 0) != zygote) abort();
    for (int i = 0; i < 2 * input_count; i++) {
        if (work(inputs[i % input_count], true, false) == CSB_ERROR_UNAVAILABLE) continue;
        fprintf(stderr, "decoded without a zygote\n");
        atomic_fetch_add(&wrong, 1);
    }
}

int main(int argc, char **argv) {
    if (csb_start() < 0 || argc < 3) return 2;
    bool is_lost = strcmp(argv[1], "lost") == 0;
    inputs = argv + 2;
    input_count = argc - 2 < most_inputs ? argc - 2 : most_inputs;
    if (is_lost) {
        lose_zygote();
        return atomic_load(&wrong) != 0;
    }
    for (int i = 0; i < input_count; i++) expected[i] = work(inputs[i], false, false);
    int before = open_files();
    bool cancels[] = {false, false, true};
    pthread_t threads[3];
    for (int i = 0; i < 3; i++)
        if (pthread_create(&threads[i], NULL, work_on_all, &cancels[i]) != 0) return 2;
    for (int i = 0; i < 3; i++) pthread_join(threads[i], NULL);
    int left = open_files() - before;
    csb_counts counts = csb_counts_now();
    if (counts.alive > most_spare || left > descriptors_a_worker * (int)counts.alive + 4) {
        fprintf(stderr, "%d workers and %d descriptors are left\n", (int)counts.alive, left);
        atomic_fetch_add(&wrong, 1);
    }
    if (counts.crashed || counts.hung || counts.garbled) {
        fprintf(
            stderr, "%d crashed, %d hung, %d garbled\n", (int)counts.crashed, (int)counts.hung, (int)counts.garbled);
        atomic_fetch_add(&wrong, 1);
    }
    lose_zygote();
    return atomic_load(&wrong) != 0;
}
