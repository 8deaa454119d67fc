// From pixels to 64 × 64 blurred samples of luma.
#pragma once

#include "CPDQ.h"

enum { cpdq_side = 64 };

// `small` receives 64 × 64 values, row after row. Sides of 5 or more. Returns 0 or CPDQ_ERROR_NO_MEMORY.
int cpdq_shrink(const uint8_t *rgb, int32_t width, int32_t height, size_t stride, float *small);
