// Names to numbers, on a thread of their own: the system's resolver cannot be interrupted.
#include <netdb.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "CHTTP.h"

enum { wait_slice_ms = 100 };

typedef struct lookup {
    pthread_mutex_t lock; // for what follows
    pthread_cond_t changed;
    bool done, abandoned; // the caller frees it, unless it abandoned it: then the thread does
    int failure;          // the resolver's
    struct addrinfo *found;
    char host[];
} lookup;

static void free_lookup(lookup *lookup) {
    if (lookup->found) freeaddrinfo(lookup->found);
    pthread_cond_destroy(&lookup->changed);
    pthread_mutex_destroy(&lookup->lock);
    free(lookup);
}

static void *look_up(void *context) {
    lookup *lookup = context;
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *found = NULL;
    int failure = getaddrinfo(lookup->host, NULL, &hints, &found);
    pthread_mutex_lock(&lookup->lock);
    lookup->failure = failure;
    lookup->found = found;
    lookup->done = true;
    bool abandoned = lookup->abandoned;
    pthread_cond_signal(&lookup->changed);
    pthread_mutex_unlock(&lookup->lock);
    if (abandoned) free_lookup(lookup);
    return NULL;
}

static lookup *start(const char *host) {
    size_t size = strlen(host) + 1;
    lookup *made = calloc(1, sizeof *made + size);
    if (!made) return NULL;
    memcpy(made->host, host, size);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&made->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&made->lock, NULL);
    pthread_t thread;
    if (pthread_create(&thread, NULL, look_up, made) != 0) {
        free_lookup(made);
        return NULL;
    }
    pthread_detach(thread);
    return made;
}

// Whether the lookup was done before it was interrupted. If not, it is the thread's from now on.
static bool wait_for(lookup *lookup, chttp_interrupted interrupted, void *context) {
    pthread_mutex_lock(&lookup->lock);
    while (!lookup->done && !lookup->abandoned) {
        struct timespec until;
        clock_gettime(CLOCK_MONOTONIC, &until);
        until.tv_nsec += wait_slice_ms * 1000000;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&lookup->changed, &lookup->lock, &until);
        if (!lookup->done) lookup->abandoned = interrupted && interrupted(context);
    }
    bool done = lookup->done;
    pthread_mutex_unlock(&lookup->lock);
    return done;
}

static int write_allowed(const lookup *lookup, bool allow_private, char *numeric, size_t size) {
    const struct addrinfo *found = lookup->found;
    if (lookup->failure != 0) return CHTTP_ERROR_UNRESOLVED;
    for (const struct addrinfo *one = found; one && !allow_private; one = one->ai_next)
        if (!chttp_address_is_public(one->ai_addr)) return CHTTP_ERROR_REFUSED;
    size_t used = 0;
    for (const struct addrinfo *one = found; one; one = one->ai_next) {
        char text[NI_MAXHOST];
        if (getnameinfo(one->ai_addr, one->ai_addrlen, text, sizeof text, NULL, 0, NI_NUMERICHOST) != 0) continue;
        if (used + strlen(text) + 2 > size) break;
        if (used > 0) numeric[used++] = ' ';
        strcpy(numeric + used, text);
        used += strlen(text);
    }
    return used > 0 ? 0 : CHTTP_ERROR_UNRESOLVED;
}

int chttp_resolve(const char *host, bool allow_private, chttp_interrupted interrupted, void *context, char *numeric,
                  size_t size) {
    lookup *lookup = start(host);
    if (!lookup) return CHTTP_ERROR_MEMORY;
    if (!wait_for(lookup, interrupted, context)) return CHTTP_ERROR_CANCELLED;
    int code = write_allowed(lookup, allow_private, numeric, size);
    free_lookup(lookup);
    return code;
}
