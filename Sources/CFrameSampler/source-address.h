// Sources that are addresses, from strangers or from whoever runs this program.
#pragma once

#include "source.h"

// Prepares the source's format so that the options' address, and what a playlist behind it names, is opened only as it
// may be. Adds to `settings` what the format is to be opened with. If `guard.address` is set afterwards, it is the
// address to open. Again for the same source: with the address that the guard has chosen. 0 or an error.
int cfs_source_open_address(cfs_source *source, const cfs_options *options, AVDictionary **settings);
