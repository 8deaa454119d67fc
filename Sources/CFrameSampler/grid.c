#include "grid.h"

cfs_grid cfs_grid_of(const cfs_options *options) {
    int64_t limit = options->max_duration_ns > 0 ? options->max_duration_ns : INT64_MAX / 4;
    int64_t end = options->duration_ns > 0 ? options->start_ns + options->duration_ns : limit;
    return (cfs_grid){
        .interval_ns = options->interval_ns,
        .start_ns = options->start_ns,
        .end_ns = end < limit ? end : limit,
        .max_samples = options->max_samples,
        .stretches = options->stretches,
        .stretch_count = options->stretch_count,
    };
}

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

// Positions of one stretch, from `start_ns` on, before `pts`. In 128 bits, so that no pts and no time base overflows.
static int64_t count_in_stretch(const cfs_grid *grid, int64_t start_ns, int64_t pts) {
    __int128 den = grid->time_base.den;
    __int128 time = ((__int128)pts - grid->origin_pts) * grid->time_base.num * cfs_nanoseconds.den;
    __int128 end = (__int128)grid->end_ns * den;
    __int128 beyond = (pts == INT64_MAX || time > end ? end : time) - (__int128)start_ns * den;
    if (beyond <= 0) return 0;
    __int128 step = (__int128)grid->interval_ns * den, count = (beyond + step - 1) / step;
    return count < INT64_MAX ? (int64_t)count : INT64_MAX;
}

static int64_t count_in_stretches(const cfs_grid *grid, int64_t pts) {
    int64_t low = 0, high = grid->stretch_count;
    while (low < high) {
        int64_t middle = (low + high) / 2;
        if (count_in_stretch(grid, grid->stretches[middle].start_ns, pts) > 0) low = middle + 1;
        else high = middle;
    }
    if (low == 0) return 0;
    const cfs_stretch *last = &grid->stretches[low - 1];
    return last->first_index + FFMIN(count_in_stretch(grid, last->start_ns, pts), last->count);
}

int64_t cfs_grid_count_before(const cfs_grid *grid, int64_t pts) {
    int64_t count = grid->stretches ? count_in_stretches(grid, pts) : count_in_stretch(grid, grid->start_ns, pts);
    return grid->max_samples > 0 ? FFMIN(count, grid->max_samples) : count;
}

bool cfs_grid_next_is_before(const cfs_grid *grid, int64_t pts) {
    return cfs_grid_count_before(grid, pts) > grid->next;
}

int64_t cfs_grid_next_pts(const cfs_grid *grid) {
    int64_t position = cfs_grid_position(grid, grid->next);
    return grid->origin_pts + av_rescale_q_rnd(position, cfs_nanoseconds, grid->time_base, AV_ROUND_DOWN);
}
