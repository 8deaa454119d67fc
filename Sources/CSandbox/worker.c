#define _GNU_SOURCE
#include "worker.h"

#include <malloc.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "CConfinement.h"
#include "channel.h"
#include "walls.h"
#include "worker-image.h"
#include "worker-live.h"
#include "worker-memory.h"
#include "worker-picture.h"
#include "worker-relay.h"
#include "worker-sampler.h"
#include "worker-source.h"

enum { kept_bytes = 32 << 20 }; // the largest that malloc takes

// MARK: Lanes

static void (*const handlers[csb_request_types])(csb_task *) = {
    [csb_sampler_open_request] = csb_work_sampler_open,
    [csb_sampler_next_request] = csb_work_sampler_next,
    [csb_sampler_report_request] = csb_work_sampler_report,
    [csb_image_open_request] = csb_work_image_open,
    [csb_image_next_request] = csb_work_image_next,
    [csb_render_request] = csb_work_picture,
    [csb_jpeg_request] = csb_work_picture,
    [csb_decoded_request] = csb_work_picture,
    [csb_relay_request] = csb_work_relay,
    [csb_live_start_request] = csb_work_live_start,
    [csb_live_event_request] = csb_work_live_event,
    [csb_live_report_request] = csb_work_live_report,
    [csb_live_clip_request] = csb_work_live_clip,
};

static void answer(int lane, csb_region *region, const csb_request *request, int *descriptors, int count) {
    int used = 0;
    if (request->region > 0) {
        if (count < 1 || csb_region_map(descriptors[used++], request->region, region) < 0) _exit(71);
    }
    csb_reply reply = {.version = csb_protocol_version, .type = request->type};
    csb_task task = {
        .request = request,
        .reply = &reply,
        .region = *region,
        .descriptor = count > used ? descriptors[used] : -1,
        .second = count > used + 1 ? descriptors[used + 1] : -1,
    };
    if (used > 0) close(descriptors[0]);
    if (request->type == csb_test_request && csb_work_test) csb_work_test(&task);
    else if (request->type < csb_request_types && handlers[request->type]) handlers[request->type](&task);
    else _exit(72);
    if (csb_channel_send(lane, &reply, sizeof reply, NULL, 0, true) < 0) _exit(0);
}

static void *serve_lane(void *context) {
    int lane = (int)(intptr_t)context;
    csb_region region = {0};
    for (;;) {
        csb_request request;
        int descriptors[3], count = 0;
        int code = csb_channel_receive(lane, &request, sizeof request, descriptors, 3, &count);
        // Whoever asked is gone, and this process with it.
        if (code < 0) _exit(0);
        answer(lane, &region, &request, descriptors, count);
    }
}

static void start_lanes(const int *lanes) {
    for (int i = 0; i < csb_lane_count; i++) {
        pthread_t thread;
        if (pthread_create(&thread, NULL, serve_lane, (void *)(intptr_t)lanes[i]) != 0) _exit(73);
        pthread_detach(thread);
    }
}

// MARK: Control

static void follow(const csb_notice *notice) {
    switch (notice->type) {
    case csb_cancel_notice:
        csb_work_sampler_cancel();
        csb_work_live_cancel();
        csb_work_image_cancel();
        break;
    case csb_picture_notice: csb_work_picture_release(notice->number); break;
    case csb_image_notice: csb_work_image_close(notice->number); break;
    }
}

void csb_worker_run(const int *descriptors) {
    int control = descriptors[0];
    csb_orders orders;
    if (csb_channel_receive(control, &orders, sizeof orders, NULL, 0, NULL) < 0) return;
    mallopt(M_ARENA_MAX, 2);
    // One image after the other takes as much memory as the one before: it is not given back to the system in between.
    if (orders.purpose == csb_for_images)
        mallopt(M_MMAP_THRESHOLD, kept_bytes), mallopt(M_TRIM_THRESHOLD, 2 * kept_bytes);
    cfs_limit_memory(orders.video_bytes, orders.image_bytes);
    csb_borrow_over(descriptors[1]);
    csb_fetch_over(descriptors[2]);
    if (csb_raise_walls(&orders) < 0) _exit(74);
    start_lanes(descriptors + 3);
    csb_notice notice;
    while (csb_channel_receive(control, &notice, sizeof notice, NULL, 0, NULL) == 0) follow(&notice);
}
