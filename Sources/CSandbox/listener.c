#define _GNU_SOURCE
#include "listener.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { events_at_once = 32, buckets = 256 };

typedef struct listening {
    struct listening *next;
    uint64_t ticket;
    int descriptor;
    void (*heard)(void *);
    void *context;
} listening;

// Guards what follows, and is held while something is heard, so that whoever stops listening can wait for it.
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static listening *table[buckets];
static uint64_t last_ticket;
static int watched = -1; // an epoll

static listening **place_locked(uint64_t ticket) {
    listening **link = &table[ticket % buckets];
    while (*link && (*link)->ticket != ticket) link = &(*link)->next;
    return link;
}

static void *run(void *context) {
    (void)context;
    for (;;) {
        struct epoll_event events[events_at_once];
        int count = epoll_wait(watched, events, events_at_once, -1);
        for (int i = 0; i < count; i++) {
            pthread_mutex_lock(&lock);
            listening *one = *place_locked(events[i].data.u64);
            if (one) one->heard(one->context);
            pthread_mutex_unlock(&lock);
        }
    }
    return NULL;
}

static int start_locked(void) {
    if (watched >= 0) return 0;
    int made = epoll_create1(EPOLL_CLOEXEC);
    if (made < 0) return -errno;
    watched = made;
    pthread_t thread;
    int code = pthread_create(&thread, NULL, run, NULL);
    if (code == 0) {
        pthread_detach(thread);
        return 0;
    }
    // Whoever listens next tries again.
    close(made);
    watched = -1;
    return -code;
}

int csb_listen(int descriptor, void (*heard)(void *), void *context, uint64_t *ticket) {
    listening *one = malloc(sizeof *one);
    if (!one) return -ENOMEM;
    pthread_mutex_lock(&lock);
    int code = start_locked();
    *one = (listening){NULL, ++last_ticket, descriptor, heard, context};
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.u64 = one->ticket};
    if (code == 0 && epoll_ctl(watched, EPOLL_CTL_ADD, descriptor, &event) < 0) code = -errno;
    if (code == 0) {
        *place_locked(one->ticket) = one;
        *ticket = one->ticket;
    } else {
        free(one);
    }
    pthread_mutex_unlock(&lock);
    return code;
}

void csb_unlisten(uint64_t ticket) {
    if (ticket == 0) return;
    pthread_mutex_lock(&lock);
    listening **link = place_locked(ticket), *one = *link;
    if (one) {
        *link = one->next;
        epoll_ctl(watched, EPOLL_CTL_DEL, one->descriptor, NULL);
        free(one);
    }
    pthread_mutex_unlock(&lock);
}
