#define _GNU_SOURCE
#include "zygote-handle.h"

#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "CConfinement.h"
#include "CSandbox.h"
#include "channel.h"
#include "walls.h"
#include "worker.h"
#include "zygote.h"

static int orders = -1;
static pid_t zygote;
static csb_walls walls;

// How many threads this process has; 0 when that cannot be told.
static int count_threads(void) {
    DIR *tasks = opendir("/proc/self/task");
    if (!tasks) return 0;
    int count = 0;
    for (struct dirent *entry; (entry = readdir(tasks));) count += entry->d_name[0] != '.';
    closedir(tasks);
    return count;
}

// At the program's end: all workers end, and what they used counts as used by the program.
static void stop(void) {
    shutdown(orders, SHUT_RDWR);
    while (waitpid(zygote, NULL, 0) < 0 && errno == EINTR) {
    }
}

int csb_zygote_start(void) {
    if (orders >= 0) return 0;
    // A fork takes along one thread only, and whatever locks the others hold.
    if (count_threads() != 1) return CSB_ERROR_UNAVAILABLE;
    int ends[2];
    int code = csb_channel_make(ends);
    if (code < 0) return code;
    bool has_filter = csb_prepare_walls() == 0;
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        csb_zygote_run(ends[1], csb_worker_run);
    }
    close(ends[1]);
    if (pid < 0) {
        close(ends[0]);
        return -errno;
    }
    orders = ends[0];
    zygote = pid;
    atexit(stop);
    walls = (csb_walls){.apart = true, .filter = has_filter, .landlock = ccf_landlock_version()};
    return 0;
}

// Whether nobody takes orders any more.
static bool is_lost(void) {
    struct pollfd end = {.fd = orders, .events = 0};
    return orders >= 0 && poll(&end, 1, 0) > 0;
}

csb_walls csb_walls_now(void) {
    csb_walls now = walls;
    now.lost = is_lost();
    return now;
}

int csb_zygote_fork(uint64_t worker, int death, const int *descriptors) {
    if (orders < 0) return CSB_ERROR_UNAVAILABLE;
    csb_zygote_message message = {.order = csb_order_fork, .worker = worker};
    int all[1 + csb_worker_descriptors] = {death};
    memcpy(all + 1, descriptors, csb_worker_descriptors * sizeof *descriptors);
    int code = csb_channel_send(orders, &message, sizeof message, all, 1 + csb_worker_descriptors, true);
    return code == -EPIPE ? CSB_ERROR_UNAVAILABLE : code;
}

void csb_zygote_kill(uint64_t worker) {
    csb_zygote_message message = {.order = csb_order_kill, .worker = worker};
    if (orders >= 0) csb_channel_send(orders, &message, sizeof message, NULL, 0, true);
}
