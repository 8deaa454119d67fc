// Pictures that were handed out, by number, and what is made of them.
#pragma once

#include "worker-task.h"

// Keeps a picture, which is taken over, under a number until it is given back, and describes it. 0 or ENOMEM (an
// AVERROR).
int csb_keep_picture(cfs_picture *picture, csb_picture_message *message);
void csb_work_picture_release(uint32_t id);
// Answers a request about a picture.
void csb_work_picture(csb_task *task);
