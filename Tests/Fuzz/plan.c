// The plan of a file: packets with any timestamps; each position goes to the picture that a search of all finds.
#include "plan.h"

#include "timestamps.h"

// Of computing: for one packet, and for each on the average.
static const int64_t most_ns = 50000000, usual_ns = 100000;
enum { most_packets = 20000, most_stretches = 8, most_compared = 200000 };
// What plan.c holds at most: packets and bytes.
enum { held_packets = 16384, held_bytes = 64 * 1024 * 1024 };

typedef struct reading {
    fuzz_input input;
    cfs_plan plan;
    cfs_entry *entries; // all that were added, in decoding order
    size_t count, released;
    AVPacket *packets[2]; // of the usual size, and a large one
    int64_t frame, dts, largest_timestamp;
    int64_t largest_bytes;
} reading;

// MARK: Pieces

static void take_pieces(reading *reading) {
    cfs_piece piece;
    int code;
    while ((code = cfs_plan_take(&reading->plan, &piece)) == 1) {
        FUZZ_REQUIRE(piece.count > 0 && piece.needed <= piece.count, "%zu of %zu", piece.needed, piece.count);
        size_t bytes = 0;
        for (size_t i = 0; i < piece.count; i++) {
            cfs_entry *entry = piece.entries[i];
            FUZZ_REQUIRE(entry == &reading->entries[reading->released + i], "a packet out of order");
            FUZZ_REQUIRE(entry->count == 0 || i < piece.needed, "a wanted picture is not decoded");
            bytes += (size_t)entry->packet->size;
        }
        FUZZ_REQUIRE(bytes == piece.bytes, "%zu bytes are %zu", piece.bytes, bytes);
        reading->released += piece.count;
        av_free(piece.entries);
    }
    FUZZ_REQUIRE(code == 0, "error %d", code);
}

// Whether the picture is on screen at a position or before it, exactly.
static bool is_shown_by(const cfs_grid *grid, int64_t pts, int64_t position_ns) {
    __int128 time = ((__int128)pts - grid->origin_pts) * grid->time_base.num * 1000000000;
    return time <= (__int128)position_ns * grid->time_base.den;
}

// The picture with the largest pts at or before the position; NULL when all come later.
static const cfs_entry *search(const reading *reading, int64_t position_ns) {
    const cfs_entry *best = NULL;
    for (size_t i = 0; i < reading->count; i++) {
        const cfs_entry *entry = &reading->entries[i];
        bool is_candidate = !entry->traits.hidden && (!reading->plan.keyframes_only || entry->traits.cut)
            && entry->pts >= reading->plan.grid.origin_pts;
        if (!is_candidate || !is_shown_by(&reading->plan.grid, entry->pts, position_ns)) continue;
        if (!best || entry->pts > best->pts) best = entry;
    }
    return best;
}

static int by_position(const void *a, const void *b) {
    const cfs_entry *first = *(const cfs_entry *const *)a, *second = *(const cfs_entry *const *)b;
    return first->first < second->first ? -1 : first->first > second->first;
}

// Every position before `next` once, in order; with few, each at the picture a search finds.
static void check_positions(const reading *reading) {
    const cfs_grid *grid = &reading->plan.grid;
    const cfs_entry **wanted = malloc((reading->count + 1) * sizeof *wanted);
    size_t count = 0;
    for (size_t i = 0; i < reading->count; i++) {
        FUZZ_REQUIRE(reading->entries[i].count >= 0, "fewer than no positions");
        if (reading->entries[i].count > 0) wanted[count++] = &reading->entries[i];
    }
    qsort(wanted, count, sizeof *wanted, by_position);
    int64_t next = 0;
    for (size_t i = 0; i < count; i++) {
        FUZZ_REQUIRE(
            wanted[i]->first == next, "position %lld is not %lld", (long long)wanted[i]->first, (long long)next);
        FUZZ_REQUIRE(wanted[i]->count <= INT64_MAX - next, "positions beyond counting");
        FUZZ_REQUIRE(i == 0 || wanted[i]->pts > wanted[i - 1]->pts, "pictures out of order");
        int64_t end = next + wanted[i]->count;
        int64_t step = wanted[i]->count / 8 + 1;
        for (; next < end && reading->count * count < most_compared; next = next + step < end ? next + step : end) {
            const cfs_entry *shown = search(reading, cfs_grid_position(grid, next));
            FUZZ_REQUIRE(!shown || shown == wanted[i], "position %lld shows pts %lld, not %lld", (long long)next,
                         (long long)shown->pts, (long long)wanted[i]->pts);
        }
        next = end;
    }
    FUZZ_REQUIRE(next == grid->next, "%lld positions of %lld", (long long)next, (long long)grid->next);
    FUZZ_REQUIRE(grid->max_samples == 0 || next <= grid->max_samples, "%lld positions", (long long)next);
    FUZZ_REQUIRE(next == 0 || cfs_grid_position(grid, next - 1) < grid->end_ns, "a position beyond the end");
    free(wanted);
}

// MARK: Packets

// A packet as the bytes say; read again it is the one after.
typedef struct description {
    bool has_pts, is_large;
    cfs_packet_traits traits;
    int64_t step, offset, duration;
    int times, mirrored; // packets of a group that are shown in the opposite order
} description;

static description take_description(reading *reading) {
    fuzz_input *input = &reading->input;
    uint8_t timing = (uint8_t)fuzz_take(input, 1), shape = (uint8_t)fuzz_take(input, 1);
    description made = {
        .has_pts = timing != 0xff,
        .is_large = (shape & 0x70) == 0x70,
        .step = reading->frame,
        .duration = reading->frame,
        .traits = {.cut = shape & 1, .hidden = (shape & 0xe) == 0xe},
        .times = 1,
    };
    if (timing & 1) made.times = 1 + fuzz_below(input, 256);
    if (timing & 2) made.step = fuzz_any_size(input);
    if (timing & 4) made.offset = fuzz_any_size(input);
    if (timing & 8) made.offset = reading->frame * (fuzz_below(input, 40) - 20);
    if (timing & 16) made.mirrored = fuzz_below(input, 18);
    if (timing & 32) made.duration = fuzz_any_size(input);
    if (timing & 64) made.times *= 16;
    return made;
}

// Adds the next packet. False when the plan gives up.
static bool add(reading *reading, const description *made, int number) {
    reading->dts = fuzz_plus(reading->dts, made->step);
    int64_t pts = fuzz_plus(reading->dts, made->offset);
    int place = made->mirrored > 0 ? number % made->mirrored : 0;
    if (made->mirrored > 0 && llabs(made->step) < reading->largest_timestamp / 100)
        pts = fuzz_plus(pts, made->step * (made->mirrored - 1 - 2 * place));
    cfs_entry *entry = &reading->entries[reading->count];
    *entry = (cfs_entry){
        .packet = reading->packets[made->is_large],
        .traits = made->traits,
        .pts = made->has_pts ? fuzz_within(pts, reading->largest_timestamp) : AV_NOPTS_VALUE,
        .duration = made->duration < 0 || made->duration > reading->largest_timestamp ? 0 : made->duration,
    };
    int64_t began = fuzz_cpu_ns();
    cfs_plan_note_end(&reading->plan, entry);
    if (reading->plan.keyframes_only && !entry->traits.cut) return true;
    int code = cfs_plan_add(&reading->plan, entry);
    FUZZ_REQUIRE(code == 0, "error %d", code);
    if (reading->plan.failed) return false;
    reading->count++;
    take_pieces(reading);
    int64_t took = fuzz_cpu_ns() - began;
    FUZZ_REQUIRE(took < most_ns, "%lld us for one packet", (long long)took / 1000);
    FUZZ_REQUIRE(reading->plan.pending_count == reading->count - reading->released, "packets are lost");
    FUZZ_REQUIRE(reading->plan.pending_count <= held_packets + 1, "%zu packets held", reading->plan.pending_count);
    FUZZ_REQUIRE((int64_t)reading->plan.pending_bytes <= held_bytes + reading->largest_bytes, "too many bytes held");
    return true;
}

static cfs_grid take_grid(reading *reading, cfs_stretch *stretches) {
    static const int64_t intervals_ms[] = {1, 40, 1000, 10000, 86400000}, longest_ns[] = {86400000000000, 5000000000};
    fuzz_input *input = &reading->input;
    uint8_t kind = (uint8_t)fuzz_take(input, 1);
    cfs_grid grid = {
        .time_base = fuzz_time_base(input),
        .interval_ns = intervals_ms[fuzz_below(input, 5)] * 1000000,
        .end_ns = longest_ns[kind & 1],
        .max_samples = kind & 2 ? 1 + (int64_t)fuzz_take(input, 2) : 0,
    };
    if (kind & 4) grid.start_ns = (int64_t)(fuzz_take(input, 6) % (uint64_t)longest_ns[0]);
    if (kind & 8) grid.origin_pts = fuzz_within(fuzz_any_size(input), fuzz_largest_timestamp(grid.time_base));
    if (grid.origin_pts == AV_NOPTS_VALUE) grid.origin_pts = 0;
    if (!(kind & 16)) return grid;
    int64_t start = 0, index = 0;
    for (grid.stretch_count = 1 + fuzz_below(input, most_stretches); index < grid.stretch_count; index++) {
        start += 1 + (int64_t)(fuzz_take(input, 5) % 3600000000000);
        cfs_stretch *stretch = &stretches[index], *before = index > 0 ? stretch - 1 : NULL;
        *stretch = (cfs_stretch){start, 1 + fuzz_below(input, 100), before ? before->first_index + before->count : 0};
        start += (stretch->count - 1) * grid.interval_ns;
    }
    grid.stretches = stretches;
    return grid;
}

static AVPacket *make_packet(int size) {
    AVPacket *packet = av_packet_alloc();
    if (!packet) abort();
    packet->size = size; // the plan looks at no bytes, so there are none
    return packet;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static cfs_entry entries[most_packets + 1];
    enum { usual_bytes = 1000, largest_bytes = 3 << 20 };
    reading reading = {
        .input = {bytes, size},
        .entries = entries,
        .largest_bytes = largest_bytes,
        .packets = {make_packet(usual_bytes), make_packet(largest_bytes)},
    };
    cfs_stretch stretches[most_stretches];
    cfs_grid grid = take_grid(&reading, stretches);
    reading.largest_timestamp = fuzz_largest_timestamp(grid.time_base);
    reading.frame = FFMAX(1, av_rescale_q(40000000, (AVRational){1, 1000000000}, grid.time_base));
    reading.dts = grid.origin_pts;
    cfs_plan_init(&reading.plan, grid, AV_CODEC_ID_H264, fuzz_below(&reading.input, 4) == 3);

    int64_t began = fuzz_cpu_ns();
    bool goes_on = true;
    int packets = 0;
    while (goes_on && reading.input.size > 0 && packets < most_packets) {
        description made = take_description(&reading);
        for (int i = 0; i < made.times && goes_on && packets < most_packets; i++, packets++)
            goes_on = add(&reading, &made, i);
    }
    // As reader.c ends a file that was read to its end.
    cfs_plan *plan = &reading.plan;
    int64_t last = plan->last_pts == AV_NOPTS_VALUE ? grid.origin_pts : plan->last_pts + FFMAX(1, plan->last_duration);
    if (goes_on) {
        cfs_plan_end(plan, last);
        take_pieces(&reading);
        FUZZ_REQUIRE(reading.released == reading.count, "%zu of %zu packets", reading.released, reading.count);
    }
    int64_t took = fuzz_cpu_ns() - began;
    FUZZ_REQUIRE(took < most_ns + packets * usual_ns, "%lld us for %d packets", (long long)took / 1000, packets);
    check_positions(&reading);
    cfs_plan_free(plan);
    for (int i = 0; i < 2; i++) av_packet_free(&reading.packets[i]);
    return 0;
}
