#include "curl.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

static void initialize(void) { curl_global_init(CURL_GLOBAL_DEFAULT); }

void chttp_initialize(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, initialize);
}

CURL *chttp_easy(const char *url, const char *user_agent, int64_t connect_ms) {
    CURL *easy = curl_easy_init();
    if (!easy) return NULL;
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_USERAGENT, user_agent);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    // A transfer that ends while its name is being resolved does not wait for the resolver's thread, which would hold
    // up whoever ends it, and all other transfers of a client, for as long as a name server does not answer.
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    // Of the environment libcurl itself reads only the variables for proxies.
    const char *authorities = getenv("CURL_CA_BUNDLE");
    if (!authorities) authorities = getenv("SSL_CERT_FILE");
    if (authorities) curl_easy_setopt(easy, CURLOPT_CAINFO, authorities);
    return easy;
}

int64_t chttp_now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

const char *chttp_header(CURL *easy, const char *name) {
    struct curl_header *header = NULL;
    return curl_easy_header(easy, name, 0, CURLH_HEADER, -1, &header) == CURLHE_OK ? header->value : NULL;
}

bool chttp_add_header(struct curl_slist **headers, const char *header) {
    struct curl_slist *longer = curl_slist_append(*headers, header);
    if (longer) *headers = longer;
    return longer != NULL;
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

static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address) {
    chttp_gate *gate = context;
    (void)purpose;
    if (!gate->allow_private && !chttp_address_is_public(&address->addr)) {
        gate->refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

void chttp_guard(CURL *easy, chttp_gate *gate) {
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, gate);
}

const char *chttp_error_text(int code) {
    switch (code) {
    case CHTTP_ERROR_CANCELLED: return "cancelled";
    case CHTTP_ERROR_DEADLINE: return "no answer within the deadline";
    case CHTTP_ERROR_REFUSED: return "the address is not one of the public internet";
    case CHTTP_ERROR_TOO_LARGE: return "it is larger than the limit";
    case CHTTP_ERROR_BAD_URL: return "it is not an http or https address";
    case CHTTP_ERROR_UNRESOLVED: return "the host has no address";
    case CHTTP_ERROR_MEMORY: return "out of memory";
    case CHTTP_ERROR_CERTIFICATE: return "its certificate is not one to trust";
    default: return curl_easy_strerror((CURLcode)(CHTTP_ERROR_CURL - code));
    }
}
