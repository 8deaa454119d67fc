// Sources that are descriptors: files, pipes and standard input.
#pragma once

#include "source.h"

// Prepares the source's format so that it reads the options' descriptor or path, and opens nothing that the file names.
// Adds to `settings` what the format is to be opened with. 0 or an error.
int cfs_source_open_file(cfs_source *source, const cfs_options *options, AVDictionary **settings);
// Reads what there is of the source's descriptor, as `avio_alloc_context` has it; `opaque` is the source. Ends when the
// source is interrupted.
int cfs_source_read_bytes(void *opaque, uint8_t *buffer, int size);
