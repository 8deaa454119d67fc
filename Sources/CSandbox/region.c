#define _GNU_SOURCE
#include "region.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int csb_region_map(int descriptor, size_t size, csb_region *region) {
    struct stat status;
    if (fstat(descriptor, &status) < 0) return -errno;
    if (size == 0 || (uint64_t)status.st_size < size) return -EBADMSG;
    void *bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (bytes == MAP_FAILED) return -errno;
    csb_region_free(region);
    *region = (csb_region){bytes, size};
    return 0;
}

int csb_region_make(size_t size, csb_region *region, int *descriptor) {
    // Sizes grow in steps, so that a slightly larger picture needs no new region.
    size_t rounded = 64 * 1024;
    while (rounded < size) rounded *= 2;
    int file = memfd_create("framesift-region", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (file < 0) return -errno;
    bool sealed = ftruncate(file, (off_t)rounded) == 0
        && fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0;
    int code = sealed ? csb_region_map(file, rounded, region) : -errno;
    if (code < 0) close(file);
    else *descriptor = file;
    return code;
}

void csb_region_free(csb_region *region) {
    if (region->bytes) munmap(region->bytes, region->size);
    *region = (csb_region){0};
}
