/// Which calls of the kernel each profile is left.
#pragma once

#include <seccomp.h>

#include "CConfinement.h"

// Stands where the process's own id belongs, until the filter is installed. No process has it: ids end at 2²².
enum { own_process = 0x7fedcba9 };

/// Adds a profile's rules to a filter that was made with `calls_default`.
/// @return 0 or a negative errno.
int calls_add(scmp_filter_ctx filter, ccf_profile profile);

/// What becomes of calls that no rule names.
uint32_t calls_default(ccf_profile profile);
