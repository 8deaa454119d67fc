#define _GNU_SOURCE
#include "demuxer-handle.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "warm.h"

enum { start_patience_ms = 10000 };

static int ask(const csb_input *input, csb_worker *worker, int channel, int file) {
    csb_call call = {.request.type = csb_relay_request,
                     .descriptors = {channel, file},
                     .descriptor_count = file >= 0 ? 2 : 1,
                     .patience_ms = start_patience_ms};
    csb_lane *lane = csb_lane_take(worker, 0);
    csb_reply reply;
    int code = csb_input_write(input, lane, &call.request.open);
    if (code == 0) code = csb_lane_ask(worker, lane, &call, &reply);
    csb_lane_give(worker, lane);
    return code;
}

int csb_input_get_workers(const csb_input *input, csb_worker **worker, csb_worker **demuxer) {
    bool split = csb_input_needs_sockets(&input->options);
    int code = csb_worker_get(csb_input_is_document(&input->options) ? csb_for_documents : csb_for_video, worker);
    if (code == 0 && split) code = csb_worker_get(csb_for_demuxing, demuxer);
    // Whoever reads has its bytes fetched, or its host's name resolved.
    if (code == 0 && input->options.is_url) code = csb_worker_fetch(split ? *demuxer : *worker, &input->options);
    return code;
}

int csb_input_connect(csb_input *input, csb_worker *demuxer, int *descriptor) {
    int code = csb_input_open(input, descriptor);
    if (code < 0 || !demuxer) return code;
    int ends[2], file = *descriptor;
    *descriptor = -1;
    code = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0 ? -errno : 0;
    if (code == 0) {
        code = ask(input, demuxer, ends[1], file);
        close(ends[1]);
        *descriptor = ends[0];
        input->options.relayed = true;
    }
    if (file >= 0) close(file);
    if (code < 0 && *descriptor >= 0) {
        close(*descriptor);
        *descriptor = -1;
    }
    return code;
}

int csb_demuxer_end(csb_worker *demuxer, int otherwise) {
    csb_call call = {.request.type = csb_sampler_report_request, .patience_ms = 2000};
    csb_lane *lane = csb_lane_take(demuxer, -1);
    csb_reply reply;
    int code = csb_lane_ask(demuxer, lane, &call, &reply);
    csb_lane_give(demuxer, lane);
    return code < 0 ? code : otherwise;
}
