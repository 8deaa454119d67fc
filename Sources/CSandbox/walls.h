// What a worker may not do.
#pragma once

#include "protocol.h"

// Makes what all walls have in common, ahead of time. 0 or a negative errno.
int csb_prepare_walls(void);
// Takes away what a worker of this purpose needs not, for good. 0 or a negative errno.
int csb_raise_walls(const csb_orders *orders);
