// The decoders of what a HEIF file holds: FFmpeg's, in place of those that libheif brings. They refuse pictures that are
// too large before there is memory for them, say when a picture is damaged, and start no threads.
#pragma once

#include "image-library.h"

// Has libheif use them from now on. Any thread, repeatedly.
void cfs_heif_decoder_install(void);

// Says for whom the calling thread decodes from now on: NULL for nobody. Without, nothing is decoded.
void cfs_heif_decoder_work_for(const cfs_image_file *file);

// Why a picture was refused of those that the calling thread decoded since it last worked for a file: 0, `CFS_ERROR_TOO_MANY_PIXELS` or another error.
int cfs_heif_decoder_refusal(void);
