#include "curl.h"

#include <pthread.h>
#include <time.h>

static void initialise(void) { curl_global_init(CURL_GLOBAL_DEFAULT); }

void chttp_initialise(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, initialise);
}

CURL *chttp_easy(void) {
    CURL *easy = curl_easy_init();
    if (!easy) return NULL;
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    // A transfer that ends while its name is being resolved leaves the resolver's thread alone: waiting for it would hold up
    // whoever ends the transfer, and with it all others of a client, for as long as a name server says nothing.
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    return easy;
}

int64_t chttp_now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int chttp_code(CURLcode code) {
    switch (code) {
    case CURLE_OK: return 0;
    case CURLE_OPERATION_TIMEDOUT: return CHTTP_ERROR_DEADLINE;
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL: return CHTTP_ERROR_BAD_URL;
    case CURLE_COULDNT_RESOLVE_HOST: return CHTTP_ERROR_UNRESOLVED;
    case CURLE_OUT_OF_MEMORY: return CHTTP_ERROR_MEMORY;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE: return CHTTP_ERROR_CERTIFICATE;
    default: return CHTTP_ERROR_CURL - (int)code;
    }
}
