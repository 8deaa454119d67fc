// Hashes pictures of random sizes, with and without bars, each in memory of exactly its size; and searches lists of random
// lengths, whose answers are compared with those of the plainest search.
#include <stdio.h>
#include <stdlib.h>

#include "CPDQ.h"

enum { pictures = 2000, lists = 100, longest_list = 5000, queries = 16 };

static void hash_one(int32_t width, int32_t height, bool has_bars) {
    uint8_t *pixels = malloc((size_t)3 * (size_t)width * (size_t)height);
    if (!pixels) abort();
    for (int32_t i = 0; i < 3 * width * height; i++)
        pixels[i] = has_bars ? (i / 3 % width < width / 4 ? 0 : 200) : (uint8_t)rand();
    float coefficients[CPDQ_COEFFICIENTS];
    cpdq_part part;
    size_t stride = (size_t)3 * (size_t)width;
    int quality = cpdq_transform(pixels, width, height, stride, coefficients);
    if (cpdq_cut_bars(pixels, width, height, stride, &part) == 1)
        quality = cpdq_transform(
            pixels + (size_t)part.y * stride + 3 * (size_t)part.x, part.width, part.height, stride, coefficients);
    uint64_t hash[CPDQ_WORDS];
    for (int turn = 0; turn < CPDQ_TURNS && quality >= 0; turn++) cpdq_hash(coefficients, turn, hash);
    free(pixels);
}

static bool search_one(int count, int limit, bool marking) {
    // Hashes of few bits, near to the hash of none.
    uint64_t *heads = calloc((size_t)count + 1, 16), *tails = calloc((size_t)count + 1, 16), wanted[4 * queries] = {0};
    uint8_t *marks = calloc((size_t)count + 1, 1);
    if (!heads || !tails || !marks) abort();
    int64_t nearest = -1;
    int least = limit + 1, marked = 0, distance = -1, query = -1;
    for (int i = 0; i < count; i++) {
        for (int w = 0; w < 2; w++) heads[2 * i + w] = (uint64_t)rand(), tails[2 * i + w] = (uint64_t)rand() & 0xFFFF;
        int bits = __builtin_popcountll(heads[2 * i]) + __builtin_popcountll(heads[2 * i + 1])
            + __builtin_popcountll(tails[2 * i]) + __builtin_popcountll(tails[2 * i + 1]);
        marked += bits <= limit;
        if (bits >= least) continue;
        least = bits;
        nearest = i;
    }
    int64_t found =
        cpdq_nearest(heads, tails, count, wanted, queries, limit, marking ? marks : NULL, &distance, &query);
    for (int i = 0; marking && i < count; i++) marked -= marks[i];
    free(heads);
    free(tails);
    free(marks);
    return found == nearest && (found < 0 || (distance == least && query == 0)) && (!marking || marked == 0);
}

int main(void) {
    srand(1);
    for (int i = 0; i < pictures; i++) {
        int most = i % 10 ? 90 : 700;
        hash_one(1 + rand() % most, 1 + rand() % most, i % 3 == 0);
    }
    hash_one(64, 64, false);
    for (int i = 0; i < lists; i++)
        if (!search_one(rand() % longest_list, rand() % 60, i % 2)) {
            printf("a search found another hash than the plainest search\n");
            return 1;
        }
}
