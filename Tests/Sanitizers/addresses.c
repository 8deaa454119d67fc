// What a worker reads of addresses, over a socket from a service as in the main process, both of them in one here. Ends with 0
// if a worker that gives up is let go of, and gets its answers all the same afterwards, and if it may have as many addresses
// open as a large playlist takes, and no more. SIGALRM ends what never ends.
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "CSamplerFetch.h"
#include "channel.h"
#include "source-service.h"
#include "worker-source.h"

// MARK: What fetches

static atomic_bool is_silent; // nothing comes, however long one waits
static atomic_int opened;

static int wait_in_vain(cfs_fetch_interrupted interrupted, void *context) {
    // As libcurl does, which asks now and then while it waits for bytes.
    while (!interrupted(context)) usleep(1000);
    return CFS_ERROR_CANCELLED;
}

typedef struct served {
    cfs_fetch_interrupted interrupted;
    void *context;
} served;

static void *begin(int64_t max_bytes) {
    (void)max_bytes;
    return NULL;
}

static void end(void *session) { (void)session; }

static int open_address(void *session, const cfs_fetch *wanted, cfs_fetch_interrupted interrupted, void *context,
                        cfs_fetched *found, void **handle) {
    (void)session, (void)wanted;
    *handle = NULL;
    if (is_silent) return wait_in_vain(interrupted, context);
    served *made = malloc(sizeof *made);
    if (!made) abort();
    *made = (served){interrupted, context};
    *found = (cfs_fetched){.status = 200, .total = -1};
    *handle = made;
    opened++;
    return 0;
}

static int64_t read_address(void *handle, uint8_t *bytes, size_t size) {
    const served *from = handle;
    if (is_silent) return wait_in_vain(from->interrupted, from->context);
    memset(bytes, 'x', size);
    return (int64_t)size;
}

static void close_address(void *handle) {
    free(handle);
    opened--;
}

static int resolve(const char *host, bool allow_private, cfs_fetch_interrupted interrupted, void *context,
                   char *numeric, size_t size) {
    (void)host, (void)allow_private;
    if (is_silent) return wait_in_vain(interrupted, context);
    snprintf(numeric, size, "127.0.0.1");
    return 0;
}

// MARK: What asks

static bool has_had_enough(void *context) { return ++*(int *)context > 1; }

static bool expect(const char *what, int64_t found, int64_t expected) {
    if (found == expected) return true;
    printf("%s: %lld instead of %lld\n", what, (long long)found, (long long)expected);
    return false;
}

static int asked; // whether to give up

static int open_one(const cfs_fetcher *worker, void **handle) {
    cfs_fetch wanted = {.url = "http://nowhere.invalid/a.mp4", .connect_ms = 1000, .idle_ms = 1000, .user_agent = ""};
    static cfs_fetched found;
    asked = 0;
    return worker->open(NULL, &wanted, has_had_enough, &asked, &found, handle);
}

static int resolve_one(const cfs_fetcher *worker) {
    char numeric[64];
    asked = 0;
    return worker->resolve("nowhere.invalid", true, has_had_enough, &asked, numeric, sizeof numeric);
}

static bool gives_up(const cfs_fetcher *worker) {
    uint8_t byte;
    void *silent, *handle;
    is_silent = true;
    bool is_right = expect("an address that says nothing", open_one(worker, &silent), CFS_ERROR_CANCELLED);
    is_right &= expect("a name that nobody knows", resolve_one(worker), CFS_ERROR_CANCELLED);
    is_silent = false;
    is_right &= expect("a name afterwards", resolve_one(worker), 0);
    if (!expect("an address afterwards", open_one(worker, &handle), 0)) return false;
    is_silent = true;
    asked = 0;
    is_right &= expect("bytes that do not come", worker->read(handle, &byte, 1), CFS_ERROR_CANCELLED);
    is_silent = false;
    is_right &= expect("a byte afterwards", worker->read(handle, &byte, 1), 1);
    worker->close(handle);
    return is_right && expect("addresses left open", opened, 0);
}

static bool opens_many(const cfs_fetcher *worker) {
    enum { most = 256 };
    static void *handles[most + 1];
    bool is_right = true;
    for (int i = 0; i < most; i++) is_right &= expect("one of many addresses", open_one(worker, &handles[i]), 0);
    is_right &= expect("one more", open_one(worker, &handles[most]), CFS_ERROR_MANY_ADDRESSES);
    if (!is_right) return false;
    worker->close(handles[0]);
    is_right = expect("one in place of another", open_one(worker, &handles[0]), 0);
    for (int i = 0; i < most && is_right; i++) worker->close(handles[i]);
    return is_right && expect("addresses left open", opened, 0);
}

int main(void) {
    static const cfs_fetcher fetcher = {begin, end, open_address, read_address, close_address, resolve};
    int ends[2];
    cfs_options options = cfs_options_default();
    options.input = "http://nowhere.invalid/a.mp4";
    csb_source_service *service;
    alarm(60);
    cfs_set_fetcher(&fetcher);
    if (csb_channel_make(ends) < 0 || csb_source_service_start(ends[0], &options, &service) < 0) return 2;
    csb_fetch_over(ends[1]);
    bool is_right = gives_up(cfs_current_fetcher()) && opens_many(cfs_current_fetcher());
    csb_source_service_end(service);
    return is_right ? 0 : 1;
}
