#define _GNU_SOURCE
#include "signing.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CONTENT "x-amz-content-sha256:"

struct chttp_signing {
    atomic_int references;
    char *access_key, *secret_key, *token_header, *scheme;
};

static void erase(char *text) {
    if (text) explicit_bzero(text, strlen(text));
    free(text);
}

chttp_signing *chttp_signing_create(const char *access_key, const char *secret_key, const char *session_token,
                                    const char *region, const char *service) {
    chttp_signing *made = calloc(1, sizeof *made);
    if (!made) return NULL;
    atomic_init(&made->references, 1);
    made->access_key = strdup(access_key);
    made->secret_key = strdup(secret_key);
    bool good = made->access_key && made->secret_key;
    if (asprintf(&made->scheme, "aws:amz:%s:%s", region, service) < 0) made->scheme = NULL;
    if (session_token && asprintf(&made->token_header, "x-amz-security-token: %s", session_token) < 0) {
        made->token_header = NULL;
        good = false;
    }
    if (good && made->scheme) return made;
    chttp_signing_release(made);
    return NULL;
}

const chttp_signing *chttp_signing_retain(const chttp_signing *signing) {
    if (signing) atomic_fetch_add(&((chttp_signing *)(uintptr_t)signing)->references, 1);
    return signing;
}

void chttp_signing_release(const chttp_signing *signing) {
    chttp_signing *held = (chttp_signing *)(uintptr_t)signing;
    if (!held || atomic_fetch_sub(&held->references, 1) != 1) return;
    erase(held->access_key);
    erase(held->secret_key);
    erase(held->token_header);
    free(held->scheme);
    free(held);
}

static bool has_content_hash(const struct curl_slist *headers) {
    for (; headers; headers = headers->next)
        if (strncasecmp(headers->data, CONTENT, strlen(CONTENT)) == 0) return true;
    return false;
}

bool chttp_sign(CURL *easy, const chttp_signing *signing, struct curl_slist **headers) {
    bool good = curl_easy_setopt(easy, CURLOPT_AWS_SIGV4, signing->scheme) == CURLE_OK
        && curl_easy_setopt(easy, CURLOPT_USERNAME, signing->access_key) == CURLE_OK
        && curl_easy_setopt(easy, CURLOPT_PASSWORD, signing->secret_key) == CURLE_OK;
    // libcurl 7.88 signs path and query as they are, so they have to be in their canonical form already, and stay so.
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    // S3 wants the header of every request, and libcurl 7.88 does not send it by itself.
    static const char nothing[] = CONTENT " e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    if (good && !has_content_hash(*headers)) good = chttp_add_header(headers, nothing);
    if (good && signing->token_header) good = chttp_add_header(headers, signing->token_header);
    return good;
}
