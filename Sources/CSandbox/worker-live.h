// Answers requests about a live stream, and follows notices.
#pragma once

#include "worker-task.h"

void csb_work_live_start(csb_task *task);
void csb_work_live_event(csb_task *task);
void csb_work_live_report(csb_task *task);
void csb_work_live_clip(csb_task *task);
void csb_work_live_cancel(void);
