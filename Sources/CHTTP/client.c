// Many calls at once: one thread, one multi handle, connections kept between calls.
#include <pthread.h>
#include <stdlib.h>

#include "call.h"

enum { longest_wait_ms = 200 };

struct chttp_client {
    CURLM *multi;
    pthread_t thread;
    pthread_mutex_t lock; // for what follows
    call *calls;          // the oldest first; only the thread takes one out
    int64_t last_number;
    bool ending;
};

// MARK: The thread

// Hands what was started to libcurl. Returns whether the client is ending.
static bool take_in(chttp_client *client) {
    pthread_mutex_lock(&client->lock);
    for (call *one = client->calls; one; one = one->next) {
        if (!one->running) curl_multi_add_handle(client->multi, one->easy);
        one->running = true;
    }
    bool ending = client->ending;
    pthread_mutex_unlock(&client->lock);
    return ending;
}

// Takes a call back from libcurl, and hands out its answer.
static void end_call(chttp_client *client, call *gone, int code) {
    pthread_mutex_lock(&client->lock);
    call **link = &client->calls;
    while (*link != gone) link = &(*link)->next;
    *link = gone->next;
    pthread_mutex_unlock(&client->lock);
    curl_multi_remove_handle(client->multi, gone->easy);
    chttp_finish_call(gone, code);
}

static void hand_out(chttp_client *client) {
    int left = 0;
    for (CURLMsg *message; (message = curl_multi_info_read(client->multi, &left));) {
        if (message->msg != CURLMSG_DONE) continue;
        call *done = NULL;
        CURLcode code = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&done);
        end_call(client, done, chttp_call_outcome(done, code));
    }
}

// Ends calls that were cancelled: libcurl asks only those that progress whether they are.
static void drop_cancelled(chttp_client *client, bool all) {
    for (;;) {
        pthread_mutex_lock(&client->lock);
        call *dropped = client->calls;
        while (dropped && !(dropped->running && (all || dropped->cancelled))) dropped = dropped->next;
        pthread_mutex_unlock(&client->lock);
        if (!dropped) return;
        end_call(client, dropped, CHTTP_ERROR_CANCELLED);
    }
}

static void *work(void *context) {
    chttp_client *client = context;
    while (!take_in(client)) {
        int running = 0;
        curl_multi_perform(client->multi, &running);
        hand_out(client);
        drop_cancelled(client, false);
        curl_multi_poll(client->multi, NULL, 0, longest_wait_ms, NULL);
    }
    drop_cancelled(client, true);
    return NULL;
}

// MARK: The client

chttp_client *chttp_client_create(int connections) {
    chttp_initialize();
    chttp_client *client = calloc(1, sizeof *client);
    if (!client) return NULL;
    client->multi = curl_multi_init();
    pthread_mutex_init(&client->lock, NULL);
    if (client->multi) {
        curl_multi_setopt(client->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)connections);
        curl_multi_setopt(client->multi, CURLMOPT_MAXCONNECTS, (long)connections);
        if (pthread_create(&client->thread, NULL, work, client) == 0) return client;
    }
    curl_multi_cleanup(client->multi);
    free(client);
    return NULL;
}

int64_t chttp_client_start(chttp_client *client, const chttp_call *wanted, chttp_done done, void *context) {
    call *made = chttp_make_call(wanted, done, context);
    if (!made) return 0;
    pthread_mutex_lock(&client->lock);
    int64_t number = made->number = ++client->last_number;
    call **link = &client->calls;
    while (*link) link = &(*link)->next;
    *link = made;
    pthread_mutex_unlock(&client->lock);
    curl_multi_wakeup(client->multi);
    return number;
}

void chttp_client_cancel(chttp_client *client, int64_t number) {
    pthread_mutex_lock(&client->lock);
    for (call *one = client->calls; one; one = one->next)
        if (one->number == number) one->cancelled = true;
    pthread_mutex_unlock(&client->lock);
    curl_multi_wakeup(client->multi);
}

void chttp_client_destroy(chttp_client *client) {
    if (!client) return;
    pthread_mutex_lock(&client->lock);
    client->ending = true;
    pthread_mutex_unlock(&client->lock);
    curl_multi_wakeup(client->multi);
    pthread_join(client->thread, NULL);
    curl_multi_cleanup(client->multi);
    pthread_mutex_destroy(&client->lock);
    free(client);
}
