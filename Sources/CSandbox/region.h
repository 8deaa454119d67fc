// Memory that two processes share. Its size never changes, so that neither can pull it away from under the other.
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct csb_region {
    uint8_t *bytes; // NULL: none
    size_t size;
} csb_region;

// At least `size` bytes, all zero. `descriptor` is the caller's, to hand on and close. 0 or a negative errno.
int csb_region_make(size_t size, csb_region *region, int *descriptor);
// What the descriptor of another process's region holds. 0 or a negative errno.
int csb_region_map(int descriptor, size_t size, csb_region *region);
void csb_region_free(csb_region *region);
