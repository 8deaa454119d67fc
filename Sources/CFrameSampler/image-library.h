// What decodes images. Each library is a file of its own behind the same three functions, and reads from memory alone:
// it opens no file, no socket and no library once `cfs_image_prepare` was called.
#pragma once

#include <stdatomic.h>

#include "CPicture.h"
#include "CSamplerBase.h"
#include "ffmpeg.h"
#include "image-kind.h"

// A file and what holds for each picture of it.
typedef struct cfs_image_file {
    const cfs_image_kind *kind;
    AVBufferRef *bytes; // CFS_TIFF_ROOM and AV_INPUT_BUFFER_PADDING_SIZE zeros follow
    size_t size;
    int64_t max_pixels;
    int wanted_side; // pixels; 0: nobody says
    const atomic_bool *cancelled;
} cfs_image_file;

typedef struct cfs_image_library {
    // Reads the header. `file` outlives `state`, which is the caller's (`close`) and NULL on error. 0 or an error.
    int (*open)(const cfs_image_file *file, void **state);
    // As `cfs_image_next`; `*picture` is NULL before. The duration of a picture's frame, ms, says how long it is shown;
    // 0: as long as its viewer likes. FFmpeg's do not say.
    int (*next)(void *state, cfs_picture **picture);
    void (*close)(void *state);
} cfs_image_library;
