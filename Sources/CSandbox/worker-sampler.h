// Answers requests about a file or an address, and follows notices.
#pragma once

#include "worker-task.h"

void csb_work_sampler_open(csb_task *task);
void csb_work_sampler_next(csb_task *task);
void csb_work_sampler_report(csb_task *task);
void csb_work_sampler_cancel(void);
