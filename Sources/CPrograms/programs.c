#define _GNU_SOURCE
#include "CPrograms.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int64_t now_ms(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

// A file rather than a pipe: nobody has to write while the program runs, and it may leave it unread.
static int input_file(const void *bytes, size_t length) {
    int file = memfd_create("event", MFD_CLOEXEC);
    if (file < 0) return -errno;
    for (size_t done = 0; done < length;) {
        ssize_t count = write(file, (const char *)bytes + done, length - done);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) {
            int error = errno ? errno : EIO;
            close(file);
            return -error;
        }
        done += (size_t)count;
    }
    lseek(file, 0, SEEK_SET);
    return file;
}

// - err: Where its errors go; -1 for this process's.
// - group: POSIX_SPAWN_SETPGROUP, or POSIX_SPAWN_SETSID for a session, too.
static int spawn(char *const argv[], char *const envp[], int in, int out, int err, int group, pid_t *pid) {
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    int error = posix_spawn_file_actions_init(&files);
    if (error) return -error;
    error = posix_spawnattr_init(&attributes);
    if (!error) {
        posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
        posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
        if (err >= 0) posix_spawn_file_actions_adddup2(&files, err, STDERR_FILENO);
        posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
        posix_spawnattr_setpgroup(&attributes, 0);
        // Signals that this process ignores would stay ignored.
        posix_spawnattr_setsigdefault(&attributes, &all);
        posix_spawnattr_setsigmask(&attributes, &none);
        posix_spawnattr_setflags(&attributes, (short)(group | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK));
        error = posix_spawn(pid, argv[0], &files, &attributes, argv, envp);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&files);
    return -error;
}

// Reads what there is. Returns false once nothing can come any more.
static bool take_output(int out, char *output, size_t capacity, size_t *length) {
    char dropped[4096];
    for (;;) {
        bool keeps = *length < capacity;
        ssize_t count = read(out, keeps ? output + *length : dropped, keeps ? capacity - *length : sizeof dropped);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return count < 0 && errno == EAGAIN;
        if (keeps) *length += (size_t)count;
    }
}

// Until the program has ended, the time is up, or it is to be stopped. Returns whether it has ended by itself.
static bool wait_for(int process, int out, int stop, int64_t deadline, char *output, size_t capacity, size_t *length) {
    struct pollfd waits[] = {{process, POLLIN, 0}, {out, POLLIN, 0}, {stop, POLLIN, 0}};
    for (;;) {
        int64_t left = deadline - now_ms();
        if (left <= 0) return false;
        int count = poll(waits, sizeof waits / sizeof *waits, left > INT32_MAX ? INT32_MAX : (int)left);
        if (count < 0 && errno != EINTR) return false;
        if (count <= 0) continue;
        if (waits[1].revents && !take_output(out, output, capacity, length)) waits[1].fd = -1;
        if (waits[0].revents) return true;
        if (waits[2].revents) return false;
    }
}

static int run(pid_t pid, int out, int deadline_ms, int stop, char *output, size_t capacity, struct cpr_end *end) {
    int64_t deadline = now_ms() + deadline_ms;
    int process = (int)syscall(SYS_pidfd_open, pid, 0);
    int error = process < 0 ? -errno : 0;
    end->was_ended = error || !wait_for(process, out, stop, deadline, output, capacity, &end->length);
    // Before it is waited for: until then nobody else gets the number. What it left behind ends with it.
    kill(-pid, SIGKILL);
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR);
    take_output(out, output, capacity, &end->length);
    end->code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (process >= 0) close(process);
    return error;
}

int cpr_run(char *const argv[], char *const envp[], const void *input, size_t input_length, int deadline_ms, int stop,
            char *output, size_t capacity, struct cpr_end *end) {
    memset(end, 0, sizeof *end);
    int in = input_file(input, input_length);
    if (in < 0) return in;
    int pipes[2];
    int error = pipe2(pipes, O_CLOEXEC) < 0 ? -errno : 0;
    if (!error) {
        fcntl(pipes[0], F_SETFL, O_NONBLOCK);
        pid_t pid = 0;
        error = spawn(argv, envp, in, pipes[1], pipes[1], POSIX_SPAWN_SETPGROUP, &pid);
        close(pipes[1]);
        if (!error) error = run(pid, pipes[0], deadline_ms, stop, output, capacity, end);
        close(pipes[0]);
    }
    close(in);
    return error;
}

int cpr_start(char *const argv[], char *const envp[], int *in, int *out) {
    int to[2], from[2];
    if (pipe2(to, O_CLOEXEC) < 0) return -errno;
    int error = pipe2(from, O_CLOEXEC) < 0 ? -errno : 0;
    if (!error) {
        pid_t pid = 0;
        error = spawn(argv, envp, to[0], from[1], -1, POSIX_SPAWN_SETSID, &pid);
        close(from[1]);
        if (error) close(from[0]);
    }
    close(to[0]);
    if (error) {
        close(to[1]);
        return error;
    }
    *in = to[1];
    *out = from[0];
    return 0;
}
