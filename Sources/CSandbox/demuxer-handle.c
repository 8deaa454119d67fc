#define _GNU_SOURCE
#include "demuxer-handle.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "warm.h"

enum { start_patience_ms = 10000, end_patience_ms = 2000 };

// Has the demuxer read the file, or the address, and send what it reads over the channel.
static int ask(const csb_input *input, int channel, int file) {
    csb_call call = {.request.type = csb_relay_request,
                     .descriptors = {channel, file},
                     .descriptor_count = file >= 0 ? 2 : 1,
                     .patience_ms = start_patience_ms};
    csb_lane *lane = csb_lane_take(input->demuxer, 0);
    csb_reply reply;
    int code = csb_input_write(input, lane, &call.request.open);
    if (code == 0) code = csb_lane_ask(input->demuxer, lane, &call, &reply);
    csb_lane_give(input->demuxer, lane);
    return code;
}

int csb_input_get_workers(csb_input *input) {
    const cfs_options *options = &input->options;
    bool split = csb_input_needs_sockets(options);
    int code = csb_worker_get(csb_input_is_document(options) ? csb_for_documents : csb_for_video, &input->worker);
    if (code == 0 && split) code = csb_worker_get(csb_for_demuxing, &input->demuxer);
    // Whoever reads has its bytes fetched, or its host's name resolved.
    if (code == 0 && options->is_url) code = csb_worker_fetch(split ? input->demuxer : input->worker, options);
    return code;
}

void csb_input_release_workers(csb_input *input) {
    if (input->worker) {
        // The worker lives as long as its pictures, and may not care for what it is told.
        if (input->worker->fetching) csb_source_service_cancel(input->worker->fetching);
        csb_worker_tell(input->worker, (csb_notice){.type = csb_cancel_notice});
        csb_worker_release(input->worker);
    }
    if (input->demuxer) csb_worker_release(input->demuxer);
}

void csb_input_cancel(csb_input *input) {
    csb_worker_cancel(input->worker);
    if (input->demuxer) csb_worker_cancel(input->demuxer);
}

int csb_input_connect(csb_input *input, int *descriptor) {
    int code = csb_input_open(input, descriptor);
    if (code < 0 || !input->demuxer) return code;
    int ends[2], file = *descriptor;
    *descriptor = -1;
    code = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0 ? -errno : 0;
    if (code == 0) {
        code = ask(input, ends[1], file);
        close(ends[1]);
        input->options.relayed = true;
        if (code == 0) *descriptor = ends[0];
        else close(ends[0]);
    }
    if (file >= 0) close(file);
    return code;
}

int csb_input_cause(csb_input *input, int code) {
    if (code != -EPIPE || !input->demuxer) return code;
    csb_call call = {.request.type = csb_sampler_report_request, .patience_ms = end_patience_ms};
    csb_lane *lane = csb_lane_take(input->demuxer, -1);
    csb_reply reply;
    int cause = csb_lane_ask(input->demuxer, lane, &call, &reply);
    csb_lane_give(input->demuxer, lane);
    return cause < 0 ? cause : code;
}
