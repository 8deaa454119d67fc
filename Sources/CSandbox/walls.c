#define _GNU_SOURCE
#include "walls.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "CConfinement.h"

// Beside pictures: packets, what decoders and libraries keep, and the stacks of threads.
static const uint64_t other_bytes = 1ull << 30;

// The kernel counts all of the user's, so this is far above what a machine's other programs have.
enum { most_threads = 4096 };

static ccf_filter *decoder_filter, *demuxer_filter, *reader_filter;

// Where fonts lie that a document does not embed, and the character maps of others.
static const ccf_path fonts[] = {
    {"/usr/share/fonts", CCF_READ},       {"/usr/local/share/fonts", CCF_READ}, {"/usr/share/poppler", CCF_READ},
    {"/usr/share/ghostscript", CCF_READ}, {"/var/cache/fontconfig", CCF_READ},
};
static uint64_t mapped_before;

static uint64_t mapped_bytes(void) {
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (!file) return 0;
    if (fscanf(file, "%lu", &pages) != 1) pages = 0;
    fclose(file);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

int csb_prepare_walls(void) {
    mapped_before = mapped_bytes();
    // The library makes filters for kernels that take none, too.
    uint32_t action = SECCOMP_RET_KILL_PROCESS;
    if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) < 0) return -errno;
    int code = ccf_filter_make(CCF_DECODER, &decoder_filter);
    if (code == 0) code = ccf_filter_make(CCF_DEMUXER, &demuxer_filter);
    return code == 0 ? ccf_filter_make(CCF_READER, &reader_filter) : code;
}

static int drop_capabilities(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {0}, now[_LINUX_CAPABILITY_U32S_3];
    // A service manager may have taken them all, and this call, too.
    if (syscall(SYS_capget, &header, now) == 0 && memcmp(now, none, sizeof now) == 0) return 0;
    return syscall(SYS_capset, &header, none) < 0 ? -errno : 0;
}

int csb_raise_walls(const csb_orders *orders) {
    uint64_t pictures =
        (uint64_t)(orders->video_bytes > orders->image_bytes ? orders->video_bytes : orders->image_bytes);
    ccf_limits limits = {
        .memory_bytes = mapped_before + pictures + other_bytes,
        .cpu_seconds = (uint64_t)orders->processor_seconds,
        .descriptors = csb_max_descriptors,
        .threads = most_threads,
        .file_bytes = 1, // that is, none to speak of; 0 would leave it as it is
    };
    int code = ccf_limit(&limits);
    if (code == 0) code = drop_capabilities();
    if (code < 0) return code;
    bool demuxes = orders->purpose == csb_for_demuxing, has_landlock = ccf_landlock_version() > 0;
    // Opening files is for those that Landlock can hold to some.
    bool reads = orders->purpose == csb_for_documents && has_landlock;
    uint32_t refused = CCF_OWN_SIGNALS | CCF_OWN_SOCKETS | CCF_NO_TCP_BIND | (demuxes ? 0 : CCF_NO_TCP_CONNECT);
    size_t folders = reads ? sizeof fonts / sizeof *fonts : 0;
    code = has_landlock ? ccf_landlock_restrict(reads ? fonts : NULL, folders, refused) : 0;
    const ccf_filter *filter = demuxes ? demuxer_filter : reads ? reader_filter : decoder_filter;
    return code == 0 && filter ? ccf_filter_install(filter, false) : code;
}
