#include "plan.h"

// Packets held back before a group without a new keyframe is decoded in pieces.
enum { piece_bytes = 16 * 1024 * 1024, piece_packets = 2048 };

static const AVRational nanoseconds = {1, 1000000000};

// MARK: The grid

int64_t cfs_grid_position(const cfs_grid *grid, int64_t index) {
    if (!grid->stretches) return grid->start_ns + index * grid->interval_ns;
    int64_t low = 0, high = grid->stretch_count - 1;
    while (low < high) {
        int64_t middle = (low + high + 1) / 2;
        if (grid->stretches[middle].first_index <= index) low = middle;
        else high = middle - 1;
    }
    const cfs_stretch *stretch = &grid->stretches[low];
    int64_t beyond = index - stretch->first_index;
    return beyond < stretch->count ? stretch->start_ns + beyond * grid->interval_ns : INT64_MAX;
}

bool cfs_grid_finished(const cfs_grid *grid) {
    return (grid->max_samples > 0 && grid->next >= grid->max_samples)
        || cfs_grid_position(grid, grid->next) >= grid->end_ns;
}

bool cfs_grid_next_is_before(const cfs_grid *grid, int64_t pts) {
    if (cfs_grid_finished(grid)) return false;
    if (pts == INT64_MAX) return true;
    return av_compare_ts(
               pts - grid->origin_pts, grid->time_base, cfs_grid_position(grid, grid->next), nanoseconds) > 0;
}

// MARK: Taking packets

void cfs_plan_init(cfs_plan *plan, cfs_grid grid, bool keyframes_only) {
    memset(plan, 0, sizeof *plan);
    plan->grid = grid;
    plan->keyframes_only = keyframes_only;
    plan->watermark = INT64_MIN;
    plan->decided_pts = INT64_MIN;
    plan->last_pts = AV_NOPTS_VALUE;
    plan->linked = true; // leading pictures of the first group are all there is
}

static int grow(cfs_entry ***array, size_t count, size_t *capacity) {
    if (count < *capacity) return 0;
    size_t larger = *capacity ? *capacity * 2 : 64;
    cfs_entry **grown = av_realloc_array(*array, larger, sizeof **array);
    if (!grown) return AVERROR(ENOMEM);
    *array = grown;
    *capacity = larger;
    return 0;
}

// Keyframes come in order; other pictures at most 16 packets late.
static void raise_watermark(cfs_plan *plan, int64_t pts) {
    int depth = plan->keyframes_only ? 1 : 17;
    int at = plan->newest_count;
    while (at > 0 && plan->newest[at - 1] > pts) at--;
    if (plan->newest_count == depth) {
        if (at == 0) return;
        memmove(plan->newest, plan->newest + 1, (size_t)(at - 1) * sizeof *plan->newest);
        at--;
    } else {
        memmove(plan->newest + at + 1, plan->newest + at, (size_t)(plan->newest_count - at) * sizeof *plan->newest);
        plan->newest_count++;
    }
    plan->newest[at] = pts;
    if (plan->newest_count == depth) plan->watermark = plan->newest[0];
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
    for (size_t i = 0; i < plan->order_count; i++) {
        cfs_entry *entry = plan->order[i];
        int64_t end = i + 1 < plan->order_count && plan->order[i + 1]->pts < limit ? plan->order[i + 1]->pts : limit;
        while (entry->pts < end && cfs_grid_next_is_before(&plan->grid, end)) {
            if (entry->count++ == 0) entry->first = plan->grid.next;
            plan->grid.next++;
        }
    }
    ptrdiff_t last = shown_at_or_before(plan, limit);
    if (last > 0) plan->decided_pts = plan->order[last - 1]->pts;
}

int cfs_plan_add(cfs_plan *plan, cfs_entry *entry) {
    bool candidate = !entry->traits.hidden && (!plan->keyframes_only || entry->traits.cut);
    if (entry->pts == AV_NOPTS_VALUE || (candidate && entry->pts < plan->watermark)) {
        plan->failed = true;
        return 0;
    }
    entry->shown = candidate && entry->pts >= plan->grid.origin_pts;
    if (entry->shown) {
        ptrdiff_t before = shown_at_or_before(plan, entry->pts);
        if (before >= 0 && plan->order[before]->pts == entry->pts) {
            plan->failed = true;
            return 0;
        }
        if (grow(&plan->order, plan->order_count, &plan->order_capacity) < 0) return AVERROR(ENOMEM);
        size_t at = (size_t)(before + 1);
        memmove(plan->order + at + 1, plan->order + at, (plan->order_count - at) * sizeof *plan->order);
        plan->order[at] = entry;
        plan->order_count++;
    }
    if (grow(&plan->pending, plan->pending_count, &plan->pending_capacity) < 0) return AVERROR(ENOMEM);
    plan->pending[plan->pending_count++] = entry;
    plan->pending_bytes += (size_t)entry->packet->size;
    int64_t old_watermark = plan->watermark;
    if (candidate) raise_watermark(plan, entry->pts);
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

static size_t next_cut(const cfs_plan *plan) {
    for (size_t i = 1; i < plan->pending_count; i++)
        if (plan->pending[i]->traits.cut) return i;
    return plan->pending_count;
}

static bool leading_is_wanted(const cfs_plan *plan, size_t cut) {
    for (size_t i = cut + 1; i < plan->pending_count && !plan->pending[i]->traits.cut; i++)
        if (plan->pending[i]->count > 0 && plan->pending[i]->pts < plan->pending[cut]->pts) return true;
    return false;
}

// Moves the first `count` pending packets into `piece`.
static int move_to_piece(cfs_plan *plan, size_t count, cfs_piece *piece) {
    piece->entries = av_malloc_array(count, sizeof *piece->entries);
    if (!piece->entries) return AVERROR(ENOMEM);
    memcpy(piece->entries, plan->pending, count * sizeof *piece->entries);
    piece->count = count;
    for (size_t i = 0; i < count; i++) {
        piece->bytes += (size_t)piece->entries[i]->packet->size;
        piece->entries[i]->released = true;
        if (piece->entries[i]->count > 0) piece->needed = i + 1;
    }
    plan->pending_bytes -= piece->bytes;
    plan->pending_count -= count;
    memmove(plan->pending, plan->pending + count, plan->pending_count * sizeof *plan->pending);
    size_t kept = 0;
    for (size_t i = 0; i < plan->order_count; i++) {
        if (!plan->order[i]->released) plan->order[kept++] = plan->order[i];
    }
    plan->order_count = kept;
    return 1;
}

// Everything from the front that is decided, when a group is too long to wait for its end.
static size_t decided_prefix(const cfs_plan *plan, size_t limit) {
    size_t count = 0;
    while (count < limit && (!plan->pending[count]->shown || plan->pending[count]->pts <= plan->decided_pts)) count++;
    return count;
}

int cfs_plan_take(cfs_plan *plan, cfs_piece *piece) {
    memset(piece, 0, sizeof *piece);
    if (plan->pending_count == 0) return 0;
    size_t cut = next_cut(plan);
    bool whole = cut < plan->pending_count || plan->ended;
    if (whole && !plan->ended) {
        bool settled = decided_prefix(plan, cut) == cut && plan->pending[cut]->pts < plan->watermark;
        if (!settled) return 0;
    }
    if (!whole && plan->pending_bytes < piece_bytes && plan->pending_count < piece_packets) return 0;

    size_t count = whole ? cut : decided_prefix(plan, plan->pending_count);
    if (count == 0) return 0;
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
    av_freep(&plan->pending);
    av_freep(&plan->order);
    plan->pending_count = plan->order_count = 0;
}
