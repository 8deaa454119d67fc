#include <stdio.h>

#include "CSandbox.h"

void csb_error_text(int code, char *buffer, size_t size) {
    const char *own = NULL;
    switch (code) {
    case CSB_ERROR_UNAVAILABLE: own = "no process apart can be had to decode it in"; break;
    case CSB_ERROR_CRASHED: own = "its decoder crashed"; break;
    case CSB_ERROR_LIMIT: own = "decoding it takes more time or memory than the limit"; break;
    case CSB_ERROR_HUNG: own = "its decoder did not come on"; break;
    case CSB_ERROR_GARBLED: own = "its decoder said what makes no sense"; break;
    case CSB_ERROR_FORBIDDEN: own = "its decoder tried what only an attack does, and was ended"; break;
    default: break;
    }
    if (own) snprintf(buffer, size, "%s", own);
    else cfs_error_text(code, buffer, size);
}
