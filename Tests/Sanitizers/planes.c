// Renders pictures of every size and field order, with memory behind each plane that must not be touched: `planes [N]`,
// N: only every Nth size. Ends with 1 if it was touched.
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "../Fuzz/guarded-frame.h"
#include "picture.h"

enum { smallest = 2, largest = 66 };

static const enum AVPixelFormat formats[] = {
    AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUV422P, AV_PIX_FMT_YUV444P,  AV_PIX_FMT_YUV410P,
    AV_PIX_FMT_YUV411P, AV_PIX_FMT_NV12,    AV_PIX_FMT_YUVA420P, AV_PIX_FMT_YUV420P10LE,
    AV_PIX_FMT_GRAY8,   AV_PIX_FMT_YUYV422, AV_PIX_FMT_RGB24,    AV_PIX_FMT_GBRP,
};

static sigjmp_buf before;

static void note_fault(int number) {
    (void)number;
    siglongjmp(before, 1);
}

static void use(cfs_picture *picture, bool padded) {
    uint8_t pixels[3 * 31 * 17], *jpeg = NULL;
    size_t size = 0;
    bool good = cfs_picture_render(picture, CFS_LAYOUT_RGB24, 31, 17, pixels) == 0
        && cfs_picture_render(picture, CFS_LAYOUT_GRAY8, 31, 17, pixels) == 0
        && cfs_picture_jpeg(picture, padded ? 20 : 0, 80, &jpeg, &size) == 0;
    cfs_jpeg_free(jpeg);
    if (!good) abort();
}

static void tell(const AVFrame *frame, guarded_fields fields) {
    static const char *const names[] = {"progressive", "top field first", "bottom field first"};
    const char *format = av_get_pix_fmt_name(frame->format);
    fprintf(stderr, "fault: %s %d × %d, %s\n", format, frame->width, frame->height, names[fields]);
}

// Whether it went without a fault.
static bool render(enum AVPixelFormat format, int width, int height, guarded_fields fields, bool padded) {
    AVFrame *frame = guarded_frame(format, width, height, padded);
    if (!frame) abort();
    guarded_set_fields(frame, fields);
    guarded_fill(frame, NULL, 0, 0);
    cfs_picture *picture = cfs_picture_create(frame, NULL);
    if (!picture) abort();
    bool faulted = sigsetjmp(before, 1) != 0;
    if (faulted) tell(frame, fields);
    else use(picture, padded);
    cfs_picture_release(picture);
    return !faulted;
}

int main(int count, char **arguments) {
    int step = count > 1 ? atoi(arguments[1]) : 1, number = 0, pictures = 0, faults = 0;
    if (step < 1) return 2;
    struct sigaction action = {.sa_handler = note_fault};
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
    av_log_set_level(AV_LOG_QUIET);
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
        for (int width = smallest; width <= largest; width++)
            for (int height = smallest; height <= largest; height++) {
                if (number++ % step != 0) continue;
                for (int fields = FIELDS_NONE; fields <= FIELDS_BOTTOM_FIRST; fields++, pictures++)
                    if (!render(formats[i], width, height, fields, number / step % 2)) faults++;
            }
    printf("%d pictures, %d faults\n", pictures, faults);
    return faults > 0;
}
