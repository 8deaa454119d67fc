// Opening a source: which containers and protocols are taken, and what the header says.
#pragma once

#include "source.h"

// Opens and probes, and fills in `media`. The options have to outlive the source. 0 or an error; on error the source
// still has to be closed.
int cfs_source_open(cfs_source *source, const cfs_options *options);
