#define _GNU_SOURCE // accept4, pipe2
#include "http-server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/socket.h>
#include <unistd.h>

enum { most_answers = 8, most_open = 32, patience_ms = 50, most_request = 8192 };

// How an answer begins; %zu is the length of its body.
static const char *const heads[] = {
    "", // as the bytes say
    "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n",
    "HTTP/1.1 200 OK\r\nContent-Length: 1%zu\r\n\r\n",
    "HTTP/1.0 200 OK\r\n\r\n",
    "HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: %zu\r\n\r\n",
    "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 100-999/1000\r\nContent-Length: %zu\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    "HTTP/1.1 404 Not Found\r\nContent-Length: %zu\r\n\r\n",
};

typedef struct answer {
    const char *head;
    fuzz_input body;
    size_t piece;
    bool stays_open;
} answer;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static answer answers[most_answers];
static int answer_count, requests;
static sem_t stopped;
static int listener, orders[2], port;

// MARK: Answering

static bool is_ready(int file, short events) {
    struct pollfd wait = {.fd = file, .events = events};
    return poll(&wait, 1, patience_ms) == 1;
}

static void read_request(int client) {
    char text[most_request + 1];
    size_t size = 0;
    while (size < most_request && is_ready(client, POLLIN)) {
        ssize_t count = read(client, text + size, most_request - size);
        if (count <= 0) break;
        size += (size_t)count;
        text[size] = 0;
        if (strstr(text, "\r\n\r\n")) break;
    }
}

static bool send_all(int client, const char *bytes, size_t size, size_t piece) {
    while (size > 0) {
        size_t next = piece > 0 && piece < size ? piece : size;
        ssize_t count = is_ready(client, POLLOUT) ? send(client, bytes, next, MSG_NOSIGNAL | MSG_DONTWAIT) : -1;
        if (count <= 0) return false;
        bytes += count;
        size -= (size_t)count;
    }
    return true;
}

static void send_answer(int client, const answer *answer) {
    char head[256], own[64];
    snprintf(own, sizeof own, "http://127.0.0.1:%d", port);
    size_t size = answer->body.size;
    for (size_t i = 0; i < answer->body.size; i++) size += answer->body.bytes[i] == 1 ? strlen(own) - 1 : 0;
    int length = snprintf(head, sizeof head, answer->head, size);
    bool goes_on = send_all(client, head, (size_t)length, answer->piece);
    const char *text = (const char *)answer->body.bytes, *end = text + answer->body.size;
    while (goes_on && text < end) {
        const char *mark = memchr(text, 1, (size_t)(end - text));
        goes_on = send_all(client, text, (size_t)((mark ? mark : end) - text), answer->piece);
        if (mark && goes_on) goes_on = send_all(client, own, strlen(own), answer->piece);
        text = mark ? mark + 1 : end;
    }
}

static void *serve(void *unused) {
    int open[most_open], open_count = 0;
    for (;;) {
        struct pollfd waits[] = {{.fd = orders[0], .events = POLLIN}, {.fd = listener, .events = POLLIN}};
        if (poll(waits, 2, -1) < 0) continue;
        if (waits[0].revents) {
            char order;
            if (read(orders[0], &order, 1) != 1) return unused;
            // Who is still waiting to be taken in comes too late.
            for (int late; (late = accept4(listener, NULL, NULL, SOCK_CLOEXEC)) >= 0;) close(late);
            while (open_count > 0) close(open[--open_count]);
            sem_post(&stopped);
            continue;
        }
        int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (client < 0) continue;
        read_request(client);
        pthread_mutex_lock(&lock);
        answer next = answer_count > 0 ? answers[requests % answer_count] : (answer){.head = ""};
        requests++;
        pthread_mutex_unlock(&lock);
        send_answer(client, &next);
        if (next.stays_open && open_count < most_open) open[open_count++] = client;
        else close(client);
    }
}

// MARK: The caller's side

void http_server_start(void) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&address, length) < 0 || listen(listener, 64) < 0) abort();
    if (getsockname(listener, (struct sockaddr *)&address, &length) < 0 || pipe2(orders, O_CLOEXEC) < 0) abort();
    port = ntohs(address.sin_port);
    sem_init(&stopped, 0, 0);
    pthread_t thread;
    if (pthread_create(&thread, NULL, serve, NULL) != 0) abort();
    pthread_detach(thread);
}

void http_server_play(fuzz_input script) {
    static const size_t pieces[] = {0, 1, 7, 1000};
    pthread_mutex_lock(&lock);
    requests = answer_count = 0;
    while (script.size > 0 && answer_count < most_answers) {
        uint8_t kind = (uint8_t)fuzz_take(&script, 1);
        size_t length = (size_t)fuzz_take(&script, 2);
        if (length > script.size || answer_count == most_answers - 1) length = script.size;
        answers[answer_count++] = (answer){.head = heads[kind & 7],
                                           .body = {script.bytes, length},
                                           .piece = pieces[kind >> 3 & 3],
                                           .stays_open = kind & 32};
        script.bytes += length;
        script.size -= length;
    }
    // A long answer byte by byte takes longer than anyone waits.
    for (int i = 0; i < answer_count; i++)
        if (answers[i].body.size > 2000 && answers[i].piece < 1000) answers[i].piece = 1000;
    pthread_mutex_unlock(&lock);
}

int http_server_stop(void) {
    if (write(orders[1], "", 1) != 1) abort();
    while (sem_wait(&stopped) < 0) {
    }
    pthread_mutex_lock(&lock);
    int count = requests;
    answer_count = 0;
    pthread_mutex_unlock(&lock);
    return count;
}

int http_server_port(void) { return port; }
