// Memory that ends where reading and writing end. libswscale is not built for AddressSanitizer, so this is what shows
// that it reads beyond a picture.
#pragma once

#include "ffmpeg.h"

// At least `size` bytes, the last of them `slack` bytes before memory that must not be touched. Zeroed.
typedef struct guarded_memory {
    uint8_t *bytes;
    void *mapping;
    size_t length;
} guarded_memory;

guarded_memory guarded_allocate(size_t size, size_t slack);
void guarded_free(guarded_memory memory);

// A frame of that size and format without content. Each plane ends AV_INPUT_BUFFER_PADDING_SIZE bytes before memory
// that must not be touched, which is what every packet and every decoder leaves. Rows are as long as what they hold,
// or, with `padded`, up to 64 bytes longer. NULL for formats without planes in memory.
AVFrame *guarded_frame(enum AVPixelFormat format, int width, int height, bool padded);

typedef enum guarded_fields { FIELDS_NONE, FIELDS_TOP_FIRST, FIELDS_BOTTOM_FIRST } guarded_fields;
void guarded_set_fields(AVFrame *frame, guarded_fields fields);

// Fills rows and what lies between and behind them: rows with `bytes`, over and over, the rest with `beyond`.
void guarded_fill(AVFrame *frame, const uint8_t *bytes, size_t size, uint8_t beyond);
