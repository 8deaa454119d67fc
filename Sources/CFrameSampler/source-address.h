// Sources that are addresses: guarded ones, which strangers name, and those that whoever runs this program typed.
#pragma once

#include "source.h"

// Has the source's format open the options' address, and what is named behind it, only as it may be opened. Adds to
// `settings` what the format is to be opened with. Afterwards the address to open is `guard.address`, unless that is NULL.
// 0 or an error.
int cfs_source_open_address(cfs_source *source, const cfs_options *options, AVDictionary **settings);
