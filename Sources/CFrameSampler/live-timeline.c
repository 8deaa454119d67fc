#include "live-timeline.h"

static const int64_t longest_claim_ns = longest_claim_s * 1000000000LL;

static int64_t to_ns(const live_line *line, int64_t units) {
    return av_rescale_q(units, line->time_base, cfs_nanoseconds);
}

static int64_t longest_claim(const live_line *line) {
    return av_rescale_q(longest_claim_ns, cfs_nanoseconds, line->time_base);
}

static void raise_watermark(live_line *line, int64_t pts, int64_t dts) {
    // What comes later is decoded later, and shown no earlier than it is decoded.
    bool is_sure = dts != AV_NOPTS_VALUE && dts <= pts;
    int64_t settled = is_sure ? dts : cfs_reordering_add(&line->reordering, pts);
    line->watermark = FFMAX(line->watermark, settled);
}

// Nothing is added to the stretch so far: its last picture stays on screen to its end.
static void close_stretch(live_line *line, int64_t now_ns) {
    if (line->anchored) cfs_line_assign_before(line, line->last_pts + line->last_duration, now_ns);
}

void cfs_line_shift(const live_line *line, AVPacket *packet) {
    packet->pts += line->shift;
    if (packet->dts != AV_NOPTS_VALUE) packet->dts += line->shift;
}

static bool starts_anew(const live_line *line, int64_t clock, bool has_dts, int64_t now_ns) {
    // Decoding times go forward, but for errors where FFmpeg guesses them. Without them there are the times of
    // pictures, which go back as far as pictures are reordered.
    enum { guess_ns = 200000000, reordering_ns = 1000000000 };
    if (line->last_clock == AV_NOPTS_VALUE) return true;
    int64_t step = to_ns(line, clock - line->last_clock);
    if (step < -(has_dts && line->last_had_dts ? guess_ns : reordering_ns)) return true;
    return step > now_ns - line->last_received_ns + longest_claim_ns;
}

// Timestamps begin again: positions go on where the last picture ended, later by the time in which nothing came. The
// packet is not shifted any more. Returns what it had been shifted by.
static int64_t begin_continuity(live_line *line, AVPacket *packet, int64_t now_ns) {
    int64_t shift = line->shift;
    line->shift = -shift;
    cfs_line_shift(line, packet);
    line->shift = 0;
    close_stretch(line, now_ns);
    if (line->anchored) {
        int64_t length = to_ns(line, line->last_duration), silence = now_ns - line->last_received_ns;
        int64_t end_ns = cfs_line_position(line, line->last_pts) + (silence > length ? silence : length);
        // Packets that nobody sees may have settled positions beyond the last picture.
        line->base_ns = FFMAX(end_ns, line->free_ns);
        line->gap_ns = silence > length ? silence - length : 0;
    }
    line->continuity++;
    line->epoch++;
    line->anchored = false;
    line->waits_for_cut = true;
    line->reordering.count = 0;
    line->watermark = INT64_MIN;
    line->assigned_sequence = -1;
    return shift;
}

// Whether only the timestamps jump, in the middle of a group and without a pause: RTSP servers tell what their first
// timestamps mean only after some packets.
static bool goes_on(const live_line *line, cfs_packet_traits traits, int64_t now_ns) {
    enum { pause_ns = 300000000 };
    return line->anchored && !line->waits_for_cut && !traits.cut && now_ns - line->last_received_ns < pause_ns;
}

// Shifts timestamps from this packet on, so that it follows the one before. Returns minus what was added.
static int64_t shift_on(live_line *line, AVPacket *packet) {
    int64_t wanted = line->last_pts + line->last_duration;
    int64_t more = wanted - packet->pts;
    packet->pts += more;
    if (packet->dts != AV_NOPTS_VALUE) packet->dts += more;
    line->shift += more;
    return -more;
}

// Whether decoding can go on with this packet. Streams that refresh bit by bit have no keyframe at which decoding can
// start: after some keyframes, or very many packets, it starts all the same.
static bool admits(live_line *line, const AVPacket *packet, cfs_packet_traits *traits) {
    if (!line->waits_for_cut) return true;
    bool is_key = (packet->flags & AV_PKT_FLAG_KEY) != 0;
    if (is_key && !traits->cut) line->keys_without_cut++;
    bool is_enough = (is_key && line->keys_without_cut >= 3) || ++line->packets_without_cut >= 600;
    traits->cut |= is_enough;
    if (!traits->cut) return false;
    line->waits_for_cut = false;
    line->keys_without_cut = line->packets_without_cut = 0;
    return true;
}

static void note_shown(live_line *line, const AVPacket *packet, cfs_packet_traits traits) {
    if (traits.hidden || (line->anchored && packet->pts <= line->last_pts)) return;
    int64_t duration = packet->duration > 0 ? packet->duration : packet->pts - line->last_pts;
    line->last_duration = FFMAX(1, FFMIN(duration, longest_claim(line)));
    line->last_pts = packet->pts;
}

void cfs_line_settle(const live_line *line, AVPacket *packet, int64_t now_ns) {
    bool has_dts = packet->dts != AV_NOPTS_VALUE;
    if (packet->pts == AV_NOPTS_VALUE) {
        packet->pts = has_dts ? packet->dts : av_rescale_q(now_ns, cfs_nanoseconds, line->time_base);
    } else if (has_dts) {
        int64_t ahead = packet->pts - packet->dts, claim = longest_claim(line);
        if (ahead > claim || ahead < -claim) packet->pts = packet->dts;
    }
}

int cfs_line_push(live_line *line, AVPacket *packet, AVBufferRef *extradata, bool parameters_changed,
                  cfs_packet_traits traits, int64_t now_ns) {
    bool has_dts = packet->dts != AV_NOPTS_VALUE;
    cfs_line_settle(line, packet, now_ns);
    cfs_line_shift(line, packet);
    int64_t clock = has_dts ? packet->dts : packet->pts;
    if (starts_anew(line, clock, has_dts, now_ns)) {
        clock -= goes_on(line, traits, now_ns) ? shift_on(line, packet) : begin_continuity(line, packet, now_ns);
    } else if (parameters_changed) {
        close_stretch(line, now_ns);
        line->epoch++;
        line->waits_for_cut = true;
        line->assigned_sequence = -1;
    }
    line->last_clock = clock;
    line->last_had_dts = has_dts;
    line->last_received_ns = now_ns;

    bool usable = admits(line, packet, &traits);
    if (usable && !line->anchored) {
        line->grid = (cfs_grid){
            .origin_pts = packet->pts,
            .time_base = line->time_base,
            .interval_ns = line->interval_ns,
            .end_ns = INT64_MAX,
        };
        line->anchored = true;
        line->last_pts = packet->pts - 1;
    }
    if (!usable) line->unusable++;
    if (line->anchored) {
        note_shown(line, packet, traits);
        raise_watermark(line, packet->pts, packet->dts);
    }
    bool wanted = usable && (line->mode == CFS_MODE_EXACT || traits.cut);
    int code = wanted ? cfs_line_hold(line, packet, extradata, traits, now_ns) : 0;
    if (code < 0) return code;
    av_packet_unref(packet);
    if (line->anchored && line->watermark != INT64_MIN) cfs_line_assign_before(line, line->watermark + 1, now_ns);
    return 0;
}

void cfs_line_end(live_line *line, int64_t now_ns) {
    close_stretch(line, now_ns);
    line->ended = true;
}
