// Asks a server on loopback many times at once, cancels some of the calls and leaves others unfinished, and reads a
// stream, under a sanitizer: `client http://127.0.0.1:PORT/NAME`. Ends with 1 unless every call was answered once.
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "CHTTP.h"

enum { calls = 200, cancelled_every = 7, unfinished = 20 };

static sem_t told; // once a call
static atomic_int answered, cancelled, others, progressed;

static void note(void *context, const chttp_answer *answer) {
    (void)context;
    if (answer->code == 0 && answer->status == 200 && answer->body_size > 0) answered++;
    else if (answer->code == CHTTP_ERROR_CANCELLED) cancelled++;
    else others++;
    sem_post(&told);
}

static void note_progress(void *context, int64_t sent, int64_t total) {
    (void)context, (void)sent, (void)total;
    progressed++;
}

static int64_t ask(chttp_client *client, const char *url, bool with_body) {
    const char *const headers[] = {"X-One: 1", "X-Two: 2", NULL};
    const uint8_t bytes[5000] = {1, 2, 3};
    const chttp_part parts[] = {{.name = "field", .value = "value"},
                                {.name = "file", .filename = "a.jpg", .bytes = bytes, .size = sizeof bytes}};
    chttp_call call = {.method = with_body ? "POST" : "GET",
                       .url = url,
                       .headers = headers,
                       .user_agent = "test",
                       .connect_ms = 5000,
                       .first_byte_ms = 20000,
                       .total_ms = 30000,
                       .max_response = 1 << 20,
                       .progress = note_progress};
    if (with_body) call.parts = parts, call.part_count = 2;
    return chttp_client_start(client, &call, note, NULL);
}

static bool never(void *context) { return context != NULL; }

static int64_t read_stream(const char *url, int64_t offset) {
    chttp_limits limits = {
        .allow_private = true, .connect_ms = 5000, .idle_ms = 5000, .max_redirects = 2, .user_agent = "test"};
    chttp_stream *stream = NULL;
    if (chttp_stream_open(url, offset, &limits, never, NULL, &stream) < 0) return -1;
    uint8_t block[777];
    int64_t count, sum = 0;
    while ((count = chttp_stream_read(stream, block, sizeof block)) > 0) sum += count;
    chttp_stream_close(stream);
    return count < 0 ? count : sum;
}

int main(int count, char **arguments) {
    if (count < 2) return 2;
    const char *url = arguments[1];
    sem_init(&told, 0, 0);
    chttp_client *client = chttp_client_create(8);
    for (int i = 0; i < calls; i++) {
        int64_t number = ask(client, url, i % 5 == 4);
        if (i % cancelled_every == 0) chttp_client_cancel(client, number);
    }
    // The server refuses POST: those count as others.
    for (int i = 0; i < calls; i++) sem_wait(&told);
    int finished = answered + cancelled + others;
    for (int i = 0; i < unfinished; i++) ask(client, url, false);
    chttp_client_destroy(client);
    int64_t whole = read_stream(url, 0), rest = read_stream(url, 100);
    chttp_limits public_only = {.connect_ms = 5000, .idle_ms = 5000, .user_agent = "test"};
    chttp_stream *refused = NULL;
    if (chttp_stream_open(url, 0, &public_only, NULL, NULL, &refused) != CHTTP_ERROR_REFUSED) return 3;
    printf("%d calls: %d answered, %d cancelled, %d others; stream of %lld bytes, %lld from 100 on\n",
           finished + unfinished, answered, cancelled, others, (long long)whole, (long long)rest);
    bool good = answered + cancelled + others == calls + unfinished && answered > 0 && cancelled > 0 && progressed > 0;
    return good && whole > 100 && rest == whole - 100 ? 0 : 1;
}
