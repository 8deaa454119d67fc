// The workers of an input: one that decodes and, where reading needs sockets, a second one that has them and reads.
#pragma once

#include "input-handle.h"

// Gets the workers that the input takes. To be released also on error. 0 or an error.
int csb_input_get_workers(csb_input *input);
// Ends the work of both, and gives them up. Pictures may outlive it. An input without any is fine.
void csb_input_release_workers(csb_input *input);
// Has every wait for them end within a second. Any thread, repeatedly.
void csb_input_cancel(csb_input *input);

// Opens what the worker is to be given as a descriptor, or has the demuxer read. `descriptor` is the caller's; -1: none.
// Sets the input's options to what the worker is to be told. 0 or an error.
int csb_input_connect(csb_input *input, int *descriptor);

// What an error of the worker's comes from: where it is that the demuxer's channel has ended, why the demuxer did.
int csb_input_cause(csb_input *input, int code);
