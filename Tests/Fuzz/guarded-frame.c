#include "guarded-frame.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

guarded_memory guarded_allocate(size_t size, size_t slack) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE), usable = (size + slack + page - 1) / page * page;
    guarded_memory memory = {.length = usable + 2 * page};
    memory.mapping = mmap(NULL, memory.length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory.mapping == MAP_FAILED) abort();
    uint8_t *begin = (uint8_t *)memory.mapping + page;
    if (mprotect(begin, usable, PROT_READ | PROT_WRITE) < 0) abort();
    memory.bytes = begin + usable - slack - size;
    return memory;
}

void guarded_free(guarded_memory memory) { munmap(memory.mapping, memory.length); }

static void free_plane(void *opaque, uint8_t *data) {
    (void)data;
    guarded_memory *memory = opaque;
    guarded_free(*memory);
    free(memory);
}

AVFrame *guarded_frame(enum AVPixelFormat format, int width, int height, bool padded) {
    AVFrame *frame = av_frame_alloc();
    if (!frame) abort();
    frame->format = format;
    frame->width = width;
    frame->height = height;
    size_t sizes[4] = {0};
    bool usable = av_image_fill_linesizes(frame->linesize, format, width) >= 0;
    ptrdiff_t lines[4];
    for (int i = 0; i < 4; i++) {
        if (padded) frame->linesize[i] = FFALIGN(frame->linesize[i], 64);
        lines[i] = frame->linesize[i];
    }
    usable = usable && av_image_fill_plane_sizes(sizes, format, height, lines) >= 0 && sizes[0] > 0;
    for (int i = 0; i < 4 && usable && sizes[i] > 0; i++) {
        guarded_memory *memory = malloc(sizeof *memory);
        if (!memory) abort();
        *memory = guarded_allocate(sizes[i], AV_INPUT_BUFFER_PADDING_SIZE);
        frame->data[i] = memory->bytes;
        frame->buf[i] = av_buffer_create(memory->bytes, sizes[i], free_plane, memory, 0);
        if (!frame->buf[i]) abort();
    }
    if (!usable) av_frame_free(&frame);
    return frame;
}

void guarded_set_fields(AVFrame *frame, guarded_fields fields) {
#ifdef AV_FRAME_FLAG_INTERLACED
    frame->flags &= ~(AV_FRAME_FLAG_INTERLACED | AV_FRAME_FLAG_TOP_FIELD_FIRST);
    if (fields != FIELDS_NONE) frame->flags |= AV_FRAME_FLAG_INTERLACED;
    if (fields == FIELDS_TOP_FIRST) frame->flags |= AV_FRAME_FLAG_TOP_FIELD_FIRST;
#else
    frame->interlaced_frame = fields != FIELDS_NONE;
    frame->top_field_first = fields == FIELDS_TOP_FIRST;
#endif
}

void guarded_fill(AVFrame *frame, const uint8_t *bytes, size_t size, uint8_t beyond) {
    int widths[4];
    if (av_image_fill_linesizes(widths, frame->format, frame->width) < 0) abort();
    size_t next = 0;
    for (int i = 0; i < 4 && frame->data[i]; i++) {
        memset(frame->data[i], beyond, frame->buf[i]->size + AV_INPUT_BUFFER_PADDING_SIZE);
        bool is_palette = frame->linesize[i] == 0 || widths[i] == 0;
        size_t width = is_palette ? (size_t)frame->buf[i]->size : (size_t)widths[i];
        size_t rows = is_palette ? 1 : (size_t)frame->buf[i]->size / (size_t)frame->linesize[i];
        for (size_t y = 0; y < rows; y++) {
            uint8_t *row = frame->data[i] + y * (size_t)frame->linesize[i];
            for (size_t x = 0; x < width; x++, next++) row[x] = size > 0 ? bytes[next % size] : (uint8_t)(next * 37);
        }
    }
}
