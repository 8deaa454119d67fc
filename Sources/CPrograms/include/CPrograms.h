// Programs that are run to their end, or to a deadline.
#ifndef CPROGRAMS_H
#define CPROGRAMS_H

#include <stdbool.h>
#include <stddef.h>

/// How a program ended.
struct cpr_end {
    /// Its exit code; 128 and the signal's number if a signal ended it.
    int code;
    /// Whether it was ended at the deadline, or because of `stop`.
    bool was_ended;
    /// How many bytes of its output were kept.
    size_t length;
};

/// Runs a program in a process group of its own, until it ends. The group is killed when the program ends, at the
/// deadline, or when `stop` can be read. Blocks.
/// - argv: The program's path and arguments, ending in NULL. No shell reads them.
/// - envp: Its whole environment, ending in NULL.
/// - input: What it reads on its standard input.
/// - deadline_ms: The longest it may take, in ms.
/// - stop: A descriptor that ends the program once it can be read or its other end is closed; -1 for none.
/// - output: Where the beginning of its standard output and error goes. The rest is read and dropped.
/// Returns 0, or a negative errno if it could not be started.
int cpr_run(char *const argv[], char *const envp[], const void *input, size_t input_length, int deadline_ms, int stop,
            char *output, size_t capacity, struct cpr_end *end);

/// Starts a program in a session of its own that this process talks with, and leaves it running. It finds the end of its
/// standard input when this process has ended, however it ended.
/// - in: What is written there the program reads. The caller's to close.
/// - out: There is read what it writes. The caller's to close.
/// Returns 0, or a negative errno if it could not be started.
int cpr_start(char *const argv[], char *const envp[], int *in, int *out);

#endif
