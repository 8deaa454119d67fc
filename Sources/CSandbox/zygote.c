#define _GNU_SOURCE
#include "zygote.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "channel.h"
#include "rehearsal.h"

enum { most_workers = 1024 };

typedef struct child {
    pid_t pid; // 0: free
    int end;   // its end is told here
    uint64_t worker;
} child;

static child children[most_workers];

// MARK: Forgetting what the program holds

extern char **environ;

// Where the arguments and the environment lie, as the kernel has it (proc(5), /proc/pid/stat 48 to 51).
static bool find_text(char **arguments, char **end) {
    char line[1024];
    int file = open("/proc/self/stat", O_RDONLY | O_CLOEXEC);
    if (file < 0) return false;
    ssize_t count = read(file, line, sizeof line - 1);
    close(file);
    if (count <= 0) return false;
    line[count] = 0;
    char *field = strrchr(line, ')');
    unsigned long values[4] = {0};
    int index = 2;
    for (char *word = field ? strtok(field + 1, " ") : NULL; word; word = strtok(NULL, " ")) {
        index++;
        if (index >= 48 && index <= 51) sscanf(word, "%lu", &values[index - 48]);
    }
    *arguments = (char *)values[0];
    *end = (char *)values[3];
    return values[0] && values[0] < values[3];
}

// Addresses among the arguments may hold passwords, and the environment holds keys.
static void forget_text(void) {
    static char name[] = "framesift decoder";
    static char *nothing[] = {NULL};
    char *arguments, *end;
    if (find_text(&arguments, &end)) {
        memset(arguments, 0, (size_t)(end - arguments));
        size_t room = (size_t)(end - arguments);
        memcpy(arguments, name, sizeof name < room ? sizeof name : room - 1);
    } else {
        for (char **entry = environ; entry && *entry; entry++) memset(*entry, 0, strlen(*entry));
    }
    environ = nothing;
    prctl(PR_SET_NAME, "decoder", 0, 0, 0);
}

static void forget_descriptors(int kept) {
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int i = 0; i <= 2 && nothing >= 0; i++) dup2(nothing, i);
    for (int i = 3; i < kept; i++) close(i);
    close_range((unsigned)kept + 1, ~0u, 0);
}

// One is held for each worker.
static void allow_descriptors(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) < 0) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

// MARK: Children

static void forget_child(child *one) {
    close(one->end);
    *one = (child){0};
}

static void reap(void) {
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
        for (int i = 0; i < most_workers; i++) {
            if (children[i].pid != pid) continue;
            csb_death death = {.status = status};
            csb_channel_send(children[i].end, &death, sizeof death, NULL, 0, false);
            forget_child(&children[i]);
        }
    }
}

static child *find(uint64_t worker) {
    for (int i = 0; i < most_workers; i++)
        if (children[i].pid > 0 && children[i].worker == worker) return &children[i];
    return NULL;
}

static child *free_place(void) {
    for (int i = 0; i < most_workers; i++)
        if (children[i].pid == 0) return &children[i];
    return NULL;
}

static void become_worker(const int *descriptors, const sigset_t *signals, void (*body)(const int *)) {
    // No worker is left behind, even if the zygote is killed.
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (getppid() == 1) _exit(0);
    sigprocmask(SIG_SETMASK, signals, NULL);
    // Descriptors go to 3, 4 …, first above those that are in the way.
    int moved[csb_worker_descriptors];
    for (int i = 0; i < csb_worker_descriptors; i++)
        moved[i] = fcntl(descriptors[i], F_DUPFD_CLOEXEC, 3 + csb_worker_descriptors);
    for (int i = 0; i < csb_worker_descriptors; i++) {
        if (dup2(moved[i], 3 + i) < 0) _exit(70);
        moved[i] = 3 + i;
    }
    close_range(3 + csb_worker_descriptors, ~0u, 0);
    body(moved);
    _exit(0);
}

static void fork_worker(uint64_t worker, int *descriptors, int count, const sigset_t *signals,
                        void (*body)(const int *)) {
    child *place = free_place();
    pid_t pid = place && count == 1 + csb_worker_descriptors ? fork() : -1;
    if (pid == 0) become_worker(descriptors + 1, signals, body);
    if (pid < 0) {
        csb_death death = {.status = csb_never_forked};
        if (count > 0) csb_channel_send(descriptors[0], &death, sizeof death, NULL, 0, false);
        csb_close_all(descriptors, count);
        return;
    }
    *place = (child){.pid = pid, .end = descriptors[0], .worker = worker};
    csb_close_all(descriptors + 1, count - 1);
}

// MARK: Orders

// Follows one order. False once there is nobody to give any.
static bool follow(int orders, const sigset_t *signals, void (*body)(const int *)) {
    csb_zygote_message message;
    int descriptors[1 + csb_worker_descriptors], count = 0;
    int code = csb_channel_receive(orders, &message, sizeof message, descriptors, 1 + csb_worker_descriptors, &count);
    if (code == -EPIPE) return false;
    if (code < 0) return true;
    child *known = message.order == csb_order_kill ? find(message.worker) : NULL;
    if (known) kill(known->pid, SIGKILL);
    if (message.order == csb_order_fork) fork_worker(message.worker, descriptors, count, signals, body);
    else csb_close_all(descriptors, count);
    return true;
}

void csb_zygote_run(int orders, void (*body)(const int *)) {
    // Apart from the terminal, whose Ctrl-C is for the program: it still wants what is being decoded.
    setsid();
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    forget_descriptors(orders);
    forget_text();
    allow_descriptors();
    // What images take besides themselves, such as fonts: workers can open nothing.
    cfs_image_prepare();
    csb_rehearse();
    // Whatever the program does about signals is not to be done here.
    for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
    signal(SIGPIPE, SIG_IGN);
    sigset_t deaths, before;
    sigemptyset(&deaths);
    sigaddset(&deaths, SIGCHLD);
    sigprocmask(SIG_BLOCK, &deaths, &before);
    int told = signalfd(-1, &deaths, SFD_CLOEXEC | SFD_NONBLOCK);
    struct pollfd waits[] = {{.fd = orders, .events = POLLIN}, {.fd = told, .events = POLLIN}};
    bool goes_on = told >= 0;
    while (goes_on) {
        if (poll(waits, 2, -1) < 0 && errno != EINTR) break;
        struct signalfd_siginfo ignored;
        while (read(told, &ignored, sizeof ignored) > 0) {
        }
        reap();
        if (waits[0].revents) goes_on = follow(orders, &before, body);
    }
    for (int i = 0; i < most_workers; i++)
        if (children[i].pid > 0) kill(children[i].pid, SIGKILL);
    // What they used counts as used by the program.
    while (waitpid(-1, NULL, 0) > 0) {
    }
    _exit(0);
}
