#include "resolving.h"

typedef struct protocol {
    const char *scheme, *whitelist;
    const char *query; // names that a trusted query may hold; NULL: the query belongs to the stream's name
    bool by_name;      // FFmpeg resolves: TLS has to know the name
    bool for_strangers;
} protocol;

// Left out: what makes SRT listen, and what only a sender needs.
#define SRT_QUERY                                                                                                      \
    "streamid,srt_streamid,passphrase,pbkeylen,enforced_encryption,latency,rcvlatency,peerlatency,tsbpddelay,tsbpd,"   \
    "tlpktdrop,nakreport,connect_timeout,timeout,payload_size,pkt_size,maxbw,mss,ffs,ipttl,iptos,rcvbuf,"              \
    "recv_buffer_size,lossmaxttl,minversion,messageapi,transtype,linger"
#define RTP_QUERY "ttl,rtcpport,localport,localrtpport,localrtcpport,localaddr,sources,block,pkt_size,connect,dscp"
#define UDP_QUERY                                                                                                      \
    "ttl,localport,localaddr,sources,block,pkt_size,connect,reuse,buffer_size,fifo_size,overrun_nonfatal,timeout"

static const protocol protocols[] = {
    {.scheme = "rtmp", .whitelist = "rtmp,tcp", .for_strangers = true},
    {.scheme = "rtmps", .whitelist = "rtmps,rtmp,tls,tcp", .by_name = true},
    {.scheme = "rtsp", .whitelist = "rtsp,tcp,rtp,udp", .for_strangers = true},
    {.scheme = "srt", .whitelist = "srt", .query = SRT_QUERY, .for_strangers = true},
    {.scheme = "rtp", .whitelist = "rtp,udp", .query = RTP_QUERY, .for_strangers = true},
    {.scheme = "udp", .whitelist = "udp", .query = UDP_QUERY},
};

enum { longest_path = 4096 };

// Drops what is not named. A query could make SRT listen, or a socket bind elsewhere.
static void filter_query(char *path, const char *names) {
    char *query = strchr(path, '?'), *to = query;
    if (!query) return;
    for (char *part = query + 1, *next; part; part = next) {
        next = strchr(part, '&');
        if (next) *next++ = 0;
        char name[64];
        size_t length = strcspn(part, "=");
        av_strlcpy(name, part, length < sizeof name ? length + 1 : 1);
        if (!name[0] || !av_match_name(name, names)) continue;
        *to = to == query ? '?' : '&';
        length = strlen(part);
        memmove(to + 1, part, length);
        to += 1 + length;
    }
    *to = 0;
}

// Where the name of the application ends in an RTMP address's path, going by FFmpeg's rule: it has two parts, unless the
// second one begins the name of the stream.
static int application_length(const char *path) {
    const char *first = path[0] ? strchr(path + 1, '/') : NULL;
    const char *second = first ? strchr(first + 1, '/') : NULL, *colon = first ? strchr(first + 1, ':') : NULL;
    if (!first) return (int)strlen(path);
    return (int)((second && !(colon && colon < second) ? second : first) - path);
}

// The address of the host that is tried, or its name, in brackets where a port could be taken for a part of it.
static void write_host(const cfs_guard *guard, const char *name, char *host, size_t size) {
    const char *from = guard->numeric[0] ? guard->numeric : name;
    for (int i = 0; i < guard->choice; i++) from += strcspn(from, " ") + 1;
    size_t length = strcspn(from, " ");
    snprintf(host, size, memchr(from, ':', length) ? "[%.*s]" : "%.*s", (int)length, from);
}

static const protocol *find(const char *scheme) {
    for (size_t i = 0; i < sizeof protocols / sizeof *protocols; i++)
        if (av_strcasecmp(scheme, protocols[i].scheme) == 0) return &protocols[i];
    return NULL;
}

static int resolve(cfs_guard *guard, const char *host) {
    if (guard->numeric[0]) return 0;
    int code = guard->fetcher->resolve(
        host, guard->allow_private, cfs_guarded_interrupted, guard, guard->numeric, sizeof guard->numeric);
    return code < 0 ? cfs_guarded_note(guard, code) : 0;
}

int cfs_resolving_address(cfs_guard *guard, const char *url, AVDictionary **settings) {
    char scheme[16], credentials[512], host[256], shown[300], colon_port[16] = "", path[longest_path];
    int port = -1;
    av_url_split(
        scheme, sizeof scheme, credentials, sizeof credentials, host, sizeof host, &port, path, sizeof path, url);
    const protocol *protocol = find(scheme);
    if (!protocol || !(guard->trusted || (protocol->for_strangers && host[0])))
        return cfs_guarded_note(guard, AVERROR_PROTOCOL_NOT_FOUND);
    av_dict_set(settings, "protocol_whitelist", protocol->whitelist, 0);
    // Without a host udp listens on all addresses.
    int code = protocol->by_name || !host[0] ? 0 : resolve(guard, host);
    if (code < 0) return code;
    if (protocol->query) filter_query(path, guard->trusted ? protocol->query : "");
    if (port >= 0) snprintf(colon_port, sizeof colon_port, ":%d", port);
    write_host(guard, host, shown, sizeof shown);
    // A server may tell its tenants apart by the name of the host, so it gets that as it was given.
    char *name = av_asprintf("rtmp://%s%s%.*s", host, colon_port, application_length(path), path);
    if (name && strcmp(protocol->scheme, "rtmp") == 0) av_dict_set(settings, "rtmp_tcurl", name, 0);
    av_free(name);
    if (strcmp(protocol->scheme, "rtsp") == 0) av_dict_set(settings, "rtsp_transport", "tcp", 0);
    av_free(guard->address);
    guard->address =
        av_asprintf("%s://%s%s%s%s%s", scheme, credentials, credentials[0] ? "@" : "", shown, colon_port, path);
    return guard->address ? 0 : AVERROR(ENOMEM);
}

int cfs_resolving_left(const cfs_guard *guard) {
    int count = guard->numeric[0] != 0;
    for (const char *at = guard->numeric; *at; at++) count += *at == ' ';
    return count > guard->choice + 1 ? count - guard->choice : 1;
}

bool cfs_resolving_next(cfs_guard *guard) {
    if (cfs_resolving_left(guard) == 1) return false;
    guard->choice++;
    return true;
}
