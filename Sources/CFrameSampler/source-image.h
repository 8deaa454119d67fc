// Inputs that are images which the sampler does not read as videos: `cfs_image_open` knows more of their formats.
#pragma once

#include "source.h"

// Looks at the beginning of an input that is open but not probed, and reads all of it if it is such an image:
// `source->image` then has its bytes, and the header is described. 1 = it is, 0 = it is FFmpeg's, of which nothing is
// lost, or an error.
int cfs_source_take_image(cfs_source *source);
