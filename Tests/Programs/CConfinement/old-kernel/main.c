// Runs a program as on a kernel without Landlock: `old-kernel PROGRAM ARGUMENT…`.
#include <errno.h>
#include <seccomp.h>
#include <unistd.h>

int main(int count, char **arguments) {
    if (count < 2) return 64;
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    if (!filter || seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(landlock_create_ruleset), 0)) return 1;
    if (seccomp_load(filter)) return 1;
    execv(arguments[1], arguments + 1);
    return 127;
}
