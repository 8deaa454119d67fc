// Does what an intruder into a decoder would: `intruder WALLS ACT`. A child, behind the walls that are named, does it to
// this process, its parent. WALLS: none, or some of landlock, decoder, demuxer, server, limits, threads and those with `gates`,
// joined by commas.
// Prints what came of it: `done`, `refused ERROR` or `ended SIGNAL`.
#define _GNU_SOURCE

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "CConfinement.h"
#include "acts.h"

static victim owned;

static void note(int signal) {
    (void)signal;
    owned.signalled = 1;
}

static bool among(const char *walls, const char *wall) {
    const char *found = strstr(walls, wall);
    return found && (found[strlen(wall)] == 0 || found[strlen(wall)] == ',');
}

static const char *const profiles[] = {[CCF_DECODER] = "decoder", [CCF_DEMUXER] = "demuxer", [CCF_SERVER] = "server"};

// Made before there is a child, which may not ask for memory.
static ccf_filter *chosen(const char *walls) {
    ccf_filter *filter = NULL;
    for (ccf_profile profile = CCF_DECODER; profile <= CCF_SERVER; profile++)
        if (among(walls, profiles[profile]) && ccf_filter_make(profile, &filter)) abort();
    return filter;
}

// Walls with something left open. The second path leads nowhere.
static const struct {
    const char *name;
    ccf_path paths[2];
} gates[] = {
    {"one-file", {{"/proc/self/status", CCF_READ}, {"/nowhere", CCF_READ}}},
    {"reading", {{"/etc", CCF_READ}, {"/nowhere", CCF_READ}}},
    {"writing", {{"/tmp", CCF_READ | CCF_WRITE}, {"/nowhere", CCF_READ}}},
    {"running", {{"/usr", CCF_READ | CCF_EXECUTE}, {"/nowhere", CCF_READ}}},
};

static void confine(const char *walls, const ccf_filter *filter) {
    uint32_t flags = CCF_NO_TCP_CONNECT | CCF_NO_TCP_BIND | CCF_OWN_SIGNALS | CCF_OWN_SOCKETS;
    if (among(walls, "landlock") && ccf_landlock_restrict(NULL, 0, flags)) abort();
    for (unsigned i = 0; i < sizeof gates / sizeof *gates; i++)
        if (among(walls, gates[i].name) && ccf_landlock_restrict(gates[i].paths, 2, 0)) abort();
    ccf_limits limits = {.memory_bytes = 1 << 30, .cpu_seconds = 1, .descriptors = 16, .file_bytes = 1 << 20};
    if (among(walls, "limits") && ccf_limit(&limits)) abort();
    // Apart: it counts whatever else its user runs.
    if (among(walls, "threads") && ccf_limit(&(ccf_limits){.threads = 64})) abort();
    if (filter && ccf_filter_install(filter, false)) abort();
}

static void tell(int status) {
    if (WIFSIGNALED(status)) printf("ended SIG%s\n", sigabbrev_np(WTERMSIG(status)));
    else if (WEXITSTATUS(status)) printf("refused %s\n", strerrorname_np(WEXITSTATUS(status)));
    else puts("done");
}

// Whoever started this may have blocked signals, and what it is linked with may catch them.
static void take_signals_as_they_are(void) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    for (int number = 1; number < SIGRTMIN; number++) signal(number, SIG_DFL);
}

int main(int count, char **arguments) {
    take_signals_as_they_are();
    act *act = count == 3 ? act_named(arguments[2]) : NULL;
    if (!act || victim_prepare(&owned)) return 64;
    struct sigaction action = {.sa_handler = note};
    sigaction(SIGUSR1, &action, NULL);
    ccf_filter *filter = chosen(arguments[1]);
    pid_t child = fork();
    if (child == 0) {
        confine(arguments[1], filter);
        _exit(act(&owned) ? errno : 0);
    }
    int status;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    // That the child could send the signal does not say that it arrived.
    if (strstr(arguments[2], "signal") && strstr(arguments[2], "parent") && status == 0 && !owned.signalled) return 1;
    tell(status);
    ccf_filter_free(filter);
    return 0;
}
