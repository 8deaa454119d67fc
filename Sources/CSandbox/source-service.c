#define _GNU_SOURCE
#include "source-service.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "CHTTP.h"
#include "channel.h"
#include "login.h"
#include "protocol.h"

enum { most_handles = 256 }; // at once: a playlist has one open for each of its variants and renditions

struct csb_source_service {
    atomic_int references; // the caller and the thread
    atomic_bool cancelled;
    int channel;
    bool allow_private;
    int64_t connect_ms, idle_ms, max_bytes;
    char *user_agent;
    const chttp_signing *signing; // NULL: requests are not signed
    bool alone;                   // nothing but the address is fetched
    char *address;                // with a user and a password, maybe, which the worker does not have
    // The thread's own:
    const cfs_fetcher *fetcher;
    void *session;
    void *handles[most_handles];
    union {
        csb_fetch_reply reply;
        uint8_t bytes[csb_fetch_head + csb_fetch_bytes];
    } answer;
};

static void release(csb_source_service *service) {
    if (atomic_fetch_sub(&service->references, 1) != 1) return;
    close(service->channel);
    free(service->user_agent);
    free(service->address);
    chttp_signing_release(service->signing);
    free(service);
}

// While it waits for an answer the worker says nothing but that it gives up.
static bool interrupted(void *context) {
    csb_source_service *service = context;
    struct pollfd said = {.fd = service->channel, .events = POLLIN};
    return atomic_load(&service->cancelled) || poll(&said, 1, 0) > 0;
}

// MARK: Requests

static int64_t open_address(csb_source_service *service, const csb_fetch_request *request) {
    csb_fetch_reply *reply = &service->answer.reply;
    uint32_t place = 0;
    while (place < most_handles && service->handles[place]) place++;
    if (place == most_handles) return CFS_ERROR_MANY_ADDRESSES;
    if (request->offset < 0 || request->end < 0) return CFS_ERROR_UNREACHABLE;
    // A worker in a stranger's hands is not to read what else the credentials open.
    if (service->alone && strcmp(request->name, service->address) != 0) return CFS_ERROR_REFUSED_ADDRESS;
    char *url = csb_restore_login(request->name, service->address);
    if (!url) return -ENOMEM;
    cfs_fetch wanted = {
        .url = url,
        .offset = request->offset,
        .end = request->end,
        .allow_private = service->allow_private,
        .connect_ms = service->connect_ms,
        .idle_ms = service->idle_ms,
        .user_agent = service->user_agent,
        .signing = service->signing,
    };
    cfs_fetched found = {0};
    int code =
        service->fetcher->open(service->session, &wanted, interrupted, service, &found, &service->handles[place]);
    free(url);
    if (code < 0) return code;
    reply->handle = place;
    reply->status = found.status;
    reply->total = found.total;
    reply->ranges = found.ranges;
    csb_hide_login(found.location);
    memcpy(reply->name, found.location, sizeof reply->name);
    return 0;
}

static int64_t read_address(csb_source_service *service, const csb_fetch_request *request) {
    if (request->handle >= most_handles || !service->handles[request->handle]) return -EBADF;
    size_t size = request->size < csb_fetch_bytes ? request->size : csb_fetch_bytes;
    return service->fetcher->read(service->handles[request->handle], service->answer.bytes + csb_fetch_head, size);
}

static int64_t close_address(csb_source_service *service, uint32_t place) {
    if (place >= most_handles || !service->handles[place]) return -EBADF;
    service->fetcher->close(service->handles[place]);
    service->handles[place] = NULL;
    return 0;
}

static int64_t resolve(csb_source_service *service, const csb_fetch_request *request) {
    csb_fetch_reply *reply = &service->answer.reply;
    return service->fetcher->resolve(
        request->name, service->allow_private, interrupted, service, reply->name, sizeof reply->name);
}

static int64_t follow(csb_source_service *service, const csb_fetch_request *request) {
    switch (request->type) {
    case csb_fetch_open: return open_address(service, request);
    case csb_fetch_read: return read_address(service, request);
    case csb_fetch_close: return close_address(service, request->handle);
    case csb_fetch_resolve: return resolve(service, request);
    default: return -EINVAL;
    }
}

static void *serve(void *context) {
    csb_source_service *service = context;
    csb_fetch_request request;
    service->session = service->fetcher->begin(service->max_bytes);
    while (csb_channel_receive(service->channel, &request, sizeof request, NULL, 0, NULL) == 0) {
        if (request.version != csb_protocol_version || !memchr(request.name, 0, sizeof request.name)) break;
        // It had its answer already.
        if (request.type == csb_fetch_give_up) continue;
        csb_fetch_reply *reply = &service->answer.reply;
        memset(reply, 0, sizeof *reply);
        reply->code = follow(service, &request);
        reply->version = csb_protocol_version;
        size_t size = sizeof *reply;
        if (request.type == csb_fetch_read) size = csb_fetch_head + (reply->code > 0 ? (size_t)reply->code : 0);
        if (csb_channel_send(service->channel, reply, size, NULL, 0, true) < 0) break;
    }
    for (uint32_t place = 0; place < most_handles; place++) close_address(service, place);
    service->fetcher->end(service->session);
    release(service);
    return NULL;
}

// MARK: Life

int csb_source_service_start(int channel, const cfs_options *options, csb_source_service **result) {
    csb_source_service *service = *result = calloc(1, sizeof *service);
    if (!service) return -ENOMEM;
    atomic_init(&service->references, 2);
    service->channel = fcntl(channel, F_DUPFD_CLOEXEC, 0);
    service->allow_private = !options->guarded || options->allow_private;
    service->connect_ms = options->open_deadline_ms;
    service->idle_ms = options->read_deadline_ms;
    service->max_bytes = options->max_bytes;
    service->user_agent = strdup(options->user_agent);
    service->address = strdup(options->input);
    service->alone = options->alone;
    service->signing = chttp_signing_retain(options->signing);
    service->fetcher = cfs_current_fetcher();
    pthread_t thread;
    int code = service->channel < 0 ? -errno : service->user_agent && service->address ? 0 : -ENOMEM;
    if (code == 0) code = -pthread_create(&thread, NULL, serve, service);
    if (code == 0) {
        pthread_detach(thread);
        return 0;
    }
    atomic_store(&service->references, 1);
    release(service);
    *result = NULL;
    return code;
}

void csb_source_service_cancel(csb_source_service *service) { atomic_store(&service->cancelled, true); }

void csb_source_service_end(csb_source_service *service) {
    if (!service) return;
    csb_source_service_cancel(service);
    shutdown(service->channel, SHUT_RDWR);
    release(service);
}
