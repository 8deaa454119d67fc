// What the targets share: the fuzzer's bytes taken piece by piece, and rules that end the run when they are broken.
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct fuzz_input {
    const uint8_t *bytes;
    size_t size;
} fuzz_input;

// The next bytes as a number, the first one lowest; 0 beyond the end.
static inline uint64_t fuzz_take(fuzz_input *input, int count) {
    uint64_t value = 0;
    for (int i = 0; i < count && input->size > 0; i++, input->bytes++, input->size--)
        value |= (uint64_t)*input->bytes << (8 * i);
    return value;
}

// A number from 0 up to below `limit`, which is at most 256.
static inline int fuzz_below(fuzz_input *input, int limit) { return (int)(fuzz_take(input, 1) % (uint64_t)limit); }

// A number of any size and sign out of two bytes: small ones are as likely as huge ones.
static inline int64_t fuzz_any_size(fuzz_input *input) {
    uint64_t head = fuzz_take(input, 1), tail = fuzz_take(input, 1);
    int shift = (int)(head & 0x3f);
    uint64_t value = shift >= 8 ? (0x100 | tail) << (shift - 8) : tail >> (8 - shift);
    return head & 0x80 ? -(int64_t)(value >> 1) : (int64_t)(value >> 1);
}

// Time this thread has computed, ns: other processes do not count.
static inline int64_t fuzz_cpu_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

// Ends the run, which makes the input a find.
#define FUZZ_REQUIRE(holds, ...)                                                                                       \
    do {                                                                                                               \
        if (!(holds)) {                                                                                                \
            fprintf(stderr, "broken: %s: ", #holds);                                                                   \
            fprintf(stderr, __VA_ARGS__);                                                                              \
            fputc('\n', stderr);                                                                                       \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);
