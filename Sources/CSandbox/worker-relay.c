#include "worker-relay.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "CSamplerRelay.h"
#include "worker-options.h"

typedef struct relaying {
    cfs_options options; // with copies of what it points to
    int channel;
} relaying;

static void *relay(void *context) {
    const relaying *one = context;
    cfs_relay(&one->options, one->channel);
    // The process has nothing else to do, and ends when it is given up; the other one is to see the end now.
    close(one->channel);
    return NULL;
}

void csb_work_relay(csb_task *task) {
    relaying *one = calloc(1, sizeof *one);
    int code = one ? csb_read_options(task, &one->options) : -ENOMEM;
    if (code == 0) {
        one->channel = task->descriptor;
        if (task->second < 0) one->options.fd = -1;
        one->options.input = strdup(one->options.input);
        one->options.user_agent = strdup(one->options.user_agent);
        one->options.stretches = NULL;
        bool copied = one->options.input && one->options.user_agent;
        pthread_t thread;
        code = copied ? -pthread_create(&thread, NULL, relay, one) : -ENOMEM;
        if (code == 0) pthread_detach(thread);
    }
    task->reply->code = code;
}
