#include "counts.h"

#include <stdatomic.h>

#include "CSandbox.h"

static _Atomic int64_t started, alive, crashed, limited, hung, garbled, forbidden;

void csb_count_start(void) {
    atomic_fetch_add(&started, 1);
    atomic_fetch_add(&alive, 1);
}

static void (*observer)(int reason);

void csb_observe_deaths(void (*ended)(int)) { observer = ended; }

void csb_count_release(void) { atomic_fetch_sub(&alive, 1); }

bool csb_is_death(int reason) { return reason <= CSB_ERROR_CRASHED && reason >= CSB_ERROR_FORBIDDEN; }

void csb_count_end(int reason) {
    if (observer && csb_is_death(reason)) observer(reason);
    switch (reason) {
    case CSB_ERROR_CRASHED: atomic_fetch_add(&crashed, 1); break;
    case CSB_ERROR_LIMIT: atomic_fetch_add(&limited, 1); break;
    case CSB_ERROR_HUNG: atomic_fetch_add(&hung, 1); break;
    case CSB_ERROR_GARBLED: atomic_fetch_add(&garbled, 1); break;
    case CSB_ERROR_FORBIDDEN: atomic_fetch_add(&forbidden, 1); break;
    default: break;
    }
}

csb_counts csb_counts_now(void) {
    return (csb_counts){
        .started = atomic_load(&started),
        .alive = atomic_load(&alive),
        .crashed = atomic_load(&crashed),
        .limited = atomic_load(&limited),
        .hung = atomic_load(&hung),
        .garbled = atomic_load(&garbled),
        .forbidden = atomic_load(&forbidden),
    };
}
