// The process that workers are forked from: started before there are threads, and without anything secret.
#pragma once

#include "protocol.h"

// What the zygote is told. With `fork` come the worker's descriptors, and first one on which the worker's end is told.
typedef struct csb_zygote_message {
    enum csb_zygote_order { csb_order_fork = 1, csb_order_kill } order;
    uint64_t worker; // a number that the caller chooses
} csb_zygote_message;

// Told once a worker has ended: as `waitpid` has it.
typedef struct csb_death {
    int status;
} csb_death;

enum { csb_never_forked = -1 };

// The body of the zygote. `body` is that of its workers.
_Noreturn void csb_zygote_run(int orders, void (*body)(const int *descriptors));
