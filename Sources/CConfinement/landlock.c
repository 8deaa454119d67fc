#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "CConfinement.h"

// Of the kernel's interface; headers of distributions are older than their kernels.
enum { refer_right = 1 << 13, truncate_right = 1 << 14, ioctl_right = 1 << 15 };
enum { bind_right = 1, connect_right = 2, abstract_socket_scope = 1, signal_scope = 2 };
enum { refer_version = 2, truncate_version = 3, tcp_version = 4, ioctl_version = 5, scope_version = 6 };
struct ruleset {
    uint64_t files, tcp, scoped;
};

enum {
    rights_of_reading = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
    rights_of_writing = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE
        | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | refer_right | truncate_right,
    // The kernel takes no other for what is not a folder.
    rights_of_a_file = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_READ_FILE
        | truncate_right | ioctl_right,
    all_rights = rights_of_reading | rights_of_writing | LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_CHAR
        | LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK
        | LANDLOCK_ACCESS_FS_MAKE_SYM | ioctl_right,
};

// The version, or a negative errno.
static int version(void) {
    long found = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    return found < 0 ? -errno : (int)found;
}

int ccf_landlock_version(void) {
    int found = version();
    return found < 0 ? 0 : found;
}

static struct ruleset handled(int version, uint32_t flags) {
    struct ruleset rules = {.files = all_rights};
    if (version < refer_version) rules.files &= ~(uint64_t)refer_right;
    if (version < truncate_version) rules.files &= ~(uint64_t)truncate_right;
    if (version < ioctl_version) rules.files &= ~(uint64_t)ioctl_right;
    if (version >= tcp_version) {
        if (flags & CCF_NO_TCP_BIND) rules.tcp |= bind_right;
        if (flags & CCF_NO_TCP_CONNECT) rules.tcp |= connect_right;
    }
    if (version >= scope_version) {
        if (flags & CCF_OWN_SOCKETS) rules.scoped |= abstract_socket_scope;
        if (flags & CCF_OWN_SIGNALS) rules.scoped |= signal_scope;
    }
    return rules;
}

// An older kernel takes a larger struct as long as what it does not know is 0.
static int create(const struct ruleset *rules) {
    long made = syscall(SYS_landlock_create_ruleset, rules, sizeof *rules, 0);
    return made < 0 ? -errno : (int)made;
}

static int permit(int ruleset, const ccf_path *path, uint64_t handled) {
    int place = open(path->path, O_PATH | O_CLOEXEC);
    if (place < 0) return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
    uint64_t rights = 0;
    if (path->rights & CCF_READ) rights |= rights_of_reading;
    if (path->rights & CCF_WRITE) rights |= rights_of_writing;
    if (path->rights & CCF_EXECUTE) rights |= LANDLOCK_ACCESS_FS_EXECUTE;
    struct stat state;
    int error = fstat(place, &state) ? -errno : 0;
    if (!error && !S_ISDIR(state.st_mode)) rights &= rights_of_a_file;
    struct landlock_path_beneath_attr rule = {.allowed_access = rights & handled, .parent_fd = place};
    if (!error && rule.allowed_access && syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0))
        error = -errno;
    close(place);
    return error;
}

int ccf_landlock_restrict(const ccf_path *paths, size_t count, uint32_t flags) {
    int found = version();
    if (found < 0) return found;
    struct ruleset rules = handled(found, flags);
    int ruleset = create(&rules), error = ruleset < 0 ? ruleset : 0;
    if (error) return error;
    for (size_t i = 0; !error && i < count; i++) error = permit(ruleset, &paths[i], rules.files);
    if (!error && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)) error = -errno;
    if (!error && syscall(SYS_landlock_restrict_self, ruleset, 0)) error = -errno;
    close(ruleset);
    return error;
}
