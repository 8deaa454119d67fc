// A worker: what happens in the process that decodes.
#pragma once

#include "worker-task.h"

// The body of a worker. Its descriptors: control, memory, source, lanes.
void csb_worker_run(const int *descriptors);

// Does what the tests ask for. Not defined in the program itself.
__attribute__((weak)) void csb_work_test(csb_task *task);
