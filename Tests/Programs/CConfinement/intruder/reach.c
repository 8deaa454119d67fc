#define _GNU_SOURCE

#include "reach.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

static struct sockaddr_in here(int port) {
    return (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

// A name that is this process's alone.
static struct sockaddr_un abstract(pid_t owner) {
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    snprintf(name.sun_path + 1, sizeof name.sun_path - 1, "framesift-intruder-%d", owner);
    return name;
}

int victim_prepare(victim *victim) {
    victim->secret = 0x736563726574;
    victim->file = memfd_create("file", 0);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = here(0);
    socklen_t size = sizeof address;
    victim->program = open("/bin/true", O_RDONLY | O_CLOEXEC);
    if (victim->file < 0 || victim->program < 0 || bind(listener, (void *)&address, size) || listen(listener, 8))
        return -1;
    if (getsockname(listener, (void *)&address, &size)) return -1;
    victim->port = ntohs(address.sin_port);
    struct sockaddr_un name = abstract(getpid());
    victim->abstract = socket(AF_UNIX, SOCK_STREAM, 0);
    return bind(victim->abstract, (void *)&name, sizeof name) || listen(victim->abstract, 8) ? -1 : 0;
}

// MARK: Files

static int first_byte_of(const char *path) {
    char byte;
    int file = open(path, O_RDONLY);
    return file < 0 || read(file, &byte, 1) != 1 ? -1 : 0;
}

int open_a_file(victim *victim) { return (void)victim, first_byte_of("/etc/passwd"); }

int make_a_file(victim *victim) { return (void)victim, open("/tmp", O_TMPFILE | O_RDWR, 0600) < 0 ? -1 : 0; }

int list_a_folder(victim *victim) { return (void)victim, open("/etc", O_RDONLY | O_DIRECTORY) < 0 ? -1 : 0; }

int read_own_status(victim *victim) { return (void)victim, first_byte_of("/proc/self/status"); }

static int of_parent(const char *name, int flags) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", getppid(), name);
    return open(path, flags);
}

int read_environment(victim *victim) {
    char byte;
    int file = of_parent("environ", O_RDONLY);
    return (void)victim, file < 0 || read(file, &byte, 1) != 1 ? -1 : 0;
}

int read_memory(victim *victim) {
    uint64_t found = 0;
    int file = of_parent("mem", O_RDONLY);
    if (file < 0 || pread(file, &found, sizeof found, (off_t)&victim->secret) != sizeof found) return -1;
    return found == victim->secret ? 0 : -1;
}

int read_memory_across(victim *victim) {
    uint64_t found = 0;
    struct iovec to = {&found, sizeof found}, from = {&victim->secret, sizeof found};
    return process_vm_readv(getppid(), &to, 1, &from, 1, 0) == sizeof found ? 0 : -1;
}

// MARK: Networks

int connect_over_tcp(victim *victim) {
    struct sockaddr_in address = here(victim->port);
    int file = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
    return file < 0 ? -1 : connect(file, (void *)&address, sizeof address);
}

int send_over_udp(victim *victim) {
    struct sockaddr_in address = here(victim->port);
    int file = socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
    return file < 0 || sendto(file, "", 1, 0, (void *)&address, sizeof address) != 1 ? -1 : 0;
}

int listen_over_tcp(victim *victim) {
    (void)victim;
    struct sockaddr_in address = here(0);
    int file = socket(AF_INET, SOCK_STREAM, 0);
    return file < 0 || bind(file, (void *)&address, sizeof address) ? -1 : listen(file, 1);
}

// The kernel gives it a port.
int listen_without_a_port(victim *victim) {
    (void)victim;
    int file = socket(AF_INET, SOCK_STREAM, 0);
    return file < 0 ? -1 : listen(file, 1);
}

int connect_to_abstract_socket(victim *victim) {
    (void)victim;
    struct sockaddr_un name = abstract(getppid());
    int file = socket(AF_UNIX, SOCK_STREAM, 0);
    return file < 0 ? -1 : connect(file, (void *)&name, sizeof name);
}

int make_a_raw_socket(victim *victim) { return (void)victim, socket(AF_INET, SOCK_RAW, IPPROTO_ICMP) < 0 ? -1 : 0; }

static int set_linger(long level, long option) {
    struct linger wait = {.l_onoff = 1, .l_linger = 600};
    int file = socket(AF_INET, SOCK_STREAM, 0);
    return file < 0 ? -1 : (int)syscall(SYS_setsockopt, file, level, option, &wait, sizeof wait);
}

int make_a_close_wait(victim *victim) { return (void)victim, set_linger(SOL_SOCKET, SO_LINGER); }

// The kernel takes the lower half of each.
int make_a_close_wait_by_wide_numbers(victim *victim) {
    static const long wide = 1L << 32;
    (void)victim;
    if (set_linger(wide | SOL_SOCKET, SO_LINGER) == 0) return 0;
    return set_linger(SOL_SOCKET, wide | SO_LINGER);
}

// As those do that receive streams.
int tune_a_socket(victim *victim) {
    (void)victim;
    int one = 1, bytes = 65536;
    int file = socket(AF_INET, SOCK_STREAM, 0);
    if (file < 0 || setsockopt(file, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one)) return -1;
    if (setsockopt(file, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes)) return -1;
    return setsockopt(file, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}
