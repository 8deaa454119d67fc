// An input that another process reads: what `cfs_relay` sends.
#pragma once

#include "source.h"

// As `cfs_source_open` and `cfs_source_read`. The descriptor of the options is the channel.
int cfs_relayed_open(cfs_source *source, const cfs_options *options);
int cfs_relayed_read(cfs_source *source, AVPacket *packet);
