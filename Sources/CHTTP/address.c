// Which addresses belong to the public internet.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "CHTTP.h"

typedef struct block4 {
    uint32_t network;
    int bits;
} block4;

// IANA IPv4 special-purpose address registry, and multicast and reserved space.
static const block4 special4[] = {
    {0x00000000, 8},  // this network
    {0x0A000000, 8},  // private
    {0x64400000, 10}, // shared (carrier-grade NAT)
    {0x7F000000, 8},  // loopback
    {0xA9FE0000, 16}, // link-local, cloud metadata
    {0xA83F8110, 32}, // Azure: every machine reaches its host's own services here, though IANA lists it nowhere
    {0xAC100000, 12}, // private
    {0xC0000000, 24}, // protocol assignments
    {0xC0000200, 24}, // documentation
    {0xC0586300, 24}, // 6to4 relay
    {0xC0A80000, 16}, // private
    {0xC6120000, 15}, // benchmarks
    {0xC6336400, 24}, // documentation
    {0xCB007100, 24}, // documentation
    {0xE0000000, 4},  // multicast
    {0xF0000000, 4},  // reserved, broadcast
};

static bool is_public4(uint32_t address) {
    for (size_t i = 0; i < sizeof special4 / sizeof *special4; i++)
        if ((address ^ special4[i].network) >> (32 - special4[i].bits) == 0) return false;
    return true;
}

static uint32_t embedded4(const uint8_t *bytes) {
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

static bool starts_with(const uint8_t *bytes, const uint8_t *prefix, size_t count) {
    return memcmp(bytes, prefix, count) == 0;
}

static bool is_public6(const uint8_t *bytes) {
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
    static const uint8_t translated[12] = {0, 0x64, 0xFF, 0x9B};
    if (starts_with(bytes, mapped, 12) || starts_with(bytes, translated, 12)) return is_public4(embedded4(bytes + 12));
    // Only 2000::/3 is global unicast; unique-local, link-local, multicast and the rest lie outside of it.
    if ((bytes[0] & 0xE0) != 0x20) return false;
    if (bytes[0] == 0x20 && bytes[1] == 0x02) return is_public4(embedded4(bytes + 2)); // 6to4
    if (bytes[0] == 0x20 && bytes[1] == 0x01) {
        if ((bytes[2] & 0xFE) == 0) return false;               // 2001::/23: Teredo, ORCHID, benchmarks
        if (bytes[2] == 0x0D && bytes[3] == 0xB8) return false; // documentation
    }
    if (bytes[0] == 0x3F && bytes[1] == 0xFF && (bytes[2] & 0xF0) == 0) return false; // documentation
    return true;
}

bool chttp_address_is_public(const struct sockaddr *address) {
    switch (address->sa_family) {
    case AF_INET: return is_public4(ntohl(((const struct sockaddr_in *)(const void *)address)->sin_addr.s_addr));
    case AF_INET6: return is_public6(((const struct sockaddr_in6 *)(const void *)address)->sin6_addr.s6_addr);
    default: return false;
    }
}
