#define _GNU_SOURCE
#include "login.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

// Where scheme and slashes end; 0 where there are none.
static size_t scheme_length(const char *url) {
    const char *slashes = strstr(url, "://");
    return slashes ? (size_t)(slashes - url) + 3 : 0;
}

// From the end of the scheme: the user, the password and an @. A password may have an @ of its own, so the last one counts.
static size_t login_length(const char *from) {
    size_t end = strcspn(from, "/?#");
    while (end > 0 && from[end - 1] != '@') end--;
    return end;
}

void csb_hide_login(char *url) {
    char *from = url + scheme_length(url), *to = from + login_length(from);
    size_t left = strlen(to);
    memmove(from, to, left);
    memset(from + left, 0, (size_t)(to - from));
}

char *csb_restore_login(const char *url, const char *whole) {
    size_t scheme = scheme_length(whole), login = login_length(whole + scheme);
    const char *host = whole + scheme + login;
    size_t host_length = strcspn(host, "/?#");
    bool fits = scheme > 0 && login > 0 && strncasecmp(url, whole, scheme) == 0
        && strncasecmp(url + scheme, host, host_length) == 0 && strcspn(url + scheme, "/?#") == host_length;
    if (!fits) return strdup(url);
    char *restored = NULL;
    return asprintf(&restored, "%.*s%s", (int)(scheme + login), whole, url + scheme) < 0 ? NULL : restored;
}
