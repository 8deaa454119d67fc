/// CConfinement: rights taken away from the calling process, for good.
///
/// Why this shim exists: Landlock has no library and its calls no names in libc; libseccomp's macros are not visible to
/// Swift; and a child between fork and its work may neither allocate nor take a lock, which Swift cannot promise.
///
/// Nothing here gives a right back, and nothing here is kept between calls: every function may be called from any
/// thread. Memory belongs to the caller throughout, and no pointer may be NULL unless it says so. All but
/// `ccf_filter_make` and `ccf_filter_free` may be called between fork and exec of a process with threads. Functions
/// return 0 or a negative errno, unless they say otherwise; after an error less may be permitted than before.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

// MARK: Files, addresses and signals (Landlock)

/// What may be done with a file, or with everything in a folder. Bits that add up.
enum {
    CCF_READ = 1,    ///< Open for reading; list.
    CCF_WRITE = 2,   ///< Open for writing, cut, make, rename and remove regular files and folders.
    CCF_EXECUTE = 4, ///< Run.
};

/// A file, or a folder with everything in it, however deep.
typedef struct ccf_path {
    const char *path; ///< What it leads to counts, not its name. One that leads nowhere is passed over.
    uint32_t rights;  ///< `CCF_READ`, …
} ccf_path;

/// What else is refused. Bits that add up.
enum {
    CCF_NO_TCP_CONNECT = 1, ///< Connecting over TCP. MPTCP and UDP are not covered.
    CCF_NO_TCP_BIND = 2,    ///< Taking a TCP port.
    CCF_OWN_SIGNALS = 4,    ///< Signals to others than the thread itself and what it starts later.
    CCF_OWN_SOCKETS = 8,    ///< Connecting to abstract unix sockets of others.
};

/// The version of Landlock in this kernel: 0 where there is none, or where it is switched off.
int ccf_landlock_version(void);

/// Leaves the calling thread, and the threads and processes it starts later, these paths and no others. What is open
/// stays open. Not covered: `stat`, `access`, `chmod`, `chown` and the times of files. What the kernel is too old for is
/// left out: moving files between folders is refused altogether before version 2; then cutting (3), TCP (4), ioctls of
/// devices (5), signals and sockets (6) stay permitted.
/// @param paths `count` of them; with 0 no file can be opened at all.
/// @param flags `CCF_NO_TCP_CONNECT`, …
/// @return -ENOSYS or -EOPNOTSUPP where there is no Landlock.
int ccf_landlock_restrict(const ccf_path *_Nullable paths, size_t count, uint32_t flags);

// MARK: Calls of the kernel (seccomp)

/// What a process is for, and so which calls of the kernel it is left.
typedef enum ccf_profile {
    /// Decodes out of memory or out of descriptors that it was given: no file, socket, program or process, and no memory
    /// that can be run. Libraries that try for files and the like are told EPERM; what only an intruder asks for ends
    /// the process. Of files it can still ask for size and times by name. Its sockets should be of streams or of ordered
    /// packets: over an unconnected one it could send anywhere.
    CCF_DECODER,
    /// The same, and TCP and UDP as a client: for rtmp, rtsp, srt and rtp. No names are resolved: resolver files cannot
    /// be opened.
    CCF_DEMUXER,
    /// A server: everything, but for running programs, looking into other processes, mounts, namespaces, keys, modules
    /// and the like, which are refused with EPERM.
    CCF_SERVER,
    /// A decoder that may open files for reading as well: those that Landlock leaves it, so that without Landlock it is
    /// none to use. For documents, whose fonts lie in files.
    CCF_READER,
} ccf_profile;

/// A filter, made ahead of time so that putting it in force asks for no memory.
typedef struct ccf_filter ccf_filter;

/// Makes a filter.
/// @param filter Owned by the caller (`ccf_filter_free`); NULL on error.
int ccf_filter_make(ccf_profile profile, ccf_filter *_Nullable *_Nonnull filter);

/// Puts a filter in force for the calling thread and what it starts later. Never again are there new privileges
/// (`PR_SET_NO_NEW_PRIVS`).
/// @param all_threads Also for all other threads of the process; -ECANCELED where one has another filter already.
int ccf_filter_install(const ccf_filter *filter, bool all_threads);

/// Accepts NULL.
void ccf_filter_free(ccf_filter *_Nullable filter);

// MARK: Amounts

/// The most there may be; 0 in a field leaves it as it is. More than was permitted before is never asked for.
typedef struct ccf_limits {
    uint64_t memory_bytes; ///< Of address space. What is mapped already counts.
    uint64_t cpu_seconds;  ///< Of all threads together, from the process's start: SIGXCPU, then SIGKILL a second later.
    uint64_t descriptors;  ///< Above the highest number. Those open already stay open.
    uint64_t threads;      ///< Of all processes of its user, who may then start no other: EAGAIN. Root may.
    uint64_t file_bytes;   ///< Of a file that is written, also as standard error: SIGXFSZ; EFBIG where that is blocked.
} ccf_limits;

/// Sets limits of the process. Besides, it leaves no core dump, and other processes of its user can neither trace it nor
/// read its memory.
int ccf_limit(const ccf_limits *limits);

#pragma clang assume_nonnull end
