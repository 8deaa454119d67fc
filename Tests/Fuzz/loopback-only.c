// Stands in for the C library's functions, also where libcurl and FFmpeg call them: what a fuzzer makes of an address
// must reach nobody. Only the server of `http-server.h` can be connected to, and names are not looked up.
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "http-server.h"

int connect(int socket, const struct sockaddr *address, socklen_t length) {
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;
    bool is_ours = address->sa_family == AF_UNIX
        || (address->sa_family == AF_INET && v4->sin_addr.s_addr == htonl(INADDR_LOOPBACK)
            && ntohs(v4->sin_port) == http_server_port());
    if (is_ours) return (int)syscall(SYS_connect, socket, address, length);
    errno = ENETUNREACH;
    return -1;
}

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints, struct addrinfo **result) {
    (void)name, (void)hints;
    struct addrinfo *made = calloc(1, sizeof *made + sizeof(struct sockaddr_in));
    if (!made) return EAI_MEMORY;
    struct sockaddr_in *address = (struct sockaddr_in *)(made + 1);
    struct in_addr numeric;
    if (!name || (inet_pton(AF_INET, name, &numeric) != 1 && strcmp(name, "localhost") != 0)) {
        free(made);
        return EAI_NONAME;
    }
    if (strcmp(name, "localhost") == 0) numeric.s_addr = htonl(INADDR_LOOPBACK);
    *address = (struct sockaddr_in){
        .sin_family = AF_INET, .sin_addr = numeric, .sin_port = htons((uint16_t)(service ? atoi(service) : 0))};
    made->ai_family = AF_INET;
    made->ai_socktype = hints && hints->ai_socktype ? hints->ai_socktype : SOCK_STREAM;
    made->ai_addrlen = sizeof *address;
    made->ai_addr = (struct sockaddr *)address;
    *result = made;
    return 0;
}

void freeaddrinfo(struct addrinfo *list) { free(list); }
