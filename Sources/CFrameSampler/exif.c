#include "exif.h"

#include <string.h>

#include "tiff.h"

// CIPA DC-008 4.6.5.1.
bool cfs_exif_orientation_of(uint32_t number, cfs_orientation *orientation) {
    static const cfs_orientation orientations[] = {
        {0, false}, {0, true}, {2, false}, {2, true}, {3, true}, {1, false}, {1, true}, {3, false}};
    if (number < 1 || number > sizeof orientations / sizeof *orientations) return false;
    *orientation = orientations[number - 1];
    return true;
}

bool cfs_exif_orientation(const uint8_t *bytes, size_t size, cfs_orientation *orientation) {
    static const char mark[] = "Exif\0"; // that JPEG puts before it, and some programs elsewhere
    if (size > sizeof mark && memcmp(bytes, mark, sizeof mark) == 0) bytes += sizeof mark, size -= sizeof mark;
    bool is_exif = size >= 8 && (memcmp(bytes, "II*\0", 4) == 0 || memcmp(bytes, "MM\0*", 4) == 0);
    uint32_t page = 0;
    if (!is_exif || cfs_tiff_pages(bytes, size, &page, 1) < 1) return false;
    return cfs_exif_orientation_of(cfs_tiff_orientation(bytes, size, page), orientation);
}
