#include "CPDQ.h"

#ifdef __x86_64__
#define COUNTS_BITS __attribute__((target("popcnt"))) // every x86-64 since 2008 has it; without it 2.5 times slower
#else
#define COUNTS_BITS
#endif

// Hashes of the list that stay in the processor's cache while every query is held against them.
enum { block = 2048 };

COUNTS_BITS static inline int differing(const uint64_t *one, const uint64_t *other) {
    return __builtin_popcountll(one[0] ^ other[0]) + __builtin_popcountll(one[1] ^ other[1]);
}

COUNTS_BITS int64_t cpdq_nearest(const uint64_t *heads, const uint64_t *tails, int64_t count, const uint64_t *queries,
                                 int query_count, int limit, uint8_t *marks, int *distance, int *query) {
    int64_t nearest = -1;
    int best = limit + 1;
    for (int64_t start = 0; start < count; start += block) {
        int64_t end = count - start < block ? count : start + block;
        for (int q = 0; q < query_count; q++) {
            const uint64_t wanted[CPDQ_WORDS] = {
                queries[4 * q], queries[4 * q + 1], queries[4 * q + 2], queries[4 * q + 3]};
            int most = marks ? limit : best;
            for (int64_t i = start; i < end; i++) {
                int bits = differing(heads + 2 * i, wanted);
                if (__builtin_expect(bits > most, 1)) continue;
                bits += differing(tails + 2 * i, wanted + 2);
                if (marks && bits <= limit) marks[i] = 1;
                if (bits > best || (bits == best && i >= nearest)) continue;
                best = bits;
                nearest = i;
                *distance = bits;
                *query = q;
            }
        }
    }
    return nearest;
}
