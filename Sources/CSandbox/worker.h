// A worker: what happens in the process that decodes.
#pragma once

#include <stdatomic.h>
#include <stdint.h>

#include "CFrameSampler.h"
#include "protocol.h"
#include "region.h"

// The body of a worker. Its descriptors: control, memory, source, lanes.
void csb_worker_run(const int *descriptors);

// What a lane is asked for, and where the answer goes.
typedef struct csb_task {
    const csb_request *request;
    csb_reply *reply;
    csb_region region;
    int descriptor; // that came with the request; -1: none
    int second;     // another one
} csb_task;

// Answer requests. The reply's `code` says how it went.
void csb_work_sampler_open(csb_task *task);
void csb_work_sampler_next(csb_task *task);
void csb_work_sampler_report(csb_task *task);
void csb_work_image_open(csb_task *task);
void csb_work_image_next(csb_task *task);
void csb_work_picture(csb_task *task);
void csb_work_relay(csb_task *task);
void csb_work_live_start(csb_task *task);
void csb_work_live_event(csb_task *task);
void csb_work_live_report(csb_task *task);
void csb_work_live_clip(csb_task *task);

// Does what the tests ask for. Not defined in the program itself.
__attribute__((weak)) void csb_work_test(csb_task *task);

// Follow notices.
void csb_work_sampler_cancel(void);
void csb_work_live_cancel(void);
void csb_work_image_cancel(void);
void csb_work_image_close(uint32_t number);
void csb_work_picture_release(uint32_t id);

// Keeps a picture, which is taken over, under a number until it is given back, and describes it. 0 or ENOMEM (an
// AVERROR).
int csb_keep_picture(cfs_picture *picture, csb_picture_message *message);

// The options of a request that opens something, with what they point to in the task's region. 0 or EINVAL (an AVERROR).
int csb_read_options(const csb_task *task, cfs_options *options);
void csb_write_media(const cfs_media *media, csb_media_message *message);

// From now on pictures are in memory that is borrowed over this socket, and addresses are read over that one.
void csb_borrow_over(int memory);
void csb_fetch_over(int source);
