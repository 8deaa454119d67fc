// Decoding everything: the timestamps of the pictures themselves say which positions each gets.
#include "decode.h"

typedef struct whole_run {
    cfs_chain_port port;
    cfs_grid grid;
    bool has_origin;
    int64_t shift;       // added to pts, after a timestamp that went backwards
    int64_t current_end; // of `previous`, shifted
    int64_t stated_pts;  // of `previous`, as the stream states it
    bool current_damaged, previous_given;
    int64_t failures; // seen when `previous` came
} whole_run;

// Gives `previous` the positions before `limit`.
static int give_to_previous(cfs_decoder *decoder, whole_run *run, int64_t limit) {
    int64_t first = run->grid.next, count = cfs_grid_count_before(&run->grid, limit) - first;
    if (count <= 0) return 0;
    run->grid.next += count;
    cfs_delivery delivery = {.first = first,
                             .count = count,
                             .pts = run->stated_pts,
                             .damaged = run->current_damaged,
                             .reused = run->previous_given};
    run->previous_given = true;
    if (!(delivery.frame = av_frame_clone(decoder->previous))) return AVERROR(ENOMEM);
    return run->port.deliver(run->port.context, delivery) ? 0 : stop_requested;
}

// Gives the positions before `limit`, where the next picture begins. If a picture in between failed to decode, it is
// not known what was on screen after the previous one ended.
static int give_positions(cfs_decoder *decoder, whole_run *run, int64_t limit) {
    int code = 0;
    if (decoder->failures > run->failures && run->current_end < limit) {
        code = give_to_previous(decoder, run, run->current_end);
        run->current_damaged = true;
    }
    return code ? code : give_to_previous(decoder, run, limit);
}

static int choose_picture(cfs_decoder *decoder, void *state) {
    whole_run *run = state;
    AVFrame *frame = decoder->frame;
    bool first = !decoder->previous->buf[0];
    int64_t stated = frame->best_effort_timestamp;
    if (stated == AV_NOPTS_VALUE) stated = first ? 0 : run->current_end - run->shift;
    // Where time stands still or runs backwards (joined recordings), the timeline goes on.
    if (!first && stated + run->shift <= decoder->previous->pts) run->shift = run->current_end - stated;
    int64_t pts = stated + run->shift;
    if (!run->has_origin) {
        run->grid.origin_pts = pts;
        run->has_origin = true;
    }
    int code = first ? 0 : give_positions(decoder, run, pts);
    if (code) return code;
    int64_t gap = first ? 0 : pts - decoder->previous->pts;
    int64_t duration = cfs_frame_duration(frame);
    if (duration <= 0) duration = decoder->frame_duration > 0 ? decoder->frame_duration : gap > 0 ? gap : 1;
    av_frame_unref(decoder->previous);
    code = av_frame_ref(decoder->previous, frame);
    decoder->previous->pts = pts;
    run->stated_pts = stated;
    run->current_end = pts + duration;
    run->current_damaged = cfs_decoder_is_damaged(decoder, cfs_frame_tag(frame));
    run->failures = decoder->failures;
    run->previous_given = false;
    return code;
}

int cfs_decode_everything(cfs_decoder *decoder, cfs_chain_port port, cfs_grid grid, bool has_origin, int64_t *end_ns) {
    whole_run run = {.port = port, .grid = grid, .has_origin = has_origin};
    cfs_piece *piece;
    int code = 0;
    cfs_decoder_reset(decoder);
    while (!code) {
        if (!port.next_piece(port.context, &piece)) return 0;
        if (!piece) break;
        for (size_t i = 0; i < piece->count && !code; i++)
            code = cfs_decoder_send(decoder, piece->entries[i], false, choose_picture, &run);
        port.forget_pieces(port.context);
        if (cfs_grid_finished(&run.grid)) code = stop_requested;
    }
    bool complete = code == 0;
    if (complete) code = cfs_decoder_drain(decoder, choose_picture, &run);
    if (!code && complete && decoder->previous->buf[0]) {
        code = give_positions(decoder, &run, run.current_end);
        int64_t length = run.current_end - run.grid.origin_pts;
        *end_ns = av_rescale_q(FFMAX(0, length), run.grid.time_base, cfs_nanoseconds);
    }
    cfs_decoder_reset(decoder);
    return code < 0 ? code : 0;
}
