/// CPDQ: PDQ hashes of pictures, and the search for near ones in long lists.
///
/// Why this shim exists: the hash has to equal the reference bit for bit, so every float is added in its order, which
/// wants a language that says what the compiler may not rearrange; and a million hashes are searched for each picture,
/// which wants the processor's own bit counting.
///
/// Nothing here is kept between calls and nothing is shared: every function may be called from any thread. Memory
/// belongs to the caller throughout. No pointer may be NULL unless it says so. A hash is four words, the most
/// significant first: read as one number its bit 255 is the first of its hexadecimal form.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

enum {
    CPDQ_WORDS = 4,            ///< 64-bit words of a hash.
    CPDQ_COEFFICIENTS = 256,   ///< 16 × 16 of the transform, row after row.
    CPDQ_LEAST_SIDE = 5,       ///< Pixels; pictures with a shorter side have no hash.
    CPDQ_ERROR_TOO_SMALL = -1, ///< A side is shorter than that.
    CPDQ_ERROR_NO_MEMORY = -2,
};

/// The turns and mirrors of a picture: bits that add up. Transposing comes first, then mirroring.
enum {
    CPDQ_MIRROR_ACROSS = 1, ///< Left becomes right.
    CPDQ_MIRROR_DOWN = 2,   ///< Top becomes bottom.
    CPDQ_TRANSPOSE = 4,     ///< Rows become columns.
    CPDQ_TURNS = 8,         ///< How many there are.
};

/// A part of a picture, pixels from its upper left corner.
typedef struct cpdq_part {
    int32_t x, y, width, height;
} cpdq_part;

/// What hashes are made of: 16 × 16 values of the transform of the picture's luma.
/// @param rgb Red, green, blue: 3 bytes a pixel, `stride` bytes a row, from the top. For a part of a picture: where
/// the part begins.
/// @param width,height Pixels.
/// @param coefficients `CPDQ_COEFFICIENTS` values.
/// @return the quality, 0…100, or an error.
int cpdq_transform(const uint8_t *rgb, int32_t width, int32_t height, size_t stride, float *coefficients);

/// The hash of the picture as it looks after `turn` (0…7, see above), from the coefficients of the picture as it is.
void cpdq_hash(const float *coefficients, int turn, uint64_t *hash);

/// What is left when black bars are cut off: rows and columns at the edges of which less than 2 % is brighter than 24
/// of 255. A picture that is dark all over is left as it is.
/// @param rgb,width,height,stride As above.
/// @param content Receives what is left.
/// @return 1 where something was cut off, 0 where nothing, or an error.
int cpdq_cut_bars(const uint8_t *rgb, int32_t width, int32_t height, size_t stride, cpdq_part *content);

/// The nearest of many hashes to any of some. Of equally near ones the first of the list.
/// @param heads The first two words of each hash of the list, hash after hash; apart, because these alone rule out
/// nearly all of them.
/// @param tails The other two words of each, likewise.
/// @param count Hashes in the list.
/// @param queries `query_count` hashes.
/// @param limit The most bits that may differ, 0…256.
/// @param marks One byte a hash of the list: set to 1 where it is within the limit of some query, else left alone. NULL
/// for none.
/// @param distance Receives the bits that differ. @param query Receives the number of the query. Both only where there
/// is one.
/// @return its number in the list; -1: none is within the limit.
int64_t cpdq_nearest(const uint64_t *heads, const uint64_t *tails, int64_t count, const uint64_t *queries,
                     int query_count, int limit, uint8_t *_Nullable marks, int *distance, int *query);

#pragma clang assume_nonnull end
