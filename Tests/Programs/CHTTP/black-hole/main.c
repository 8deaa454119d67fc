// Asks for a name whose name server says nothing, and for good addresses meanwhile: `black-hole GOOD HOLE NAMED MIXED`.
// GOOD is an http address in numbers, HOLE one by the silent name, NAMED one by a name that is resolved, MIXED one by a name
// that has a private and a public address.
// Prints a line for each thing that ends, in the order they do: what, its code, and how many resolvers' threads are left.
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>

#include "../../../Fuzz/threads.h"
#include "CHTTP.h"

static int others; // threads that are no resolver's

static int resolvers(void) { return threads_running() - others; }

// A thread that has ended is counted for a moment more.
static void settle(int left) {
    while (resolvers() > left) sched_yield();
}

static void tell(const char *what, int code) {
    printf("%s %d %d\n", what, code, resolvers());
    fflush(stdout);
}

typedef struct outcome {
    sem_t ended;
    int64_t number;
    int code;
} outcome;

static void note(void *context, const chttp_answer *answer) {
    outcome *outcome = context;
    outcome->code = answer->code ? answer->code : answer->status;
    sem_post(&outcome->ended);
}

static void start(outcome *outcome, chttp_client *client, const char *url, int64_t connect_ms) {
    sem_init(&outcome->ended, 0, 0);
    chttp_call call = {.method = "GET",
                       .url = url,
                       .user_agent = "test",
                       .connect_ms = connect_ms,
                       .first_byte_ms = 120000,
                       .total_ms = 120000,
                       .max_response = 1 << 20};
    outcome->number = chttp_client_start(client, &call, note, outcome);
}

static void finish(const char *what, outcome *outcome) {
    sem_wait(&outcome->ended);
    tell(what, outcome->code);
}

static void call(const char *what, chttp_client *client, const char *url) {
    outcome one;
    start(&one, client, url, 120000);
    finish(what, &one);
}

static bool once_resolving(void *context) { return resolvers() >= *(int *)context; }

// The status of an answer that only a public address may give.
static int ask_the_public(const char *url) {
    chttp_limits limits = {.connect_ms = 120000, .idle_ms = 120000, .user_agent = "test"};
    chttp_stream *stream = NULL;
    int code = chttp_stream_open(url, 0, &limits, NULL, NULL, &stream);
    if (code == 0) code = chttp_stream_status(stream);
    chttp_stream_close(stream);
    return code;
}

int main(int count, char **arguments) {
    if (count < 5) return 2;
    const char *good = arguments[1], *hole = arguments[2], *named = arguments[3];
    char host[256] = "", numeric[64] = "";
    sscanf(hole, "http://%255[^:/]", host);
    chttp_client *client = chttp_client_create(4);
    others = resolvers();
    outcome resolved, cancelled, late, unfinished;
    start(&resolved, client, named, 120000);
    sem_wait(&resolved.ended);
    settle(0);
    tell("named", resolved.code);
    int codes[] = {ask_the_public(named), ask_the_public(arguments[4])};
    settle(0);
    tell("private", codes[0]);
    tell("private and public", codes[1]);

    start(&cancelled, client, hole, 120000);
    call("good, while it is resolved", client, good);
    chttp_client_cancel(client, cancelled.number);
    finish("cancelled", &cancelled);
    call("good, after it was cancelled", client, good);
    start(&late, client, hole, 300);
    finish("late", &late);
    call("good, after it was late", client, good);

    chttp_limits limits = {.allow_private = true, .connect_ms = 120000, .idle_ms = 120000, .user_agent = "test"};
    chttp_stream *stream = NULL;
    int third = 3, fourth = 4;
    tell("stream", chttp_stream_open(hole, 0, &limits, once_resolving, &third, &stream));
    tell("resolve", chttp_resolve(host, true, once_resolving, &fourth, numeric, sizeof numeric));
    sscanf(named, "http://%255[^:/]", host);
    int code = chttp_resolve(host, true, NULL, NULL, numeric, sizeof numeric);
    settle(fourth);
    tell(code == 0 ? numeric : "resolve", code);

    start(&unfinished, client, hole, 120000);
    call("good, at the end", client, good);
    chttp_client_destroy(client);
    others--;
    finish("unfinished", &unfinished);
    return 0;
}
