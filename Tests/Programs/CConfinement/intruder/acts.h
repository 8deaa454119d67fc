/// What an intruder does, one function an act.
#pragma once

#include <signal.h>
#include <stdint.h>

/// What the parent of the intruder has. Everything is ready before the intruder's walls are up.
typedef struct victim {
    int port;                        ///< TCP on 127.0.0.1, where it listens.
    int file;                        ///< An open, empty file in memory.
    int program;                     ///< An open one.
    int abstract;                    ///< Its listening abstract unix socket.
    volatile sig_atomic_t signalled; ///< By SIGUSR1.
    uint64_t secret;                 ///< In its memory.
} victim;

/// @return 0, or -1 with errno.
int victim_prepare(victim *victim);

/// Runs in the intruder.
/// @return 0 where it got what it wanted; -1 with errno where that was refused.
typedef int act(victim *victim);

/// NULL: there is none of the name.
act *act_named(const char *name);
