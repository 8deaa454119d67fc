// What loops over the bytes of pictures share.
#pragma once

#include <stdint.h>

// Marks functions whose loops the compiler vectorizes: where the processor has AVX2, twice as wide.
#if defined(__x86_64__) && defined(__clang__)
#define CFS_VECTORIZED __attribute__((target_clones("avx2", "default")))
#else
#define CFS_VECTORIZED
#endif

// The nearest value of a byte.
static inline uint8_t cfs_to_byte(int32_t value) { return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value); }
