#include "worker-memory.h"

#include <errno.h>
#include <pthread.h>
#include <unistd.h>

#include "CSamplerMemory.h"
#include "channel.h"
#include "protocol.h"

static int memory_socket;
static pthread_mutex_t asking = PTHREAD_MUTEX_INITIALIZER;

static int64_t borrow(bool image, int64_t least, int64_t wanted) {
    csb_memory_message message = {.version = csb_protocol_version, .image = image, .least = least, .wanted = wanted};
    pthread_mutex_lock(&asking);
    int code = csb_channel_send(memory_socket, &message, sizeof message, NULL, 0, true);
    if (code == 0) code = csb_channel_receive(memory_socket, &message, sizeof message, NULL, 0, NULL);
    pthread_mutex_unlock(&asking);
    if (code < 0) _exit(0);
    return message.bytes;
}

static void give_back(bool image, int64_t bytes) {
    csb_memory_message message = {.version = csb_protocol_version, .image = image, .bytes = bytes};
    csb_channel_send(memory_socket, &message, sizeof message, NULL, 0, true);
}

void csb_borrow_over(int memory) {
    memory_socket = memory;
    cfs_set_lender(&(cfs_lender){.borrow = borrow, .give_back = give_back});
}
