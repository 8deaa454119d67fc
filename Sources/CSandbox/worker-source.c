#include "worker-source.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "channel.h"
#include "protocol.h"

static int source_socket;
static pthread_mutex_t asking = PTHREAD_MUTEX_INITIALIZER;

// Whether to give up, as whoever wants something says.
typedef struct patience {
    cfs_fetch_interrupted interrupted;
    void *context;
} patience;

// Waits until there is an answer. 0 or an error.
static int wait_for_answer(const patience *patience) {
    enum { slice_ms = 100 };
    const csb_fetch_request end = {.version = csb_protocol_version, .type = csb_fetch_give_up};
    struct pollfd answer = {.fd = source_socket, .events = POLLIN};
    bool waits = patience != NULL;
    int code = 0;
    while (code == 0 && poll(&answer, 1, waits ? slice_ms : -1) <= 0) {
        if (!waits || !patience->interrupted(patience->context)) continue;
        waits = false;
        code = csb_channel_send(source_socket, &end, sizeof end, NULL, 0, true);
    }
    return code;
}

// Asks, and takes an answer of up to `most` bytes. Its code. Without patience the answer is waited for in any case.
static int64_t ask(csb_fetch_request *request, const patience *patience, csb_fetch_reply *reply, size_t most) {
    size_t size = 0;
    request->version = csb_protocol_version;
    pthread_mutex_lock(&asking);
    int code = csb_channel_send(source_socket, request, sizeof *request, NULL, 0, true);
    if (code == 0) code = wait_for_answer(patience);
    if (code == 0) code = csb_channel_receive_between(source_socket, reply, csb_fetch_head, most, &size);
    pthread_mutex_unlock(&asking);
    if (code < 0) _exit(0);
    return reply->code;
}

static void *begin(int64_t max_bytes) {
    (void)max_bytes; // the other process has limits of its own
    return NULL;
}

static void end(void *session) { (void)session; }

typedef struct transfer {
    uint32_t number; // that the other process knows it by
    patience patience;
} transfer;

static int open_address(void *session, const cfs_fetch *wanted, cfs_fetch_interrupted interrupted, void *context,
                        cfs_fetched *found, void **handle) {
    (void)session;
    *handle = NULL;
    csb_fetch_request request = {.type = csb_fetch_open, .offset = wanted->offset, .end = wanted->end};
    if (strlen(wanted->url) >= sizeof request.name) return CFS_ERROR_UNREACHABLE;
    strcpy(request.name, wanted->url);
    transfer *transfer = malloc(sizeof *transfer);
    if (!transfer) return -ENOMEM;
    transfer->patience = (patience){interrupted, context};
    csb_fetch_reply reply;
    int64_t code = ask(&request, &transfer->patience, &reply, sizeof reply);
    if (code < 0) {
        free(transfer);
        return (int)code;
    }
    *found = (cfs_fetched){.status = reply.status, .total = reply.total, .ranges = reply.ranges};
    memcpy(found->location, reply.name, sizeof found->location);
    transfer->number = reply.handle;
    *handle = transfer;
    return 0;
}

static int64_t read_address(void *handle, uint8_t *bytes, size_t size) {
    const transfer *transfer = handle;
    struct {
        csb_fetch_reply head; // but for its last member, which bytes follow in place of
        uint8_t more[csb_fetch_bytes];
    } answer;
    csb_fetch_request request = {.type = csb_fetch_read, .handle = transfer->number};
    request.size = (uint32_t)(size < csb_fetch_bytes ? size : csb_fetch_bytes);
    int64_t count = ask(&request, &transfer->patience, &answer.head, csb_fetch_head + request.size);
    if (count > (int64_t)request.size) return -EIO;
    if (count > 0) memcpy(bytes, (const uint8_t *)&answer + csb_fetch_head, (size_t)count);
    return count;
}

static void close_address(void *handle) {
    transfer *transfer = handle;
    csb_fetch_request request = {.type = csb_fetch_close, .handle = transfer->number};
    csb_fetch_reply reply;
    ask(&request, NULL, &reply, sizeof reply);
    free(transfer);
}

static int resolve(const char *host, bool allow_private, cfs_fetch_interrupted interrupted, void *context,
                   char *numeric, size_t size) {
    (void)allow_private;
    patience patience = {interrupted, context};
    csb_fetch_request request = {.type = csb_fetch_resolve};
    if (strlen(host) >= sizeof request.name) return CFS_ERROR_UNREACHABLE;
    strcpy(request.name, host);
    csb_fetch_reply reply;
    int64_t code = ask(&request, &patience, &reply, sizeof reply);
    if (code < 0) return (int)code;
    if (strnlen(reply.name, sizeof reply.name) >= size) return CFS_ERROR_UNREACHABLE;
    strcpy(numeric, reply.name);
    return 0;
}

void csb_fetch_over(int source) {
    static const cfs_fetcher fetcher = {begin, end, open_address, read_address, close_address, resolve};
    source_socket = source;
    cfs_set_fetcher(&fetcher);
}
