// The line of a live connection: any packets at any times, a caller that takes pictures and a decoder that goes along.
#include "live-timeline.h"
#include "timestamps.h"

// Of computing, for one packet: many times what it takes, far below what a viewer would notice.
static const int64_t most_ns = 20000000;
// Timestamps further ahead of the clock than this are a new beginning.
static const int64_t longest_jump_ns = 10LL * 1000000000;
enum { most_packets = 6000 };
static const int64_t longest_run_ns = 100LL * 86400 * 1000000000;

typedef struct connection {
    fuzz_input input;
    live_line *line;
    int64_t now_ns, interval_ns, held_limit;
    int64_t frame, dts, largest_timestamp; // units of the time base
    int64_t sent;
    int64_t last_ns;                  // the position taken last
    int64_t largest;                  // packet, bytes
    int64_t clock_ns, packets, given; // since the first packet: time, packets, positions
} connection;

// MARK: Taking

static int64_t positions_waiting(const live_line *line) {
    int64_t sum = 0;
    for (int i = 0; i < line->due_count; i++) sum += line->due[(line->due_head + i) % due_capacity].count;
    return sum;
}

static void check_order(const connection *connection) {
    const live_line *line = connection->line;
    int64_t last = connection->last_ns;
    for (int i = 0; i < line->due_count; i++) {
        const live_due *due = &line->due[(line->due_head + i) % due_capacity];
        FUZZ_REQUIRE(due->count > 0, "a picture for no position");
        FUZZ_REQUIRE(due->first_ns > last, "position %lld after %lld", (long long)due->first_ns, (long long)last);
        FUZZ_REQUIRE(due->count - 1 <= (INT64_MAX - due->first_ns) / connection->interval_ns, "positions beyond time");
        last = due->first_ns + (due->count - 1) * connection->interval_ns;
    }
}

// What the decoding thread does with the first picture that is due.
static void take_due(connection *connection) {
    live_line *line = connection->line;
    if (line->due_count == 0) return;
    live_due due = line->due[line->due_head];
    line->due_head = (line->due_head + 1) % due_capacity;
    line->due_count--;
    connection->last_ns = due.first_ns + (due.count - 1) * connection->interval_ns;
    if (due.dropped || due.repeated) return;
    live_packet *packet = cfs_line_find(line, due.sequence);
    FUZZ_REQUIRE(packet || due.sequence < connection->sent, "packet %lld is gone", (long long)due.sequence);
    FUZZ_REQUIRE(!packet || packet->pts == due.pts, "another picture");
    if (due.sequence >= connection->sent) connection->sent = due.sequence + 1;
    cfs_line_trim(line, connection->sent);
}

// Time that passed is given away once, and a little more where timestamps run ahead of it or last long.
static void check_given(const connection *connection) {
    int64_t time = connection->clock_ns + 2 * longest_jump_ns * (connection->packets + 1);
    int64_t most = time / connection->interval_ns + connection->line->continuity + 2;
    FUZZ_REQUIRE(connection->given <= most, "%lld positions within %lld ns and %lld packets",
                 (long long)connection->given, (long long)connection->clock_ns, (long long)connection->packets);
}

static void check_counts(const connection *connection) {
    const live_line *line = connection->line;
    FUZZ_REQUIRE(line->due_count >= 0 && line->due_count <= due_capacity, "%d due", line->due_count);
    FUZZ_REQUIRE(line->count >= 0 && line->count <= line_capacity, "%d held", line->count);
    FUZZ_REQUIRE(line->held_bytes >= 0, "%lld bytes held", (long long)line->held_bytes);
    FUZZ_REQUIRE(line->held_bytes <= connection->held_limit + connection->largest, "%lld bytes held",
                 (long long)line->held_bytes);
    FUZZ_REQUIRE(line->dropped >= 0 && line->unusable >= 0, "fewer than nothing given up");
    int64_t bytes = 0;
    for (int i = 0; i < line->count; i++) bytes += line->packets[(line->head + i) % line_capacity].packet->size;
    FUZZ_REQUIRE(bytes == line->held_bytes, "%lld bytes are %lld", (long long)line->held_bytes, (long long)bytes);
}

// MARK: Sending

// A packet as the bytes say; sent again it is the one after, so that few bytes make a long stream.
typedef struct description {
    bool has_pts, has_dts, key, parameters_changed;
    cfs_packet_traits traits;
    int64_t step, offset, duration, size, pause_ns;
    int times;
    int taken; // pictures that are due, after each packet
} description;

static description take_description(connection *connection) {
    fuzz_input *input = &connection->input;
    uint8_t timing = (uint8_t)fuzz_take(input, 1), shape = (uint8_t)fuzz_take(input, 1);
    uint8_t arrival = (uint8_t)fuzz_take(input, 1);
    description made = {
        .has_pts = !(timing & 1),
        .has_dts = !(timing & 2),
        .step = connection->frame,
        .duration = connection->frame,
        .key = shape & 1,
        .traits = {.cut = shape & 2, .hidden = shape & 4},
        .parameters_changed = (shape & 0x38) == 0x38,
        .size = 1000,
        .pause_ns = 40000000,
        .times = 1,
        .taken = arrival >> 5,
    };
    if (timing & 4) made.step = fuzz_any_size(input);
    if (timing & 8) made.offset = fuzz_any_size(input);
    if (timing & 16) made.duration = fuzz_any_size(input);
    if (timing & 32) made.offset = connection->frame * fuzz_below(input, 20);
    if (timing & 64) made.step = connection->frame * (1 + fuzz_below(input, 250));
    if (shape & 0x40) made.size = fuzz_any_size(input);
    if (arrival & 1) made.pause_ns = fuzz_any_size(input);
    if (arrival & 2) made.times = 1 + fuzz_below(input, 250);
    if (arrival & 4) made.pause_ns = 0;
    if (made.size < 0 || made.size > INT32_MAX / 2) made.size = 0;
    if (made.pause_ns < 0 || made.pause_ns > longest_run_ns / 100) made.pause_ns = 40000000;
    return made;
}

static void send(connection *connection, const description *sent) {
    live_line *line = connection->line;
    connection->dts = fuzz_plus(connection->dts, sent->step);
    AVPacket *packet = av_packet_alloc();
    if (!packet) abort();
    int64_t largest = connection->largest_timestamp;
    if (sent->has_dts) packet->dts = fuzz_within(connection->dts, largest);
    if (sent->has_pts) packet->pts = fuzz_within(fuzz_plus(connection->dts, sent->offset), largest);
    packet->duration = sent->duration < 0 || sent->duration > largest ? 0 : sent->duration;
    packet->size = (int)sent->size; // the line looks at no bytes, so there are none
    packet->flags = sent->key ? AV_PKT_FLAG_KEY : 0;
    cfs_packet_traits traits = sent->traits;
    traits.cut &= sent->key;
    if (sent->size > connection->largest) connection->largest = sent->size;
    connection->now_ns += sent->pause_ns;
    connection->clock_ns += sent->pause_ns;
    connection->packets++;

    int64_t before = positions_waiting(line), began = fuzz_cpu_ns();
    int code = cfs_line_push(line, packet, NULL, sent->parameters_changed, traits, connection->now_ns);
    cfs_line_trim(line, connection->sent);
    int64_t took = fuzz_cpu_ns() - began;
    FUZZ_REQUIRE(code == 0, "error %d", code);
    FUZZ_REQUIRE(took < most_ns, "%lld us for one packet", (long long)took / 1000);
    FUZZ_REQUIRE(!packet->buf && packet->size == 0, "the packet is still full");
    av_packet_free(&packet);
    connection->given += FFMAX(0, positions_waiting(line) - before);
    check_given(connection);
    check_counts(connection);
    check_order(connection);
    cfs_line_settled(line);
    cfs_line_is_long(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static const int64_t intervals_ms[] = {1, 40, 200, 1000, 10000, 86400000}, limits[] = {0, 5000, 100000, 16 << 20};
    static live_line line;
    connection connection = {.input = {bytes, size}, .line = &line, .now_ns = 1000000000000, .last_ns = -1};
    fuzz_input *input = &connection.input;
    connection.interval_ns = intervals_ms[fuzz_below(input, 6)] * 1000000;
    connection.held_limit = limits[fuzz_below(input, 4)];
    cfs_mode mode = fuzz_below(input, 4) == 3 ? CFS_MODE_KEYFRAMES : CFS_MODE_EXACT;
    AVRational time_base = fuzz_time_base(input);
    // live-read.c refuses such a stream.
    if (av_compare_ts(1, time_base, longest_jump_ns, (AVRational){1, 1000000000}) > 0) return 0;
    connection.largest_timestamp = fuzz_largest_timestamp(time_base);
    connection.frame = av_rescale_q(40000000, (AVRational){1, 1000000000}, time_base);
    if (connection.frame < 1) connection.frame = 1;

    cfs_line_init(&line, mode, connection.interval_ns, time_base, connection.held_limit);
    int packets = 0;
    while (input->size > 0 && packets < most_packets && connection.clock_ns < longest_run_ns) {
        description sent = take_description(&connection);
        for (int i = 0; i < sent.times; i++, packets++) {
            send(&connection, &sent);
            // 7: the caller takes nothing for a while.
            for (int k = 0; k < sent.taken && sent.taken < 7; k++) take_due(&connection);
        }
    }
    int64_t began = fuzz_cpu_ns();
    cfs_line_end(&line, connection.now_ns);
    FUZZ_REQUIRE(fuzz_cpu_ns() - began < most_ns, "%lld us for the end", (long long)(fuzz_cpu_ns() - began) / 1000);
    check_counts(&connection);
    check_order(&connection);
    while (line.due_count > 0) take_due(&connection);
    cfs_line_free(&line);
    return 0;
}
