/// SandboxedTests: what an intruder in a decoder would do, on command. A test program that this is linked into has
/// workers: they are started before the test runner has threads.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// What an intruder tries.
typedef enum sandbox_exploit {
    SANDBOX_OPEN_FILE,
    SANDBOX_CREATE_FILE,
    SANDBOX_LIST_FOLDER,
    SANDBOX_CONNECT,
    SANDBOX_LISTEN,
    SANDBOX_EXECUTE,
    SANDBOX_FORK,
    SANDBOX_MAP_EXECUTABLE,
    SANDBOX_MAKE_EXECUTABLE,
    SANDBOX_READ_MEMORY,
    SANDBOX_READ_ENVIRONMENT,
    SANDBOX_SIGNAL,
    SANDBOX_TRACE,
    SANDBOX_WRITE_GIGABYTE,
    SANDBOX_ALLOCATE_10_GIGABYTES,
    SANDBOX_OPEN_100_DESCRIPTORS,
} sandbox_exploit;

/// Lies that only a worker can tell. Each ends it.
typedef enum sandbox_lie {
    SANDBOX_CRASH,
    SANDBOX_SPIN,
    SANDBOX_FLOOD,
    SANDBOX_LONG_MESSAGE,
    SANDBOX_SHORT_MESSAGE,
    SANDBOX_OTHER_VERSION,
    SANDBOX_LARGE_RESULT,
    SANDBOX_MANY_STREAMS,
    SANDBOX_EXIT,
} sandbox_lie;

/// Has it done by a worker, or by a process like any other.
/// @return 0 if it succeeded; a negative errno if it was refused; a CSB_ERROR_… if it ended the worker.
int sandbox_try(sandbox_exploit exploit, bool apart);

/// Has a worker for documents, which may read fonts, open a file. @return As `sandbox_try`.
int sandbox_open_as_document(const char *path);

/// @param patience_ms How long the worker may take.
/// @return The CSB_ERROR_… that the worker was ended with; 0 if it was not.
int sandbox_lie_to_host(sandbox_lie lie, int64_t patience_ms);

/// A worker lives through what needs no right. @return 0.
int sandbox_behave(void);

#pragma clang assume_nonnull end
