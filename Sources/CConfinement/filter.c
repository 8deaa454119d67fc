#define _GNU_SOURCE

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "CConfinement.h"
#include "calls.h"

struct ccf_filter {
    unsigned short length;
    struct sock_filter program[];
};

// A call of another architecture ends the process: its numbers mean other things.
static int build(ccf_profile profile, scmp_filter_ctx filter) {
    int error = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    // A tree instead of a list: a call costs a handful of comparisons.
    if (!error) error = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    return error ? error : calls_add(filter, profile);
}

static int read_back(int file, ccf_filter **filter) {
    struct stat state;
    if (fstat(file, &state)) return -errno;
    size_t bytes = (size_t)state.st_size, length = bytes / sizeof(struct sock_filter);
    if (length == 0 || length > BPF_MAXINSNS) return -E2BIG;
    ccf_filter *made = malloc(sizeof *made + bytes);
    if (!made) return -ENOMEM;
    made->length = (unsigned short)length;
    if (pread(file, made->program, bytes, 0) != (ssize_t)bytes) {
        free(made);
        return -EIO;
    }
    *filter = made;
    return 0;
}

int ccf_filter_make(ccf_profile profile, ccf_filter **filter) {
    *filter = NULL;
    scmp_filter_ctx context = seccomp_init(calls_default(profile));
    if (!context) return -ENOMEM;
    int file = memfd_create("filter", MFD_CLOEXEC), error = file < 0 ? -errno : build(profile, context);
    if (!error) error = seccomp_export_bpf(context, file);
    if (!error) error = read_back(file, filter);
    if (file >= 0) close(file);
    seccomp_release(context);
    return error;
}

int ccf_filter_install(const ccf_filter *filter, bool all_threads) {
    struct sock_filter program[BPF_MAXINSNS];
    memcpy(program, filter->program, filter->length * sizeof *program);
    for (unsigned i = 0; i < filter->length; i++)
        if (program[i].code == (BPF_JMP | BPF_JEQ | BPF_K) && program[i].k == own_process)
            program[i].k = (uint32_t)getpid();
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) return -errno;
    struct sock_fprog whole = {.len = filter->length, .filter = program};
    unsigned flags = all_threads ? SECCOMP_FILTER_FLAG_TSYNC : 0;
    long result = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &whole);
    return result < 0 ? -errno : result > 0 ? -ECANCELED : 0;
}

void ccf_filter_free(ccf_filter *filter) { free(filter); }
