// Time bases and timestamps as containers claim them, and as cfs_source_read lets them through.
#pragma once

#include "ffmpeg.h"
#include "input.h"

static inline AVRational fuzz_time_base(fuzz_input *input) {
    static const AVRational usual[] = {{1, 90000}, {1, 1000}, {1, 25}, {1001, 30000}, {1, 1000000000}, {1, 1}};
    int chosen = fuzz_below(input, 8);
    if (chosen < 6) return usual[chosen];
    AVRational any = {1 + (int)(fuzz_take(input, 4) % INT32_MAX), 1 + (int)(fuzz_take(input, 4) % INT32_MAX)};
    return chosen == 6 ? (AVRational){1, any.den} : any;
}

// The sum, or the end of the numbers.
static inline int64_t fuzz_plus(int64_t a, int64_t b) {
    int64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? (b < 0 ? INT64_MIN + 1 : INT64_MAX) : sum;
}

// The largest timestamp cfs_source_read lets through, in units: 3·10^18, of nanoseconds and of units.
static inline int64_t fuzz_largest_timestamp(AVRational time_base) {
    const int64_t most = 3000000000000000000;
    int64_t bound = av_rescale_q(most, (AVRational){1, 1000000000}, time_base);
    return bound <= 0 || bound > most ? most : bound;
}

static inline int64_t fuzz_within(int64_t timestamp, int64_t largest) {
    return timestamp < -largest || timestamp > largest ? AV_NOPTS_VALUE : timestamp;
}
