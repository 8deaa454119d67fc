#define _GNU_SOURCE

#include "acts.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "CConfinement.h"
#include "reach.h"

// MARK: Programs, processes, memory that is run

static int run_a_program(victim *victim) { return (void)victim, execl("/bin/true", "true", (char *)NULL); }

static int run_a_descriptor(victim *victim) {
    char *arguments[] = {"true", NULL}, *none[] = {NULL};
    return fexecve(victim->program, arguments, none);
}

static int start_a_process(victim *victim) {
    (void)victim;
    pid_t child = fork();
    if (child == 0) _exit(0);
    return child < 0 || waitpid(child, NULL, 0) != child ? -1 : 0;
}

static int start_a_process_by_vfork(victim *victim) {
    (void)victim;
    long child = syscall(SYS_vfork);
    if (child == 0) _exit(0);
    return child < 0 ? -1 : 0;
}

static int trace_the_parent(victim *victim) { return (void)victim, (int)ptrace(PTRACE_SEIZE, getppid(), 0, 0); }

static int signal_the_parent(victim *victim) { return (void)victim, kill(getppid(), SIGUSR1); }

static int signal_a_thread_of_the_parent(victim *victim) {
    return (void)victim, (int)syscall(SYS_tgkill, getppid(), getppid(), SIGUSR1);
}

static int signal_itself(victim *victim) { return (void)victim, raise(SIGUSR1); }

enum { page = 4096, instruction_return = 0xc3 };

static int run_in_place(uint8_t *code) {
    ((void (*)(void))code)();
    return 0;
}

static int map_memory_to_run(victim *victim) {
    (void)victim;
    uint8_t *code = mmap(NULL, page, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (code == MAP_FAILED) return -1;
    *code = instruction_return;
    return run_in_place(code);
}

static int make_memory_one_to_run(victim *victim) {
    (void)victim;
    uint8_t *code = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (code == MAP_FAILED) return -1;
    *code = instruction_return;
    return mprotect(code, page, PROT_READ | PROT_EXEC) ? -1 : run_in_place(code);
}

static int make_a_user_namespace(victim *victim) { return (void)victim, unshare(CLONE_NEWUSER); }

static int make_a_namespace_with_a_process(victim *victim) {
    (void)victim;
    long child = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
    if (child == 0) _exit(0);
    return child < 0 || waitpid((pid_t)child, NULL, 0) != child ? -1 : 0;
}

static int make_a_file_in_memory(victim *victim) { return (void)victim, memfd_create("x", 0) < 0 ? -1 : 0; }

static int use_another_architecture(victim *victim) {
    (void)victim;
    long result;
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(20L) : "memory"); // getpid of 32 bits
    return result == getpid() ? 0 : -1;
}

// MARK: Amounts

static int write_a_gigabyte(victim *victim) { return pwrite(victim->file, "", 1, 1 << 30) == 1 ? 0 : -1; }

static int take_ten_gigabytes(victim *victim) {
    (void)victim;
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    return mmap(NULL, 10UL << 30, PROT_READ | PROT_WRITE, flags, -1, 0) == MAP_FAILED ? -1 : 0;
}

static int open_a_hundred_descriptors(victim *victim) {
    for (int i = 0; i < 100; i++)
        if (dup(victim->file) < 0) return -1;
    return 0;
}

static void *stay(void *unused) {
    pause();
    return unused;
}

// As somebody who is not root and runs nothing else.
static int start_a_hundred_threads(victim *victim) {
    enum { nobody_in_particular = 54321 };
    (void)victim;
    if (getuid() == 0 && setresuid(nobody_in_particular, nobody_in_particular, nobody_in_particular)) return -1;
    for (int i = 0; i < 100; i++) {
        pthread_t thread;
        if ((errno = pthread_create(&thread, NULL, stay, NULL))) return -1;
    }
    return 0;
}

// As far as anybody may.
static int raise_a_limit(victim *victim) {
    (void)victim;
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit)) return -1;
    limit.rlim_cur = limit.rlim_max;
    return setrlimit(RLIMIT_NOFILE, &limit);
}

// For 1.5 s of its processor's time: longer than it has.
static int spin(victim *victim) {
    (void)victim;
    for (struct timespec used = {0}; used.tv_sec < 1 || used.tv_nsec < 500000000;)
        if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used)) return -1;
    return 0;
}

static int spin_on(victim *victim) {
    (void)victim;
    signal(SIGXCPU, SIG_IGN);
    for (struct timespec used = {0}; used.tv_sec < 3;)
        if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used)) return -1;
    return 0;
}

// MARK: What decoding takes

static void *add_up(void *numbers) {
    unsigned sum = 0;
    for (int i = 0; i < 256; i++) sum += ((uint8_t *)numbers)[i];
    return (void *)(uintptr_t)sum;
}

static int work(victim *victim) {
    enum { size = 8 << 20 };
    pthread_t thread;
    void *sum = NULL;
    uint8_t *bytes = calloc(1, size);
    if (!bytes || !(bytes = realloc(bytes, 4 * size))) return -1;
    memset(bytes, 1, 256);
    if (pwrite(victim->file, bytes, 256, 0) != 256 || lseek(victim->file, 0, SEEK_SET)) return -1;
    memset(bytes, 0, 256);
    struct stat state;
    if (read(victim->file, bytes, 256) != 256 || fstat(victim->file, &state) || state.st_size != 256) return -1;
    if ((errno = pthread_create(&thread, NULL, add_up, bytes)) || (errno = pthread_join(thread, &sum))) return -1;
    struct timespec moment = {.tv_nsec = 1};
    free(bytes);
    return (uintptr_t)sum != 256 || nanosleep(&moment, NULL) || sched_yield() ? -1 : 0;
}

static int stop_at_a_contradiction(victim *victim) {
    (void)victim;
    abort();
}

// MARK: Threads

static int run_outcome;

static void *run_as_a_thread(void *gate) {
    pthread_barrier_wait(gate);
    run_outcome = run_a_program(NULL) ? errno : 0;
    return NULL;
}

// A thread that was there before runs a program.
static int confine_late(bool all_threads) {
    pthread_barrier_t gate;
    pthread_t thread;
    ccf_filter *filter;
    pthread_barrier_init(&gate, NULL, 2);
    if ((errno = -ccf_filter_make(CCF_SERVER, &filter))) return -1;
    if ((errno = pthread_create(&thread, NULL, run_as_a_thread, &gate))) return -1;
    if ((errno = -ccf_filter_install(filter, all_threads))) return -1;
    pthread_barrier_wait(&gate);
    pthread_join(thread, NULL);
    errno = run_outcome;
    return errno ? -1 : 0;
}

static int confine_this_thread(victim *victim) { return (void)victim, confine_late(false); }
static int confine_all_threads(victim *victim) { return (void)victim, confine_late(true); }

static const struct {
    const char *name;
    act *act;
} acts[] = {
    {"open a file", open_a_file},
    {"make a file", make_a_file},
    {"list a folder", list_a_folder},
    {"read its own status", read_own_status},
    {"read the parent's environment", read_environment},
    {"read the parent's memory", read_memory},
    {"read the parent's memory across", read_memory_across},
    {"connect over TCP", connect_over_tcp},
    {"send over UDP", send_over_udp},
    {"listen over TCP", listen_over_tcp},
    {"listen without a port", listen_without_a_port},
    {"connect to an abstract socket", connect_to_abstract_socket},
    {"make a raw socket", make_a_raw_socket},
    {"run a program", run_a_program},
    {"run a descriptor", run_a_descriptor},
    {"start a process", start_a_process},
    {"start a process by vfork", start_a_process_by_vfork},
    {"trace the parent", trace_the_parent},
    {"signal the parent", signal_the_parent},
    {"signal a thread of the parent", signal_a_thread_of_the_parent},
    {"signal itself", signal_itself},
    {"map memory to run", map_memory_to_run},
    {"make memory one to run", make_memory_one_to_run},
    {"make a user namespace", make_a_user_namespace},
    {"make a namespace with a process", make_a_namespace_with_a_process},
    {"make a close wait", make_a_close_wait},
    {"make a close wait by wide numbers", make_a_close_wait_by_wide_numbers},
    {"tune a socket", tune_a_socket},
    {"make a file in memory", make_a_file_in_memory},
    {"use another architecture", use_another_architecture},
    {"write a gigabyte", write_a_gigabyte},
    {"take ten gigabytes", take_ten_gigabytes},
    {"open a hundred descriptors", open_a_hundred_descriptors},
    {"start a hundred threads", start_a_hundred_threads},
    {"raise a limit", raise_a_limit},
    {"spin", spin},
    {"spin on", spin_on},
    {"work", work},
    {"stop at a contradiction", stop_at_a_contradiction},
    {"confine this thread", confine_this_thread},
    {"confine all threads", confine_all_threads},
};

act *act_named(const char *name) {
    for (unsigned i = 0; i < sizeof acts / sizeof *acts; i++)
        if (!strcmp(acts[i].name, name)) return acts[i].act;
    return NULL;
}
