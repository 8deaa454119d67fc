#define _GNU_SOURCE

#include "calls.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>

// Names of calls, each followed by a space.

// What decoding takes: memory, threads, locks, clocks, and bytes of descriptors that are there.
static const char decoding[] =
    "read pread64 readv preadv write pwrite64 writev pwritev recvfrom recvmsg sendmsg lseek fstat close dup "
    "poll ppoll select pselect6 futex munmap mremap madvise brk rseq set_robust_list set_tid_address "
    "rt_sigaction rt_sigprocmask rt_sigreturn sigaltstack restart_syscall exit exit_group "
    "gettid getpid getppid getuid geteuid getgid getegid sched_yield sched_getaffinity getcpu sysinfo getrusage "
    "clock_gettime clock_getres clock_nanosleep nanosleep gettimeofday time times getrandom ";

static const char receiving[] = "connect bind getsockopt getsockname getpeername sendto sendmmsg recvmmsg shutdown "
                                "epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait eventfd2 pipe2 ";

// The C library tries these first, and goes on without them.
static const char said_to_be_missing[] = "clone3 statx faccessat2 ";

// No decoder and no server asks for these, but who has taken it over does.
static const char of_intruders[] =
    "execve execveat ptrace process_vm_readv process_vm_writev process_madvise kcmp pidfd_getfd "
    "personality modify_ldt bpf keyctl add_key request_key userfaultfd perf_event_open "
    "io_uring_setup io_uring_enter io_uring_register unshare setns chroot pivot_root mount umount2 mount_setattr "
    "move_mount open_tree fsopen fsmount fsconfig fspick name_to_handle_at open_by_handle_at "
    "setuid setgid setreuid setregid setresuid setresgid setfsuid setfsgid setgroups capset "
    "init_module finit_module delete_module kexec_load kexec_file_load reboot swapon swapoff quotactl acct "
    "iopl ioperm syslog vhangup settimeofday clock_settime sethostname setdomainname lookup_dcookie mknod mknodat ";

// A decoder does not ask for these either, not even in vain.
static const char of_intruders_into_decoders[] =
    "fork vfork kill tkill rt_sigqueueinfo rt_tgsigqueueinfo pidfd_open pidfd_send_signal listen accept accept4 "
    "memfd_create memfd_secret pkey_mprotect seccomp ";

static const char of_the_network[] = "socket connect bind ";

// A call whose arguments matter.
struct condition {
    int call;
    uint32_t action;
    unsigned count;
    struct scmp_arg_cmp arguments[3];
};

#define IS(argument, value) {argument, SCMP_CMP_EQ, value, 0}
#define IS_NOT(argument, value) {argument, SCMP_CMP_NE, value, 0}
#define IS_BELOW(argument, value) {argument, SCMP_CMP_LT, value, 0}
#define HAS(argument, mask, value) {argument, SCMP_CMP_MASKED_EQ, (scmp_datum_t)(mask), value}

enum {
    namespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID
        | CLONE_NEWNET,
};

static const struct condition of_decoders[] = {
    {SCMP_SYS(mmap), SCMP_ACT_ALLOW, 1, {HAS(2, PROT_EXEC, 0)}},
    {SCMP_SYS(mmap), SCMP_ACT_KILL_PROCESS, 1, {HAS(2, PROT_EXEC, PROT_EXEC)}},
    {SCMP_SYS(mprotect), SCMP_ACT_ALLOW, 1, {HAS(2, PROT_EXEC, 0)}},
    {SCMP_SYS(mprotect), SCMP_ACT_KILL_PROCESS, 1, {HAS(2, PROT_EXEC, PROT_EXEC)}},
    {SCMP_SYS(clone), SCMP_ACT_ALLOW, 1, {HAS(0, CLONE_THREAD | namespaces, CLONE_THREAD)}},
    {SCMP_SYS(clone), SCMP_ACT_KILL_PROCESS, 1, {HAS(0, CLONE_THREAD, 0)}},
    {SCMP_SYS(tgkill), SCMP_ACT_ALLOW, 1, {IS(0, own_process)}},
    {SCMP_SYS(tgkill), SCMP_ACT_KILL_PROCESS, 1, {IS_NOT(0, own_process)}},
    // `fstat` of the C library. The path is empty then, but that cannot be seen here.
    {SCMP_SYS(newfstatat), SCMP_ACT_ALLOW, 1, {IS(3, AT_EMPTY_PATH)}},
    {SCMP_SYS(prlimit64), SCMP_ACT_ALLOW, 2, {IS(0, 0), IS(2, 0)}},
    {SCMP_SYS(prctl), SCMP_ACT_ALLOW, 1, {IS(0, PR_SET_NAME)}},
    {SCMP_SYS(prctl), SCMP_ACT_ALLOW, 1, {IS(0, PR_GET_NAME)}},
    {SCMP_SYS(fcntl), SCMP_ACT_ALLOW, 1, {IS(1, F_GETFD)}},
    {SCMP_SYS(fcntl), SCMP_ACT_ALLOW, 1, {IS(1, F_SETFD)}},
    {SCMP_SYS(fcntl), SCMP_ACT_ALLOW, 1, {IS(1, F_GETFL)}},
    {SCMP_SYS(fcntl), SCMP_ACT_ALLOW, 1, {IS(1, F_SETFL)}},
    {SCMP_SYS(fcntl), SCMP_ACT_ALLOW, 1, {IS(1, F_DUPFD_CLOEXEC)}},
};

static const struct condition of_decoders_without_network[] = {
    // `send`: to whom the socket is connected.
    {SCMP_SYS(sendto), SCMP_ACT_ALLOW, 1, {IS(4, 0)}},
};

enum { kind_of_socket = ~(SOCK_NONBLOCK | SOCK_CLOEXEC) };

// Not MPTCP, which Landlock does not see.
static const struct condition of_demuxers[] = {
    {SCMP_SYS(socket), SCMP_ACT_ALLOW, 3, {IS(0, AF_INET), HAS(1, kind_of_socket, SOCK_STREAM), IS(2, 0)}},
    {SCMP_SYS(socket), SCMP_ACT_ALLOW, 3, {IS(0, AF_INET), HAS(1, kind_of_socket, SOCK_STREAM), IS(2, IPPROTO_TCP)}},
    {SCMP_SYS(socket), SCMP_ACT_ALLOW, 3, {IS(0, AF_INET), HAS(1, kind_of_socket, SOCK_DGRAM), IS(2, 0)}},
    {SCMP_SYS(socket), SCMP_ACT_ALLOW, 3, {IS(0, AF_INET), HAS(1, kind_of_socket, SOCK_DGRAM), IS(2, IPPROTO_UDP)}},
    {SCMP_SYS(socket), SCMP_ACT_ALLOW, 3, {IS(0, AF_INET6), HAS(1, kind_of_socket, SOCK_STREAM), IS(2, 0)}},
    {SCMP_SYS(socket), SCMP_ACT_ALLOW, 3, {IS(0, AF_INET6), HAS(1, kind_of_socket, SOCK_STREAM), IS(2, IPPROTO_TCP)}},
    {SCMP_SYS(socket), SCMP_ACT_ALLOW, 3, {IS(0, AF_INET6), HAS(1, kind_of_socket, SOCK_DGRAM), IS(2, 0)}},
    {SCMP_SYS(socket), SCMP_ACT_ALLOW, 3, {IS(0, AF_INET6), HAS(1, kind_of_socket, SOCK_DGRAM), IS(2, IPPROTO_UDP)}},
    // Not SO_LINGER: a socket with it, sent to the process that serves this one, would hold up whoever closes it there. What is
    // allowed is named, because the kernel does not look at the upper half of these numbers, and the filter does.
    {SCMP_SYS(setsockopt), SCMP_ACT_ALLOW, 1, {IS(1, IPPROTO_IP)}},
    {SCMP_SYS(setsockopt), SCMP_ACT_ALLOW, 1, {IS(1, IPPROTO_IPV6)}},
    {SCMP_SYS(setsockopt), SCMP_ACT_ALLOW, 1, {IS(1, IPPROTO_TCP)}},
    {SCMP_SYS(setsockopt), SCMP_ACT_ALLOW, 1, {IS(1, IPPROTO_UDP)}},
    {SCMP_SYS(setsockopt), SCMP_ACT_ALLOW, 2, {IS(1, SOL_SOCKET), IS_BELOW(2, SO_LINGER)}},
    {SCMP_SYS(setsockopt), SCMP_ACT_ALLOW, 2, {IS(1, SOL_SOCKET), IS(2, SO_REUSEPORT)}},
    {SCMP_SYS(setsockopt), SCMP_ACT_ALLOW, 2, {IS(1, SOL_SOCKET), IS(2, SO_RCVTIMEO)}},
    {SCMP_SYS(setsockopt), SCMP_ACT_ALLOW, 2, {IS(1, SOL_SOCKET), IS(2, SO_SNDTIMEO)}},
};

enum { how_to_open = O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND | O_PATH | (O_TMPFILE & ~O_DIRECTORY) };

static const struct condition of_readers[] = {
    {SCMP_SYS(open), SCMP_ACT_ALLOW, 1, {HAS(1, how_to_open, O_RDONLY)}},
    {SCMP_SYS(openat), SCMP_ACT_ALLOW, 1, {HAS(2, how_to_open, O_RDONLY)}},
};

static const struct condition of_servers[] = {
    {SCMP_SYS(clone), SCMP_ACT_ERRNO(EPERM), 1, {HAS(0, CLONE_NEWNS, CLONE_NEWNS)}},
    {SCMP_SYS(clone), SCMP_ACT_ERRNO(EPERM), 1, {HAS(0, CLONE_NEWCGROUP, CLONE_NEWCGROUP)}},
    {SCMP_SYS(clone), SCMP_ACT_ERRNO(EPERM), 1, {HAS(0, CLONE_NEWUTS, CLONE_NEWUTS)}},
    {SCMP_SYS(clone), SCMP_ACT_ERRNO(EPERM), 1, {HAS(0, CLONE_NEWIPC, CLONE_NEWIPC)}},
    {SCMP_SYS(clone), SCMP_ACT_ERRNO(EPERM), 1, {HAS(0, CLONE_NEWUSER, CLONE_NEWUSER)}},
    {SCMP_SYS(clone), SCMP_ACT_ERRNO(EPERM), 1, {HAS(0, CLONE_NEWPID, CLONE_NEWPID)}},
    {SCMP_SYS(clone), SCMP_ACT_ERRNO(EPERM), 1, {HAS(0, CLONE_NEWNET, CLONE_NEWNET)}},
    // The arguments of this one lie in memory. The C library then takes the other.
    {SCMP_SYS(clone3), SCMP_ACT_ERRNO(ENOSYS), 0, {{0}}},
};

static int add(scmp_filter_ctx filter, uint32_t action, const char *names) {
    char name[32];
    for (const char *end; (end = strchr(names, ' ')); names = end + 1) {
        size_t length = (size_t)(end - names);
        if (length >= sizeof name) return -EINVAL;
        memcpy(name, names, length);
        name[length] = 0;
        int call = seccomp_syscall_resolve_name(name);
        int error = call == __NR_SCMP_ERROR ? -EINVAL : seccomp_rule_add(filter, action, call, 0);
        if (error) return error;
    }
    return 0;
}

static int add_conditions(scmp_filter_ctx filter, const struct condition *conditions, size_t count) {
    int error = 0;
    for (size_t i = 0; !error && i < count; i++)
        error = seccomp_rule_add_array(
            filter, conditions[i].action, conditions[i].call, conditions[i].count, conditions[i].arguments);
    return error;
}

#define ADD_CONDITIONS(conditions) add_conditions(filter, conditions, sizeof conditions / sizeof *conditions)

static int add_decoding(scmp_filter_ctx filter) {
    int error = add(filter, SCMP_ACT_ALLOW, decoding);
    if (!error) error = ADD_CONDITIONS(of_decoders);
    if (!error) error = add(filter, SCMP_ACT_ERRNO(ENOSYS), said_to_be_missing);
    if (!error) error = add(filter, SCMP_ACT_KILL_PROCESS, of_intruders);
    if (!error) error = add(filter, SCMP_ACT_KILL_PROCESS, of_intruders_into_decoders);
    return error;
}

int calls_add(scmp_filter_ctx filter, ccf_profile profile) {
    int error = -EINVAL;
    switch (profile) {
    case CCF_DECODER:
    case CCF_READER:
        error = add_decoding(filter);
        if (!error && profile == CCF_READER) error = ADD_CONDITIONS(of_readers);
        if (!error) error = ADD_CONDITIONS(of_decoders_without_network);
        if (!error) error = add(filter, SCMP_ACT_KILL_PROCESS, of_the_network);
        break;
    case CCF_DEMUXER:
        error = add_decoding(filter);
        if (!error) error = add(filter, SCMP_ACT_ALLOW, receiving);
        if (!error) error = ADD_CONDITIONS(of_demuxers);
        break;
    case CCF_SERVER:
        error = add(filter, SCMP_ACT_ERRNO(EPERM), of_intruders);
        if (!error) error = ADD_CONDITIONS(of_servers);
        break;
    }
    return error;
}

uint32_t calls_default(ccf_profile profile) { return profile == CCF_SERVER ? SCMP_ACT_ALLOW : SCMP_ACT_ERRNO(EPERM); }
