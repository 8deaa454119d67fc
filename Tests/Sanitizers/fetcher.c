// An address whose bytes another fetcher gives is sampled as the file is: `fetcher FILE`. Ends with 0 if that holds, if what
// the fetcher refuses is refused, if everything that was begun and opened was closed and ended, and if of the addresses that
// it gives for a name the second one is tried where the first one refuses, and if a sampler that is cancelled ends though bytes
// come on and on.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "CFrameSampler.h"
#include "CSamplerFetch.h"

static const char *const endless_url = "http://nowhere.invalid/endless.ts";
static cfs_sampler *endless; // what samples it
static const char *path, *good_url = "http://nowhere.invalid/a film.mp4";
static int sessions, streams, opened; // guarded by the lock
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;

static void add(int *what, int change) {
    pthread_mutex_lock(&lock);
    *what += change;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

static void *begin(int64_t max_bytes) {
    (void)max_bytes;
    add(&sessions, 1);
    return &sessions;
}

static void end(void *session) { add(&sessions, session == &sessions ? -1 : 0); }

static int open_file(void *session, const cfs_fetch *wanted, cfs_fetch_interrupted interrupted, void *context,
                     cfs_fetched *found, void **handle) {
    if (session != &sessions || interrupted(context)) return CFS_ERROR_CANCELLED;
    bool is_endless = strcmp(wanted->url, endless_url) == 0;
    if (!is_endless && strcmp(wanted->url, good_url) != 0) return CFS_ERROR_REFUSED_ADDRESS;
    FILE *file = fopen(is_endless ? "/dev/zero" : path, "rb");
    if (!file) return CFS_ERROR_UNREACHABLE;
    fseek(file, 0, SEEK_END);
    found->total = ftell(file);
    fseek(file, wanted->offset, SEEK_SET);
    found->status = 200;
    found->ranges = true;
    strcpy(found->location, wanted->url);
    add(&streams, 1);
    add(&opened, 1);
    *handle = file;
    return 0;
}

// Packets of a transport stream that say nothing.
static int64_t read_nothing(uint8_t *bytes, size_t size) {
    enum { packet_bytes = 188, many_reads = 1000 };
    static const uint8_t head[] = {0x47, 0x1f, 0xff, 0x10};
    static int reads;
    size_t whole = size / packet_bytes * packet_bytes;
    for (size_t at = 0; at < whole; at += packet_bytes) memcpy(bytes + at, head, sizeof head);
    if (++reads == many_reads) cfs_sampler_cancel(endless);
    return (int64_t)whole;
}

static int64_t read_file(void *handle, uint8_t *bytes, size_t size) {
    return endless ? read_nothing(bytes, size) : (int64_t)fread(bytes, 1, size, handle);
}

static void close_file(void *handle) {
    add(&streams, -1);
    fclose(handle);
}

static int resolve(const char *host, bool allow_private, cfs_fetch_interrupted interrupted, void *context,
                   char *numeric, size_t size) {
    (void)interrupted, (void)context;
    bool is_known = allow_private && strcmp(host, "two.invalid") == 0;
    snprintf(numeric, size, "127.0.0.2 127.0.0.1");
    return is_known ? 0 : CFS_ERROR_UNREACHABLE;
}

// Samples with a picture, or an error.
static int sample(const char *input, bool is_url) {
    cfs_options options = cfs_options_default();
    options.input = input;
    options.is_url = is_url;
    cfs_sampler *sampler = NULL;
    int code = cfs_sampler_create(&options, &sampler), count = 0;
    if (code == 0) code = cfs_sampler_open(sampler);
    cfs_sample sample;
    while (code >= 0 && (code = cfs_sampler_next(sampler, &sample)) == 1) {
        count += sample.picture != NULL;
        cfs_picture_release(sample.picture);
    }
    cfs_sampler_destroy(sampler);
    return code < 0 ? code : count;
}

// What comes of an address without an end.
static int sample_endless(void) {
    cfs_options options = cfs_options_default();
    options.input = endless_url;
    options.is_url = true;
    if (cfs_sampler_create(&options, &endless) < 0) return -1;
    int code = cfs_sampler_open(endless);
    cfs_sampler_destroy(endless);
    endless = NULL;
    return code;
}

// On the second address only.
static int listen_on_loopback(int *port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(listener, (struct sockaddr *)&address, size) < 0 || listen(listener, 1) < 0) return -1;
    getsockname(listener, (struct sockaddr *)&address, &size);
    *port = ntohs(address.sin_port);
    return listener;
}

static void *hang_up(void *context) {
    int connection = accept(*(int *)context, NULL, NULL);
    close(connection);
    return connection < 0 ? NULL : context;
}

// Whether somebody connected while the address was opened.
static bool reaches_the_second(void) {
    int port = 0, listener = listen_on_loopback(&port);
    char url[64];
    snprintf(url, sizeof url, "rtmp://two.invalid:%d/live/x", port);
    pthread_t thread;
    if (listener < 0 || pthread_create(&thread, NULL, hang_up, &listener) != 0) return false;
    sample(url, true);
    shutdown(listener, SHUT_RDWR);
    void *connected = NULL;
    pthread_join(thread, &connected);
    close(listener);
    return connected != NULL;
}

static bool expect(const char *what, int found, int expected) {
    if (found == expected) return true;
    printf("%s: %d instead of %d\n", what, found, expected);
    return false;
}

int main(int count, char **arguments) {
    static const cfs_fetcher fetcher = {begin, end, open_file, read_file, close_file, resolve};
    if (count != 2) return 2;
    alarm(60);
    path = arguments[1];
    int pictures = sample(path, false);
    cfs_set_fetcher(&fetcher);
    bool is_right = expect("pictures of the address", sample(good_url, true), pictures) && pictures > 0;
    is_right &= expect("another address", sample("http://nowhere.invalid/other", true), CFS_ERROR_REFUSED_ADDRESS);
    is_right &=
        expect("an address that has no number", sample("rtmp://one.invalid/live/x", true), CFS_ERROR_UNREACHABLE);
    is_right &= expect("the second address of a name", reaches_the_second(), true);
    is_right &= expect("bytes without an end", sample_endless(), CFS_ERROR_CANCELLED);
    // A thread that is still on its way out gives its session back itself; the alarm ends the wait for one that never does.
    pthread_mutex_lock(&lock);
    while (sessions > 0 || streams > 0) pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
    return is_right && opened > 0 && sessions == 0 && streams == 0 ? 0 : 1;
}
