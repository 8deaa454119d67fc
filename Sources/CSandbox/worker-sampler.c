#include "worker-sampler.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include "worker-options.h"
#include "worker-picture.h"

static _Atomic(cfs_sampler *) sampler;
static atomic_bool cancelled;

// Of the lane that asks for samples.
static cfs_picture *last_picture;
static csb_picture_message last_message;

// MARK: Opening

static void list_streams(csb_task *task) {
    cfs_stream *list = csb_stream_list(task);
    if (list) csb_count_streams(task, cfs_sampler_streams(sampler, list, csb_max_streams));
}

void csb_work_sampler_open(csb_task *task) {
    cfs_options options;
    cfs_sampler *made = NULL;
    int code = sampler ? -EINVAL : csb_read_options(task, &options);
    if (code >= 0) code = cfs_sampler_create(&options, &made);
    if (code >= 0) {
        sampler = made;
        if (cancelled) cfs_sampler_cancel(made);
        code = cfs_sampler_open(made);
    }
    if (code >= 0) {
        csb_write_media(cfs_sampler_media(made), &task->reply->media);
        list_streams(task);
    }
    task->reply->code = code;
}

// MARK: Samples

void csb_work_sampler_cancel(void) {
    cancelled = true;
    if (sampler) cfs_sampler_cancel(sampler);
}

void csb_work_sampler_report(csb_task *task) {
    if (sampler) cfs_sampler_report(sampler, &task->reply->report);
}

// A picture that serves several samples has one number.
static int hand_out(cfs_picture *picture, csb_picture_message *message) {
    if (picture == last_picture) {
        cfs_picture_release(picture);
    } else {
        cfs_picture_release(last_picture);
        last_picture = cfs_picture_retain(picture);
        last_message = (csb_picture_message){0};
        int code = csb_keep_picture(picture, &last_message);
        if (code < 0) return code;
    }
    *message = last_message;
    return 0;
}

void csb_work_sampler_next(csb_task *task) {
    csb_reply *reply = task->reply;
    reply->code = sampler ? cfs_sampler_next(sampler, &reply->sample) : -EINVAL;
    if (reply->code == 1 && reply->sample.picture) {
        int code = hand_out(reply->sample.picture, &reply->picture);
        if (code < 0) reply->code = code;
    }
    reply->sample.picture = NULL;
    if (!sampler) return;
    cfs_sampler_report(sampler, &reply->report);
    if (reply->code != 1) list_streams(task);
}
