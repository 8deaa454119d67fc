#include "rehearsal.h"

#include "CPicture.h"

enum { side = 64, smaller = 48 };

static void use(const cfs_picture *picture) {
    static uint8_t pixels[smaller * smaller * 3];
    uint8_t *jpeg;
    size_t size;
    cfs_picture_describe(picture);
    cfs_picture_render(picture, CFS_LAYOUT_RGB24, smaller, smaller, pixels);
    cfs_picture_render(picture, CFS_LAYOUT_GRAY8, smaller, smaller, pixels);
    if (cfs_picture_jpeg(picture, smaller, 85, &jpeg, &size) >= 0) cfs_jpeg_free(jpeg);
}

void csb_rehearse(void) {
    static uint8_t rgb[side * side * 3];
    for (int i = 0; i < side * side * 3; i++) rgb[i] = (uint8_t)(i * 7);
    uint8_t *jpeg;
    size_t size;
    if (cfs_jpeg_encode(rgb, side, side, 85, &jpeg, &size) < 0) return;
    cfs_image *image;
    if (cfs_image_open(jpeg, size, side * side, 0, &image) >= 0) {
        cfs_picture *picture;
        if (cfs_image_next(image, &picture) == 1) use(picture), cfs_picture_release(picture);
        cfs_image_close(image);
    }
    cfs_jpeg_free(jpeg);
}
