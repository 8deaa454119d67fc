// Answers requests about an image, and follows notices.
#pragma once

#include "worker-task.h"

void csb_work_image_open(csb_task *task);
void csb_work_image_next(csb_task *task);
void csb_work_image_cancel(void);
void csb_work_image_close(uint32_t number);
