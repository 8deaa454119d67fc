// What a lane is asked for, and where the answer goes.
#pragma once

#include "protocol.h"
#include "region.h"

typedef struct csb_task {
    const csb_request *request;
    csb_reply *reply; // its `code` says how it went
    csb_region region;
    int descriptor; // that came with the request; -1: none
    int second;     // another one
} csb_task;
