#include "live-decode.h"

#include "clock.h"
#include "live-state.h"

// What the decoder is run for.
typedef struct decode_aim {
    bool for_picture;
    int64_t pts;
    AVFrame *frame; // the picture, once found
    bool damaged;
    bool found;
} decode_aim;

static int choose(cfs_decoder *decoder, void *state) {
    decode_aim *aim = state;
    AVFrame *frame = decoder->frame;
    if (!aim->for_picture || frame->pts < aim->pts) return 0;
    // Where a later picture comes, the one that was announced does not exist, or could not be decoded.
    aim->found = true;
    aim->damaged = frame->pts > aim->pts || cfs_decoder_is_damaged(decoder, cfs_frame_tag(frame));
    if (frame->pts > aim->pts) atomic_fetch_add(&decoder->counters->failures, 1);
    else if (!(aim->frame = av_frame_clone(frame))) return AVERROR(ENOMEM);
    return stop_requested;
}

static int make_decoder(cfs_live *live, const AVBufferRef *extradata) {
    cfs_decoder_free(&live->decoder);
    AVCodecParameters *parameters = avcodec_parameters_alloc();
    int code = parameters ? cfs_live_parameters(live, extradata, parameters) : AVERROR(ENOMEM);
    if (code >= 0) code = cfs_runner_make_decoder(&live->run, parameters, &live->decoder);
    avcodec_parameters_free(&parameters);
    return code;
}

// The last keyframe from which the picture can be decoded. NULL when it is gone.
static live_packet *start_for(live_line *line, int64_t sequence, int64_t pts, int epoch) {
    for (int64_t s = sequence; s >= 0; s--) {
        live_packet *packet = cfs_line_find(line, s);
        if (!packet || packet->epoch != epoch) return NULL;
        if (packet->traits.cut && packet->pts <= pts) return packet;
    }
    return NULL;
}

// Puts the decoder where the picture can be reached from, with the lock held. 1, 0 when it cannot, or an error.
static int position_decoder(cfs_live *live, int64_t sequence, int64_t pts, int epoch) {
    bool under_way = live->decoder && live->decoder_epoch == epoch && live->sent >= 0 && !live->drained;
    live_packet *start = start_for(&live->line, sequence, pts, epoch);
    if (under_way && (!start || start->sequence < live->sent)) {
        // It goes on from where it stands, unless packets in between were given up.
        live_packet *front = live->line.count > 0 ? &live->line.packets[live->line.head] : NULL;
        return !front || front->sequence <= live->sent || sequence < live->sent;
    }
    if (!start) return 0;
    AVBufferRef *extradata = start->extradata;
    live->sent = start->sequence;
    live->floor_pts = start->pts;
    if (live->decoder && (live->decoder_epoch == epoch)) {
        cfs_decoder_reset(live->decoder);
    } else {
        int code = make_decoder(live, extradata);
        if (code < 0) return code;
    }
    live->decoder_epoch = epoch;
    live->drained = false;
    return 1;
}

// Sends the next packet, or, at the end of an epoch, drains the decoder. Called with the lock held, which is given up
// meanwhile. 1 = done, 0 = packets have to come first, or an error.
static int advance(cfs_live *live, AVPacket *work, int64_t aimed_at, decode_aim *aim) {
    const live_line *line = &live->line;
    live_packet *next = cfs_line_find(&live->line, live->sent);
    bool is_over = live->sent >= line->next_sequence && (line->ended || line->epoch != live->decoder_epoch);
    bool drains = is_over || (next && next->epoch != live->decoder_epoch);
    // Where only keyframes are decoded, nothing refers to what was sent before.
    drains |= live->run.options.mode == CFS_MODE_KEYFRAMES && live->sent > aimed_at;
    if (!next && !drains) return 0;
    int code = 0;
    if (drains) {
        pthread_mutex_unlock(&live->run.lock);
        code = cfs_decoder_drain(live->decoder, choose, aim);
        pthread_mutex_lock(&live->run.lock);
        live->drained = true;
        return code < 0 ? code : 1;
    }
    bool is_leading = next->pts < live->floor_pts;
    cfs_entry entry = {.packet = work, .pts = next->pts, .duration = next->duration, .traits = next->traits};
    // Also a keyframe at which decoding could not start ends the damage of what failed before it.
    entry.traits.cut |= (next->packet->flags & AV_PKT_FLAG_KEY) != 0;
    code = is_leading ? 0 : av_packet_ref(work, next->packet);
    bool skippable = live->decoder->skips_unreferenced && !next->traits.sub_layered && next->sequence < aimed_at;
    live->sent++;
    if (code < 0 || is_leading) return code < 0 ? code : 1;
    pthread_mutex_unlock(&live->run.lock);
    code = cfs_decoder_send(live->decoder, &entry, skippable, choose, aim);
    av_packet_unref(work);
    pthread_mutex_lock(&live->run.lock);
    cfs_line_trim(&live->line, live->sent);
    return code < 0 ? code : 1;
}

static void pop_due(cfs_live *live, AVFrame *frame, bool damaged) {
    live_line *line = &live->line;
    live_out *out = &live->out[(live->out_head + live->out_count++) % out_capacity];
    *out = (live_out){.due = line->due[line->due_head], .frame = frame, .damaged = damaged};
    live->has_news = true;
    line->due_head = (line->due_head + 1) % due_capacity;
    line->due_count--;
}

// How the last picture given out fared; positions that repeat it fare the same.
typedef struct last_fate {
    bool damaged, dropped;
} last_fate;

static void drop(live_line *line, live_due *due) {
    if (!due->dropped) line->dropped += due->count;
    due->dropped = true;
}

// Puts out the picture of the first due position, unless that was given up while the lock was not held.
static void put_out(cfs_live *live, int64_t sequence, decode_aim *aim, last_fate *fate) {
    const live_line *line = &live->line;
    const live_due *due = &line->due[line->due_head];
    if (line->due_count > 0 && due->pts == aim->pts && due->sequence == sequence && !due->dropped) {
        *fate = (last_fate){.damaged = aim->damaged};
        if (aim->frame) live->width = aim->frame->width, live->height = aim->frame->height;
        pop_due(live, aim->frame, aim->damaged);
    } else {
        av_frame_free(&aim->frame);
    }
}

// Works on the first due picture. 1 = go on, 0 = packets have to come first, or an error.
static int serve_due(cfs_live *live, AVPacket *work, last_fate *fate) {
    live_line *line = &live->line;
    live_due *due = &line->due[line->due_head];
    if (due->repeated && !due->dropped) {
        if (fate->dropped) drop(line, due);
        pop_due(live, NULL, fate->damaged);
        return 1;
    }
    if (cfs_monotonic_ns() - due->due_ns > live->limits.max_lag_ms * 1000000) drop(line, due);
    int64_t sequence = due->sequence;
    decode_aim aim = {.for_picture = true, .pts = due->pts};
    int code = due->dropped ? 0 : position_decoder(live, sequence, due->pts, due->epoch);
    if (code < 0) return code;
    if (code == 0) {
        drop(line, due);
        *fate = (last_fate){.dropped = true};
        pop_due(live, NULL, false);
        return 1;
    }
    code = cfs_decoder_receive(live->decoder, choose, &aim);
    if (code >= 0 && !aim.found) code = advance(live, work, sequence, &aim);
    if (code < 0) return code;
    // The end of the epoch is reached, and the picture was not in it.
    if (!aim.found && live->drained) aim.found = aim.damaged = true;
    if (!aim.found) return code;
    put_out(live, sequence, &aim, fate);
    return 1;
}

// So much of one group is held that the decoder goes along with it, up to what may still be on screen.
static int go_along(cfs_live *live, AVPacket *work) {
    live_line *line = &live->line;
    live_packet *front = &line->packets[line->head];
    if (position_decoder(live, front->sequence, front->pts, front->epoch) != 1) return 0;
    live_packet *next = cfs_line_find(line, live->sent);
    if (!next || next->pts >= cfs_line_settled(line)) return 0;
    decode_aim aim = {.for_picture = false};
    return advance(live, work, INT64_MAX, &aim);
}

// Positions that wait are given up in time, even when nothing comes any more.
static void wait_for_change(cfs_live *live) {
    if (live->line.due_count > 0) cfs_runner_wait_until(&live->run, cfs_monotonic_ns() + 1000000000);
    else pthread_cond_wait(&live->run.changed, &live->run.lock);
}

static int decode_stream(cfs_live *live, AVPacket *work) {
    last_fate fate = {0};
    int code = 0;
    while (!live->run.stopping && code >= 0) {
        code = 0;
        if (live->line.due_count > 0) {
            if (live->out_count < out_capacity) code = serve_due(live, work, &fate);
        } else if (live->reading_done) {
            break;
        } else if (cfs_line_is_long(&live->line)) {
            code = go_along(live, work);
        }
        // A count of pictures would not tell, because the caller may have taken one meanwhile.
        if (live->has_news) {
            live->has_news = false;
            pthread_mutex_unlock(&live->run.lock);
            cfs_live_tell(live);
            pthread_mutex_lock(&live->run.lock);
        }
        if (code == 0) wait_for_change(live);
    }
    return code;
}

void *cfs_live_decode_thread(void *context) {
    cfs_live *live = context;
    AVPacket *work = av_packet_alloc();
    pthread_mutex_lock(&live->run.lock);
    while (!live->opened && !live->reading_done && !live->run.stopping)
        pthread_cond_wait(&live->run.changed, &live->run.lock);
    int code = work ? decode_stream(live, work) : AVERROR(ENOMEM);
    if (code < 0) {
        // There is no use in reading what is not decoded.
        live->end_code = code;
        live->run.stopping = true;
        atomic_store(&live->run.source.cancelled, true);
    }
    live->decoding_done = true;
    pthread_mutex_unlock(&live->run.lock);
    av_packet_free(&work);
    cfs_live_leave(live);
    return NULL;
}
