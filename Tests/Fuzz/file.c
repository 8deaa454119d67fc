// A file of any bytes, sampled as an upload would be. The first bytes choose how.
#include "CFrameSampler.h"
#include "process.h"

enum { most_samples = 200, rendered_pictures = 3, most_pixels = 400000 };
static const int64_t most_cpu_ns = 20000000000;

static cfs_options take_options(fuzz_input *input, cfs_stretch *stretches) {
    static const int64_t intervals_ms[] = {1, 40, 100, 1000};
    uint8_t kind = (uint8_t)fuzz_take(input, 1), place = (uint8_t)fuzz_take(input, 1);
    cfs_options options = cfs_options_default();
    options.mode = kind & 1 ? CFS_MODE_KEYFRAMES : CFS_MODE_EXACT;
    options.interval_ns = intervals_ms[kind >> 1 & 3] * 1000000;
    options.threads = 1;
    options.max_samples = most_samples;
    options.max_pixels = most_pixels;
    if (kind & 8) options.start_ns = place * 10000000LL;
    if (kind & 16) options.duration_ns = 1 + place * 20000000LL;
    if (kind & 32) options.max_bytes = 1 + place * 300LL;
    if (kind & 64) {
        stretches[0] = (cfs_stretch){.start_ns = place * 10000000LL, .count = 4};
        stretches[1] = (cfs_stretch){stretches[0].start_ns + 10 * options.interval_ns, 9, 4};
        options.stretches = stretches;
        options.stretch_count = 2;
    }
    return options;
}

static int64_t position(const cfs_options *options, int64_t index) {
    if (options->stretch_count == 0) return options->start_ns + index * options->interval_ns;
    const cfs_stretch *stretch = &options->stretches[index >= options->stretches[1].first_index];
    return stretch->start_ns + (index - stretch->first_index) * options->interval_ns;
}

static void use(cfs_picture *picture, int number) {
    static const int sizes[rendered_pictures][2] = {{224, 224}, {31, 47}, {1, 1}};
    static uint8_t pixels[224 * 224 * 3];
    const int *size = sizes[number];
    cfs_picture_info info = cfs_picture_describe(picture);
    FUZZ_REQUIRE((int64_t)info.coded_width * info.coded_height <= most_pixels, "%d × %d", info.width, info.height);
    cfs_picture_render(picture, CFS_LAYOUT_RGB24, size[0], size[1], pixels);
    cfs_picture_render(picture, CFS_LAYOUT_GRAY8, size[0], size[1], pixels);
    uint8_t *jpeg = NULL;
    size_t length = 0;
    if (cfs_picture_jpeg(picture, number == 0 ? 100 : 0, 80, &jpeg, &length) == 0)
        FUZZ_REQUIRE(length > 2 && jpeg[0] == 0xff && jpeg[1] == 0xd8, "not a JPEG");
    cfs_jpeg_free(jpeg);
}

// Takes every sample. The code the sampling ended with.
static int take_all(cfs_sampler *sampler, const cfs_options *options, int *count) {
    bool seen[most_samples] = {false};
    int64_t last = -1;
    int rendered = 0, code;
    cfs_sample sample;
    while ((code = cfs_sampler_next(sampler, &sample)) == 1) {
        FUZZ_REQUIRE(sample.index >= 0 && sample.index < most_samples, "index %lld", (long long)sample.index);
        FUZZ_REQUIRE(!seen[sample.index], "index %lld twice", (long long)sample.index);
        FUZZ_REQUIRE(sample.position_ns == position(options, sample.index), "index %lld at %lld",
                     (long long)sample.index, (long long)sample.position_ns);
        FUZZ_REQUIRE(sample.picture || sample.damaged, "no picture, and no damage");
        seen[sample.index] = true;
        if (sample.index > last) last = sample.index;
        if (sample.picture && rendered < rendered_pictures) use(sample.picture, rendered++);
        cfs_picture_release(sample.picture);
        ++*count;
    }
    FUZZ_REQUIRE(code < 0 || *count == last + 1, "%d samples up to index %lld", *count, (long long)last);
    return code;
}

static void check_report(cfs_sampler *sampler, int samples) {
    cfs_report report;
    cfs_sampler_report(sampler, &report);
    FUZZ_REQUIRE(report.packets_read >= 0 && report.packets_decoded >= 0 && report.pictures_decoded >= 0, "a count");
    FUZZ_REQUIRE(report.failures >= 0 && report.groups_redecoded >= 0 && report.bytes_read >= 0, "a count");
    FUZZ_REQUIRE(report.duration_ns >= -1, "%lld ns long", (long long)report.duration_ns);
    FUZZ_REQUIRE(samples == 0 || report.packets_read > 0, "%d samples of no packet", samples);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    fuzz_input input = {bytes, size};
    fuzz_process before = fuzz_process_now();
    int64_t began = fuzz_clock_ns(CLOCK_PROCESS_CPUTIME_ID);
    cfs_stretch stretches[2];
    cfs_options options = take_options(&input, stretches);
    int file = options.fd = fuzz_file(input), count = 0;
    cfs_sampler *sampler = NULL;
    if (cfs_sampler_create(&options, &sampler) < 0) abort();
    int code = cfs_sampler_open(sampler);
    if (code == 0) {
        const cfs_media *media = cfs_sampler_media(sampler);
        FUZZ_REQUIRE(media->container && media->codec && media->pixel_format, "media without a name");
        code = take_all(sampler, &options, &count);
    }
    FUZZ_REQUIRE(code != CFS_ERROR_DEADLINE, "a deadline passed, of a file");
    check_report(sampler, count);
    char text[128];
    cfs_error_text(code, text, sizeof text);
    cfs_sampler_destroy(sampler);
    close(file);
    fuzz_process_require(before);
    int64_t took = fuzz_clock_ns(CLOCK_PROCESS_CPUTIME_ID) - began;
    FUZZ_REQUIRE(took < most_cpu_ns, "%lld ms", (long long)took / 1000000);
    return 0;
}
