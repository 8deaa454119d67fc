#include "worker-source.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "channel.h"
#include "protocol.h"

static int source_socket;
static pthread_mutex_t asking = PTHREAD_MUTEX_INITIALIZER;

// Asks, and takes an answer of up to `most` bytes. Its code.
static int64_t ask(csb_fetch_request *request, csb_fetch_reply *reply, size_t most) {
    size_t size = 0;
    request->version = csb_protocol_version;
    pthread_mutex_lock(&asking);
    int code = csb_channel_send(source_socket, request, sizeof *request, NULL, 0, true);
    if (code == 0) code = csb_channel_receive_between(source_socket, reply, csb_fetch_head, most, &size);
    pthread_mutex_unlock(&asking);
    if (code < 0) _exit(0);
    return reply->code;
}

static void *begin(void) { return NULL; }

static void end(void *session) { (void)session; }

// A number as a pointer, never NULL.
static void *as_handle(uint32_t number) { return (void *)((uintptr_t)number + 1); }

static uint32_t as_number(const void *handle) { return (uint32_t)((uintptr_t)handle - 1); }

static int open_address(void *session, const cfs_fetch *wanted, cfs_fetch_interrupted interrupted, void *context,
                        cfs_fetched *found, void **handle) {
    (void)session, (void)interrupted, (void)context;
    *handle = NULL;
    csb_fetch_request request = {.type = csb_fetch_open, .offset = wanted->offset, .end = wanted->end};
    if (strlen(wanted->url) >= sizeof request.name) return CFS_ERROR_UNREACHABLE;
    strcpy(request.name, wanted->url);
    csb_fetch_reply reply;
    int64_t code = ask(&request, &reply, sizeof reply);
    if (code < 0) return (int)code;
    *found = (cfs_fetched){.status = reply.status, .total = reply.total, .ranges = reply.ranges};
    memcpy(found->location, reply.name, sizeof found->location);
    *handle = as_handle(reply.handle);
    return 0;
}

static int64_t read_address(void *handle, uint8_t *bytes, size_t size) {
    struct {
        csb_fetch_reply head; // but for its last member, which bytes follow in place of
        uint8_t more[csb_fetch_bytes];
    } answer;
    csb_fetch_request request = {.type = csb_fetch_read, .handle = as_number(handle)};
    request.size = (uint32_t)(size < csb_fetch_bytes ? size : csb_fetch_bytes);
    int64_t count = ask(&request, &answer.head, csb_fetch_head + request.size);
    if (count > (int64_t)request.size) return -EIO;
    if (count > 0) memcpy(bytes, (const uint8_t *)&answer + csb_fetch_head, (size_t)count);
    return count;
}

static void close_address(void *handle) {
    csb_fetch_request request = {.type = csb_fetch_close, .handle = as_number(handle)};
    csb_fetch_reply reply;
    ask(&request, &reply, sizeof reply);
}

static int resolve(const char *host, bool allow_private, cfs_fetch_interrupted interrupted, void *context,
                   char *numeric, size_t size) {
    (void)allow_private, (void)interrupted, (void)context;
    csb_fetch_request request = {.type = csb_fetch_resolve};
    if (strlen(host) >= sizeof request.name) return CFS_ERROR_UNREACHABLE;
    strcpy(request.name, host);
    csb_fetch_reply reply;
    int64_t code = ask(&request, &reply, sizeof reply);
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
