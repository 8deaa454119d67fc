// Times for one picture of 1920 × 1080 between black bars: its two transforms, its hashes, and the search for them in a
// million hashes. A line a round, ms: whole picture hashed, bars found, both forms hashed in all turns, searched.
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "CPDQ.h"

enum { width = 1920, height = 1080, bar = 138, hashes = 1000000, rounds = 21, limit = 31 };

static uint64_t state = 88172645463325252;

static uint64_t draw(void) {
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e3 + (double)time.tv_nsec / 1e6;
}

static void hash_all(const float *coefficients, uint64_t *queries) {
    for (int turn = 0; turn < CPDQ_TURNS; turn++) cpdq_hash(coefficients, turn, queries + turn * CPDQ_WORDS);
}

int main(void) {
    uint8_t *picture = calloc(3 * width, height);
    uint64_t *heads = malloc(2 * sizeof *heads * hashes), *tails = malloc(2 * sizeof *tails * hashes);
    if (!picture || !heads || !tails) return 1;
    for (size_t i = 3 * width * bar; i < 3 * width * (height - bar); i++)
        picture[i] = (uint8_t)(64 + (i / 40 + i / (3 * width) / 17 * 31) % 128 + draw() % 40);
    for (size_t i = 0; i < 2 * hashes; i++) heads[i] = draw(), tails[i] = draw();
    const size_t stride = 3 * width;
    for (int round = 0; round < rounds; round++) {
        float whole[CPDQ_COEFFICIENTS], cut[CPDQ_COEFFICIENTS];
        uint64_t queries[2 * CPDQ_TURNS * CPDQ_WORDS];
        cpdq_part part;
        int distance, query;
        double began = now();
        cpdq_transform(picture, width, height, stride, whole);
        double transformed = now();
        if (cpdq_cut_bars(picture, width, height, stride, &part) != 1 || part.height != height - 2 * bar) return 1;
        double measured = now();
        cpdq_transform(picture + (size_t)part.y * stride, part.width, part.height, stride, cut);
        hash_all(whole, queries);
        hash_all(cut, queries + CPDQ_TURNS * CPDQ_WORDS);
        double hashed = now();
        int64_t found = cpdq_nearest(heads, tails, hashes, queries, 2 * CPDQ_TURNS, limit, NULL, &distance, &query);
        double searched = now();
        if (found >= 0) return 1;
        printf("%f %f %f %f\n", transformed - began, measured - transformed, hashed - measured, searched - hashed);
    }
}
