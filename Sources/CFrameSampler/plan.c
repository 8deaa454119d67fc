#include "plan.h"

// When so much of a group is held back and no keyframe has come, the group is decoded in pieces.
enum { piece_bytes = 16 * 1024 * 1024, piece_packets = 2048 };
// What is held at most: everything waits behind a picture that claims to be shown far later than its neighbors.
enum { held_bytes = 4 * piece_bytes, held_packets = 8 * piece_packets };

// MARK: Taking packets

void cfs_plan_init(cfs_plan *plan, cfs_grid grid, enum AVCodecID codec, bool keyframes_only) {
    memset(plan, 0, sizeof *plan);
    plan->grid = grid;
    plan->keyframes_only = keyframes_only;
    // Keyframes come in order.
    plan->reordering.depth = keyframes_only ? 1 : cfs_reordering_depth(codec);
    plan->watermark = INT64_MIN;
    plan->decided_pts = INT64_MIN;
    plan->last_pts = AV_NOPTS_VALUE;
    plan->linked = true; // leading pictures of the first group are all there is
}

// Makes room for one more at the end of a queue, in more memory or in that of entries that left.
static int grow(cfs_entry ***queue, size_t count, cfs_room *room) {
    size_t left = room->base ? (size_t)(*queue - room->base) : 0;
    if (left + count < room->capacity) return 0;
    if (room->capacity == 0 || left < room->capacity / 2) {
        size_t larger = room->capacity ? room->capacity * 2 : 64;
        cfs_entry **grown = av_realloc_array(room->base, larger, sizeof **queue);
        if (!grown) return AVERROR(ENOMEM);
        *room = (cfs_room){grown, larger};
        *queue = grown + left;
        return 0;
    }
    memmove(room->base, *queue, count * sizeof **queue);
    *queue = room->base;
    return 0;
}

// Index in `order` of the last picture shown at or before `pts`; -1 when there is none.
static ptrdiff_t shown_at_or_before(const cfs_plan *plan, int64_t pts) {
    size_t low = 0, high = plan->order_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (plan->order[middle]->pts <= pts) low = middle + 1;
        else high = middle;
    }
    return (ptrdiff_t)low - 1;
}

// Gives every position before `limit` to the picture on screen there.
static void give_positions(cfs_plan *plan, int64_t limit) {
    // Pictures up to `decided_pts` have all their positions.
    for (size_t i = (size_t)(shown_at_or_before(plan, plan->decided_pts) + 1); i < plan->order_count; i++) {
        cfs_entry *entry = plan->order[i];
        if (entry->pts >= limit) break;
        int64_t end = i + 1 < plan->order_count && plan->order[i + 1]->pts < limit ? plan->order[i + 1]->pts : limit;
        int64_t count = cfs_grid_count_before(&plan->grid, end) - plan->grid.next;
        if (count <= 0) continue;
        if (entry->count == 0) entry->first = plan->grid.next;
        entry->count += count;
        plan->grid.next += count;
    }
    ptrdiff_t last = shown_at_or_before(plan, limit);
    if (last > 0) plan->decided_pts = plan->order[last - 1]->pts;
}

// Whether no position can be served by what is shown from `pts` on.
static bool is_beyond_end(const cfs_grid *grid, int64_t pts) {
    return av_compare_ts(pts - grid->origin_pts, grid->time_base, grid->end_ns, cfs_nanoseconds) >= 0;
}

int cfs_plan_add(cfs_plan *plan, cfs_entry *entry) {
    bool candidate = !entry->traits.hidden && (!plan->keyframes_only || entry->traits.cut);
    if (plan->stuck || entry->pts == AV_NOPTS_VALUE || (candidate && entry->pts < plan->watermark)) {
        plan->failed = true;
        return 0;
    }
    entry->shown = candidate && entry->pts >= plan->grid.origin_pts && !is_beyond_end(&plan->grid, entry->pts);
    if (entry->shown) {
        ptrdiff_t before = shown_at_or_before(plan, entry->pts);
        if (before >= 0 && plan->order[before]->pts == entry->pts) {
            plan->failed = true;
            return 0;
        }
        if (grow(&plan->order, plan->order_count, &plan->order_room) < 0) return AVERROR(ENOMEM);
        size_t at = (size_t)(before + 1);
        memmove(plan->order + at + 1, plan->order + at, (plan->order_count - at) * sizeof *plan->order);
        plan->order[at] = entry;
        plan->order_count++;
    }
    if (grow(&plan->pending, plan->pending_count, &plan->pending_room) < 0) return AVERROR(ENOMEM);
    plan->pending[plan->pending_count++] = entry;
    plan->pending_bytes += (size_t)entry->packet->size;
    int64_t old_watermark = plan->watermark;
    if (candidate) plan->watermark = cfs_reordering_add(&plan->reordering, entry->pts);
    if (plan->watermark > old_watermark) give_positions(plan, plan->watermark);
    return 0;
}

void cfs_plan_note_end(cfs_plan *plan, const cfs_entry *entry) {
    if (entry->traits.hidden || entry->pts == AV_NOPTS_VALUE) return;
    if (plan->last_pts != AV_NOPTS_VALUE && entry->pts <= plan->last_pts) return;
    plan->last_pts = entry->pts;
    plan->last_duration = entry->duration;
}

void cfs_plan_end(cfs_plan *plan, int64_t end_pts) {
    give_positions(plan, end_pts);
    plan->watermark = INT64_MAX;
    plan->decided_pts = INT64_MAX;
    plan->ended = true;
}

// MARK: Giving pieces

static size_t next_cut(cfs_plan *plan) {
    size_t at = plan->without_cut > 0 ? plan->without_cut : 1;
    while (at < plan->pending_count && !plan->pending[at]->traits.cut) at++;
    plan->without_cut = at;
    return at;
}

static bool leading_is_wanted(const cfs_plan *plan, size_t cut) {
    for (size_t i = cut + 1; i < plan->pending_count && !plan->pending[i]->traits.cut; i++)
        if (plan->pending[i]->count > 0 && plan->pending[i]->pts < plan->pending[cut]->pts) return true;
    return false;
}

// Takes an entry out of `order`, moving the fewer of the others: mostly the first one goes.
static void remove_from_order(cfs_plan *plan, const cfs_entry *entry) {
    size_t at = (size_t)shown_at_or_before(plan, entry->pts);
    if (at < plan->order_count / 2) {
        memmove(plan->order + 1, plan->order, at * sizeof *plan->order);
        plan->order++;
    } else {
        memmove(plan->order + at, plan->order + at + 1, (plan->order_count - at - 1) * sizeof *plan->order);
    }
    plan->order_count--;
}

// Moves the first `count` pending packets into `piece`.
static int move_to_piece(cfs_plan *plan, size_t count, cfs_piece *piece) {
    piece->entries = av_malloc_array(count, sizeof *piece->entries);
    if (!piece->entries) return AVERROR(ENOMEM);
    memcpy(piece->entries, plan->pending, count * sizeof *piece->entries);
    piece->count = count;
    for (size_t i = 0; i < count; i++) {
        piece->bytes += (size_t)piece->entries[i]->packet->size;
        if (piece->entries[i]->shown) remove_from_order(plan, piece->entries[i]);
        if (piece->entries[i]->count > 0 || piece->entries[i]->checked) piece->needed = i + 1;
    }
    plan->pending_bytes -= piece->bytes;
    plan->pending_count -= count;
    plan->without_cut = 0;
    plan->pending += count;
    return 1;
}

// How many packets from the front are decided, up to `limit`.
static size_t decided_prefix(const cfs_plan *plan, size_t limit) {
    size_t count = 0;
    while (count < limit && (!plan->pending[count]->shown || plan->pending[count]->pts <= plan->decided_pts)) count++;
    return count;
}

// Nothing can be released, unless too much is held, which makes the plan stuck. Returns 0.
static int hold(cfs_plan *plan) {
    plan->stuck = plan->pending_bytes > held_bytes || plan->pending_count > held_packets;
    return 0;
}

int cfs_plan_take(cfs_plan *plan, cfs_piece *piece) {
    memset(piece, 0, sizeof *piece);
    if (plan->pending_count == 0) return 0;
    size_t cut = next_cut(plan);
    bool whole = cut < plan->pending_count || plan->ended;
    if (whole && !plan->ended) {
        bool settled = decided_prefix(plan, cut) == cut && plan->pending[cut]->pts < plan->watermark;
        if (!settled) return hold(plan);
    }
    if (!whole && plan->pending_bytes < piece_bytes && plan->pending_count < piece_packets) return 0;

    size_t count = whole ? cut : decided_prefix(plan, plan->pending_count);
    if (count == 0) return hold(plan);
    bool goes_on = whole ? cut < plan->pending_count && leading_is_wanted(plan, cut) : true;
    piece->closes = !goes_on;
    piece->skips_leading = !plan->linked;
    int code = move_to_piece(plan, count, piece);
    if (code < 0) return code;
    if (goes_on) piece->needed = piece->count;
    plan->linked = goes_on;
    return 1;
}

void cfs_plan_free(cfs_plan *plan) {
    av_freep(&plan->pending_room.base);
    av_freep(&plan->order_room.base);
    plan->pending = plan->order = NULL;
    plan->pending_count = plan->order_count = 0;
}
