// The functions that fetch in this process.
#pragma once

#include "CSamplerFetch.h"

// libcurl's and the system's, or those that `cfs_set_fetcher` set.
const cfs_fetcher *cfs_current_fetcher(void);
