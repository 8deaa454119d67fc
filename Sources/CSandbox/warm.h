// Workers that wait for an input, so that none has to wait for a fork.
#pragma once

#include "worker-handle.h"

// Forks one ahead of time.
void csb_warm_up(void);
