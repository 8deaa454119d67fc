// Sources that are descriptors: files, pipes and standard input.
#pragma once

#include "source.h"

// Prepares the source's format so that it reads the options' descriptor or path, and opens nothing that the file names.
// Adds to `settings` what the format is to be opened with. 0 or an error.
int cfs_source_open_file(cfs_source *source, const cfs_options *options, AVDictionary **settings);
