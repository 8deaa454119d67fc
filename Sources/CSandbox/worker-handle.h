// A worker as the process sees it that it works for.
//
// Every call is answered within a time, or the worker is ended. What it says is checked by whoever reads it.
#pragma once

#include <pthread.h>
#include <stdatomic.h>

#include "CSandbox.h"
#include "protocol.h"
#include "region.h"
#include "source-service.h"

typedef struct csb_lane {
    int socket;
    csb_region region;
    int unsent; // the descriptor of a region that the worker does not know yet; -1: none
    bool taken;
} csb_lane;

typedef struct csb_worker {
    atomic_int references;
    uint64_t number;
    int control, memory, source, death;
    int cancel_event;     // an eventfd, readable once everything is cancelled
    pthread_mutex_t lock; // guards what follows, and who has which lane
    pthread_cond_t lane_given;
    csb_lane lanes[csb_lane_count];
    int end; // why it ended; 0: it has not
    atomic_bool cancelled;
    bool is_for_images;      // one after the other
    int inputs;              // it was given
    _Atomic int64_t busy_ms; // all its answers took
    // The lender's own: bytes for videos and for images, and how often the worker asked within this second.
    int64_t lent[2], heard_second;
    int heard;
    uint64_t memory_ticket;
    csb_source_service *fetching; // NULL: its input is no address
    struct csb_worker *next_idle;
} csb_worker;

// Takes a lane: the one with this index, or, where it is negative, any but the first. Waits for one.
csb_lane *csb_lane_take(csb_worker *worker, int index);
void csb_lane_give(csb_worker *worker, csb_lane *lane);

// Whether something came about since it was asked last. `state` is the asker's.
typedef bool (*csb_progress)(csb_worker *worker, void *state);

typedef struct csb_call {
    csb_request request; // but for version and region
    int descriptors[2];  // that go along; they stay the caller's
    int descriptor_count;
    int64_t cancelled_ms;  // how long an answer may take once all is cancelled; 0: a second
    int64_t patience_ms;   // an answer has to come within this time …
    csb_progress progress; // … unless something comes about; NULL: nothing does
    void *state;
    int64_t began_ms; // set when it is sent
} csb_call;

// Makes the lane's region large enough. 0 or an error.
int csb_lane_reserve(csb_lane *lane, size_t bytes);
// Asks, and waits for the answer, which is one to this question and of no larger size than the region. Its code, or
// why there is none. Ends at most a second after `csb_worker_cancel`.
int csb_lane_ask(csb_worker *worker, csb_lane *lane, csb_call *call, csb_reply *reply);

// In two steps: asks, without waiting; and waits for the answer, or takes it if there is one, which is when the lane's
// socket can be read (-EAGAIN: there is none). Questions are answered in their order. All 0 or above, or an error as above.
int csb_lane_send(csb_worker *worker, csb_lane *lane, csb_call *call);
int csb_lane_await(csb_worker *worker, csb_lane *lane, const csb_call *call, csb_reply *reply);
int csb_lane_receive(csb_worker *worker, csb_lane *lane, const csb_call *call, csb_reply *reply);

// Tells the worker. One that does not listen is ended.
void csb_worker_tell(csb_worker *worker, csb_notice notice);
// Ends the worker, because of what it did. The first reason counts. @return that one.
int csb_worker_condemn(csb_worker *worker, int reason);
// @return why the worker ended; 0: it has not, as far as is known.
int csb_worker_end(csb_worker *worker);
