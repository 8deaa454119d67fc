// Fetches for a worker what its input's address leads to.
//
// The worker may be in a stranger's hands: it says what it wants to read, and this process, as for itself, how and from
// where. The user and the password in the input's address are added here, for the host that they are for.
#pragma once

#include "CSandbox.h"

typedef struct csb_source_service csb_source_service;

// Serves over one end of a channel, which stays the caller's, on a thread of its own. `service` is the caller's
// (`csb_source_service_end`). 0 or an error.
int csb_source_service_start(int channel, const cfs_options *options, csb_source_service **service);
// Has what is being fetched end within a second. Any thread, repeatedly.
void csb_source_service_cancel(csb_source_service *service);
// Cancels, and gives the service up. Does not wait. Accepts NULL.
void csb_source_service_end(csb_source_service *service);
