#include <errno.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "CConfinement.h"

// `grace` is what the hard limit is above the soft one, where the hard one is not lower already.
static int lower(int resource, uint64_t most, uint64_t grace) {
    struct rlimit limit;
    if (getrlimit(resource, &limit)) return -errno;
    if (most + grace < limit.rlim_max) limit.rlim_max = most + grace;
    if (most < limit.rlim_cur) limit.rlim_cur = most;
    if (limit.rlim_cur > limit.rlim_max) limit.rlim_cur = limit.rlim_max;
    return setrlimit(resource, &limit) ? -errno : 0;
}

int ccf_limit(const ccf_limits *limits) {
    int error = lower(RLIMIT_CORE, 0, 0);
    if (!error && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)) error = -errno;
    if (!error && limits->memory_bytes) error = lower(RLIMIT_AS, limits->memory_bytes, 0);
    if (!error && limits->cpu_seconds) error = lower(RLIMIT_CPU, limits->cpu_seconds, 1);
    if (!error && limits->descriptors) error = lower(RLIMIT_NOFILE, limits->descriptors, 0);
    if (!error && limits->threads) error = lower(RLIMIT_NPROC, limits->threads, 0);
    if (!error && limits->file_bytes) error = lower(RLIMIT_FSIZE, limits->file_bytes, 0);
    return error;
}
