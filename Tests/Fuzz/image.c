// An image of any bytes, as a request or a page brings it.
#include "CFrameSampler.h"
#include "process.h"

enum { most_pictures = 8, most_pixels = 1000000 };
static const int64_t most_cpu_ns = 10000000000;

static void use(cfs_picture *picture) {
    static uint8_t pixels[224 * 224 * 3];
    cfs_picture_info info = cfs_picture_describe(picture);
    FUZZ_REQUIRE((int64_t)info.coded_width * info.coded_height <= most_pixels, "%d × %d", info.width, info.height);
    cfs_picture_render(picture, CFS_LAYOUT_RGB24, 224, 224, pixels);
    cfs_picture_render(picture, CFS_LAYOUT_GRAY8, 31, 17, pixels);
    uint8_t *jpeg = NULL;
    size_t size = 0;
    if (cfs_picture_jpeg(picture, 100, 80, &jpeg, &size) == 0) FUZZ_REQUIRE(size > 2 && jpeg[0] == 0xff, "not a JPEG");
    cfs_jpeg_free(jpeg);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    fuzz_process before = fuzz_process_now();
    int64_t began = fuzz_cpu_ns();
    // Small enough that also small pictures are decoded scaled; or not at all.
    int32_t wanted_side = size % 2 ? 16 : 0;
    cfs_image *image = NULL;
    int code = cfs_image_open(bytes, size, most_pixels, wanted_side, &image);
    FUZZ_REQUIRE(code < 0 || (image && cfs_image_format(image)), "an image without a format");
    FUZZ_REQUIRE(code == 0 || !image, "an image that did not open");
    for (int i = 0; i < most_pictures && code >= 0; i++) {
        cfs_picture *picture = NULL;
        code = cfs_image_next(image, &picture);
        FUZZ_REQUIRE((code == 1) == (picture != NULL), "code %d", code);
        if (code != 1) break;
        use(picture);
        cfs_picture_release(picture);
    }
    cfs_image_close(image);
    fuzz_process_require(before);
    FUZZ_REQUIRE(fuzz_cpu_ns() - began < most_cpu_ns, "%lld ms", (long long)(fuzz_cpu_ns() - began) / 1000000);
    return 0;
}
