// Starts the process that workers are forked from, before the test runner has threads.
#include "CSandbox.h"

__attribute__((constructor)) static void start(void) { csb_start(); }
