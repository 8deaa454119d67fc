// An address whose bytes another fetcher gives is sampled as the file is: `fetcher FILE`. Ends with 0 if that holds, if what
// the fetcher refuses is refused, and if everything that was begun and opened was closed and ended.
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "CFrameSampler.h"
#include "CSamplerFetch.h"

static const char *path, *good_url = "http://nowhere.invalid/a film.mp4";
static int sessions, streams, opened;

static void *begin(void) {
    sessions++;
    return &sessions;
}

static void end(void *session) { sessions -= session == &sessions; }

static int open_file(void *session, const cfs_fetch *wanted, cfs_fetch_interrupted interrupted, void *context,
                     cfs_fetched *found, void **handle) {
    if (session != &sessions || interrupted(context)) return CFS_ERROR_CANCELLED;
    if (strcmp(wanted->url, good_url) != 0) return CFS_ERROR_REFUSED_ADDRESS;
    FILE *file = fopen(path, "rb");
    if (!file) return CFS_ERROR_UNREACHABLE;
    fseek(file, 0, SEEK_END);
    found->total = ftell(file);
    fseek(file, wanted->offset, SEEK_SET);
    found->status = 200;
    found->ranges = true;
    strcpy(found->location, wanted->url);
    streams++, opened++;
    *handle = file;
    return 0;
}

static int64_t read_file(void *handle, uint8_t *bytes, size_t size) { return (int64_t)fread(bytes, 1, size, handle); }

static void close_file(void *handle) {
    streams--;
    fclose(handle);
}

static int resolve(const char *host, bool allow_private, cfs_fetch_interrupted interrupted, void *context,
                   char *numeric, size_t size) {
    (void)host, (void)allow_private, (void)interrupted, (void)context, (void)numeric, (void)size;
    return CFS_ERROR_UNREACHABLE;
}

// Samples with a picture, or an error.
static int sample(const char *input, bool is_url) {
    cfs_options options = cfs_options_default();
    options.input = input;
    options.is_url = is_url;
    cfs_sampler *sampler = NULL;
    int code = cfs_sampler_create(&options, &sampler), count = 0;
    if (code == 0) code = cfs_sampler_open(sampler);
    cfs_sample sample;
    while (code >= 0 && (code = cfs_sampler_next(sampler, &sample)) == 1) {
        count += sample.picture != NULL;
        cfs_picture_release(sample.picture);
    }
    cfs_sampler_destroy(sampler);
    return code < 0 ? code : count;
}

static bool expect(const char *what, int found, int expected) {
    if (found == expected) return true;
    printf("%s: %d instead of %d\n", what, found, expected);
    return false;
}

int main(int count, char **arguments) {
    static const cfs_fetcher fetcher = {begin, end, open_file, read_file, close_file, resolve};
    if (count != 2) return 2;
    alarm(60);
    path = arguments[1];
    int pictures = sample(path, false);
    cfs_set_fetcher(&fetcher);
    bool is_right = expect("pictures of the address", sample(good_url, true), pictures) && pictures > 0;
    is_right &= expect("another address", sample("http://nowhere.invalid/other", true), CFS_ERROR_REFUSED_ADDRESS);
    is_right &= expect("sessions left", sessions, 0);
    is_right &= expect("streams left", streams, 0);
    return is_right && opened > 0 ? 0 : 1;
}
