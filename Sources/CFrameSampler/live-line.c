#include "live-line.h"

static live_packet *at(live_line *line, int index) { return &line->packets[(line->head + index) % line_capacity]; }

static live_due *due_at(live_line *line, int index) { return &line->due[(line->due_head + index) % due_capacity]; }

void cfs_line_init(live_line *line, cfs_mode mode, int64_t interval_ns, AVRational time_base, int64_t held_limit) {
    memset(line, 0, sizeof *line);
    line->mode = mode;
    line->interval_ns = interval_ns;
    line->time_base = time_base;
    line->held_limit = held_limit;
    line->waits_for_cut = true;
    line->reordering.depth = cfs_longest_reordering;
    line->continuity = -1;
    line->last_clock = AV_NOPTS_VALUE;
    line->assigned_sequence = -1;
}

live_packet *cfs_line_find(live_line *line, int64_t sequence) {
    if (line->count == 0) return NULL;
    int64_t index = sequence - at(line, 0)->sequence;
    return index >= 0 && index < line->count ? at(line, (int)index) : NULL;
}

// MARK: Forgetting

static void drop_front(live_line *line) {
    live_packet *front = at(line, 0);
    line->held_bytes -= front->packet->size;
    av_packet_unref(front->packet);
    av_buffer_unref(&front->extradata);
    line->head = (line->head + 1) % line_capacity;
    line->count--;
}

void cfs_line_free(live_line *line) {
    while (line->count > 0) drop_front(line);
    for (int i = 0; i < line_capacity; i++) av_packet_free(&line->packets[i].packet);
}

// Index of the first packet from `from` on that decoding can start at; `count` when there is none.
static int next_cut(live_line *line, int from) {
    int index = from;
    while (index < line->count && !at(line, index)->traits.cut) index++;
    return index;
}

// Whether a due picture needs what comes before this keyframe: because its own packet does, or because it is shown
// before the keyframe and may refer to the group before.
static bool is_needed_before(live_line *line, const live_packet *cut) {
    for (int i = 0; i < line->due_count; i++) {
        const live_due *due = due_at(line, i);
        if (due->dropped || due->repeated) continue;
        if (due->sequence < cut->sequence || (due->epoch == cut->epoch && due->pts < cut->pts)) return true;
    }
    return false;
}

// Whether every position to come is served by this keyframe or by what follows it.
static bool serves_the_rest(const live_line *line, const live_packet *cut) {
    if (cut->epoch != line->epoch) return false;
    return !cfs_grid_next_is_before(&line->grid, cut->pts);
}

void cfs_line_trim(live_line *line, int64_t sent) {
    while (line->count > 0 && at(line, 0)->sequence < sent) drop_front(line);
    for (int cut = next_cut(line, 1); cut < line->count; cut = next_cut(line, 1)) {
        const live_packet *start = at(line, cut);
        bool earlier_epoch = at(line, 0)->epoch < start->epoch && start->epoch <= line->epoch;
        if (is_needed_before(line, start) || !(earlier_epoch || serves_the_rest(line, start))) return;
        for (int i = 0; i < cut; i++) drop_front(line);
    }
}

static void give_up_before(live_line *line, int64_t sequence) {
    for (int i = 0; i < line->due_count; i++) {
        live_due *due = due_at(line, i);
        if (due->sequence >= sequence || due->dropped || due->repeated) continue;
        due->dropped = true;
        line->dropped += due->count;
    }
}

// While too much is held, the oldest group is given up; when there is only one, everything until the next keyframe.
static void make_room(live_line *line) {
    while (line->held_bytes > line->held_limit || line->count == line_capacity) {
        int cut = next_cut(line, 1);
        bool whole = cut == line->count;
        give_up_before(line, whole ? INT64_MAX : at(line, cut)->sequence);
        line->unusable += cut;
        for (int i = 0; i < cut; i++) drop_front(line);
        if (whole) line->waits_for_cut = true;
    }
}

int cfs_line_hold(live_line *line, AVPacket *packet, AVBufferRef *extradata, cfs_packet_traits traits, int64_t now_ns) {
    make_room(line);
    live_packet *place = at(line, line->count);
    if (!place->packet && !(place->packet = av_packet_alloc())) return AVERROR(ENOMEM);
    AVBufferRef *parameters = extradata ? av_buffer_ref(extradata) : NULL;
    if (extradata && !parameters) return AVERROR(ENOMEM);
    AVPacket *kept = place->packet;
    av_packet_move_ref(kept, packet);
    *place = (live_packet){
        .packet = kept,
        .extradata = parameters,
        .traits = traits,
        .sequence = line->next_sequence++,
        .pts = kept->pts,
        .stated_pts = kept->pts - line->shift,
        .duration = kept->duration,
        .received_ns = now_ns,
        .epoch = line->epoch,
    };
    line->count++;
    line->held_bytes += kept->size;
    return 0;
}

// MARK: Positions

static void add_due(live_line *line, live_due due) {
    live_due *last = line->due_count > 0 ? due_at(line, line->due_count - 1) : NULL;
    bool joins =
        last && last->continuity == due.continuity && last->sequence == due.sequence && last->dropped == due.dropped;
    if (joins) {
        last->count += due.count;
        return;
    }
    if (line->due_count == due_capacity) {
        live_due *first = due_at(line, 0), *second = due_at(line, 1);
        line->dropped += first->dropped ? 0 : first->count;
        if (first->continuity == second->continuity) {
            // The oldest two become one that is given up.
            line->dropped += second->dropped ? 0 : second->count;
            second->first_ns = first->first_ns;
            second->count += first->count;
            second->gap_ns = first->gap_ns;
            second->dropped = true;
        } else {
            // Their positions do not follow one another: the oldest become part of the gap between them.
            second->gap_ns += first->gap_ns + second->first_ns - first->first_ns;
        }
        line->due_head = (line->due_head + 1) % due_capacity;
        line->due_count--;
    }
    *due_at(line, line->due_count++) = due;
}

// The picture on screen at the next position; NULL when it is not held any more. `following` receives the next one to
// come on screen, NULL when it was not received yet.
static live_packet *on_screen(live_line *line, live_packet **following) {
    live_packet *best = NULL, *after = NULL;
    int64_t next_pts = cfs_grid_next_pts(&line->grid);
    for (int i = line->count - 1; i >= 0; i--) {
        live_packet *packet = at(line, i);
        if (packet->epoch != line->epoch) break;
        if (packet->traits.hidden) continue;
        if (packet->pts <= next_pts) {
            if (!best || packet->pts > best->pts) best = packet;
        } else if (!after || packet->pts < after->pts) {
            after = packet;
        }
    }
    *following = after;
    return best;
}

// All positions that one picture serves become due at once. A picture that was due already stays the one on screen as
// long as there is none newer.
void cfs_line_assign_before(live_line *line, int64_t limit, int64_t now_ns) {
    while (line->anchored && cfs_grid_next_is_before(&line->grid, limit)) {
        live_packet *following, *shown = on_screen(line, &following);
        int64_t until = following && following->pts < limit ? following->pts : limit;
        bool was_assigned = line->assigned_sequence >= 0 && (!shown || shown->pts <= line->assigned_pts);
        live_due due = {
            .first_ns = line->base_ns + cfs_grid_position(&line->grid, line->grid.next),
            .count = cfs_grid_count_before(&line->grid, until) - line->grid.next,
            .continuity = line->continuity,
            .epoch = line->epoch,
            .due_ns = now_ns,
            .received_ns = now_ns,
            .gap_ns = line->gap_ns,
        };
        line->gap_ns = 0;
        if (was_assigned) {
            due.sequence = line->assigned_sequence;
            due.pts = line->assigned_pts;
            due.stated_pts = line->assigned_stated;
            due.repeated = true;
        } else if (shown) {
            due.sequence = line->assigned_sequence = shown->sequence;
            due.pts = line->assigned_pts = shown->pts;
            due.stated_pts = line->assigned_stated = shown->stated_pts;
            due.received_ns = shown->received_ns;
        } else {
            due.sequence = -1;
            due.dropped = true;
            line->dropped += due.count;
        }
        line->grid.next += due.count;
        line->free_ns = due.first_ns + (due.count - 1) * line->interval_ns + 1;
        add_due(line, due);
    }
}

int64_t cfs_line_settled(const live_line *line) {
    int64_t settled = INT64_MIN;
    for (int i = line->count - 1; i >= 0 && i >= line->count - 4 * cfs_longest_reordering; i--) {
        const live_packet *packet = &line->packets[(line->head + i) % line_capacity];
        if (packet->pts <= line->watermark && packet->pts > settled) settled = packet->pts;
    }
    return settled;
}

bool cfs_line_is_long(const live_line *line) {
    return line->mode == CFS_MODE_EXACT && line->count > 0
        && (line->held_bytes > line->held_limit / 4 || line->count > line_capacity / 2);
}

int64_t cfs_line_position(const live_line *line, int64_t pts) {
    return line->base_ns + av_rescale_q(pts - line->grid.origin_pts, line->time_base, cfs_nanoseconds);
}
