// Reads the images it is given in a process that may do nothing but compute: a system call that opens a file, connects,
// starts a thread or a program, or maps code ends it. Before, `cfs_image_prepare` has loaded what is needed. With the
// first argument `refused` such calls fail instead, and the images have to be refused.
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "CFrameSampler.h"

enum { most_files = 64, largest_file = 4 << 20 };

#define FORBID(call, action) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, 1), BPF_STMT(BPF_RET | BPF_K, action)

static void confine(uint32_t action) {
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        FORBID(open, action),
        FORBID(openat, action),
        FORBID(stat, action),
        FORBID(access, action),
        FORBID(readlink, action),
        FORBID(socket, action),
        FORBID(execve, action),
        FORBID(clone, action),
        FORBID(clone3, action),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, action),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog program = {sizeof rules / sizeof *rules, rules};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)) abort();
}

// 0 when the image was read to its end.
static int read_image(const uint8_t *bytes, size_t size) {
    cfs_image *image = NULL;
    int code = cfs_image_open(bytes, size, 64000000, 0, &image);
    cfs_picture *picture = NULL;
    while (code >= 0 && (code = cfs_image_next(image, &picture)) == 1) {
        uint8_t pixels[3 * 31 * 17];
        if (cfs_picture_render(picture, CFS_LAYOUT_RGB24, 31, 17, pixels) < 0) abort();
        cfs_picture_release(picture);
    }
    cfs_image_close(image);
    return code;
}

int main(int count, char **arguments) {
    bool is_refused = count > 2 && strcmp(arguments[1], "refused") == 0;
    int first = is_refused ? 2 : 1;
    if (count <= first || count > most_files) abort();
    static uint8_t *files[most_files];
    static size_t sizes[most_files];
    for (int i = first; i < count; i++) {
        FILE *file = fopen(arguments[i], "rb");
        if (!file || !(files[i] = malloc(largest_file))) abort();
        sizes[i] = fread(files[i], 1, largest_file, file);
        fclose(file);
    }
    cfs_image_prepare();
    // The control: before, they can be read.
    for (int i = first; i < count && is_refused; i++)
        if (read_image(files[i], sizes[i]) != 0) abort();
    printf("%d images %s\n", count - first, is_refused ? "that need more" : "that need nothing else");
    fflush(stdout);
    confine(is_refused ? SECCOMP_RET_ERRNO | 1 : SECCOMP_RET_KILL_PROCESS);
    int unexpected = 0;
    for (int i = first; i < count; i++) unexpected += (read_image(files[i], sizes[i]) == 0) == is_refused;
    return unexpected > 0;
}
