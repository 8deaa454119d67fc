// Reads an input for another worker, which decodes it.
#pragma once

#include "worker-task.h"

void csb_work_relay(csb_task *task);
