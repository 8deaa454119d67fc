// The workers of an input: one that decodes and, where reading needs sockets, a second one that has them and reads.
#pragma once

#include "input-handle.h"

// Gets the workers that the input takes. `demuxer` is NULL where the worker reads itself. Both are the caller's, also on
// error. 0 or an error.
int csb_input_get_workers(const csb_input *input, csb_worker **worker, csb_worker **demuxer);

// Opens what the worker is to be given as a descriptor, or has the demuxer read. `descriptor` is the caller's; -1: none.
// Sets the input's options to what the worker is to be told. 0 or an error.
int csb_input_connect(csb_input *input, csb_worker *demuxer, int *descriptor);

// Why the demuxer ended where its channel did; `otherwise` when it lives.
int csb_demuxer_end(csb_worker *demuxer, int otherwise);
