/// CHTTP: HTTP(S) read through libcurl, with a say in which addresses may be connected to.
///
/// Why this shim exists: libcurl's functions are variadic and its calls block, so Swift sees neither; and FFmpeg's own
/// HTTP connects to whatever a name, a redirect or a playlist says. Here the decision is made about the numeric address
/// of each connection, at the moment it is opened, so that nothing can change between the check and the connection.
#ifndef CHTTP_H
#define CHTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

struct sockaddr;

/// One response body, read as it arrives.
typedef struct chttp_stream chttp_stream;

/// Errors. libcurl's own codes are kept as `CHTTP_ERROR_CURL - code`.
enum {
    CHTTP_ERROR_CANCELLED = -1,   ///< `interrupted` said so.
    CHTTP_ERROR_DEADLINE = -2,    ///< A deadline passed.
    CHTTP_ERROR_REFUSED = -3,     ///< The address, of the URL or of a redirect, is not one that may be connected to.
    CHTTP_ERROR_TOO_LARGE = -4,   ///< More than `max_bytes`.
    CHTTP_ERROR_BAD_URL = -5,     ///< Not an http or https URL.
    CHTTP_ERROR_UNRESOLVED = -6,  ///< The name has no address.
    CHTTP_ERROR_MEMORY = -7,      ///< Out of memory.
    CHTTP_ERROR_CURL = -1000,     ///< Minus libcurl's `CURLcode`.
};

/// Limits of one stream. All of them count.
typedef struct chttp_limits {
    bool allow_private;         ///< Connect to private, loopback and other special addresses too.
    int64_t connect_ms;         ///< For name resolution, connection and TLS, ms. More than 0.
    int64_t idle_ms;            ///< For each wait for bytes, ms. More than 0.
    int64_t total_ms;           ///< For everything; 0 = no limit.
    int64_t max_bytes;          ///< Of the body; 0 = no limit.
    int32_t max_redirects;      ///< 0 = none are followed.
    const char *user_agent;     ///< Copied.
} chttp_limits;

/// Asked often, on the thread that waits: whether to give up. `context` is the caller's.
typedef bool (*chttp_interrupted)(void *_Nullable context);

/// Opens a stream and waits until the headers of the last response (after redirects) are there.
/// Blocks up to `connect_ms` + `idle_ms` a response; call it on a thread of its own.
/// @param url Copied.
/// @param offset First byte wanted; more than 0 asks for a range, and what the server sends instead is skipped.
/// @param interrupted NULL: never.
/// @param stream Owned by the caller (`chttp_stream_close`); NULL on error.
/// @return 0 or an error. An HTTP status of 400 and above is no error here; see `chttp_stream_status`.
int chttp_stream_open(const char *url, int64_t offset, const chttp_limits *limits,
                      _Nullable chttp_interrupted interrupted, void *_Nullable context,
                      chttp_stream *_Nullable *_Nonnull stream);

/// Reads what has arrived, at most `size` bytes; waits when nothing has.
/// @return bytes read, 0 at the end, or an error.
int64_t chttp_stream_read(chttp_stream *stream, uint8_t *bytes, size_t size);

/// HTTP status of the last response.
int32_t chttp_stream_status(const chttp_stream *stream);
/// Size of the whole resource, bytes; -1 when the server does not say.
int64_t chttp_stream_total(const chttp_stream *stream);
/// Whether `offset` was honoured, so that seeking works.
bool chttp_stream_has_ranges(const chttp_stream *stream);

/// Ends the transfer. Accepts NULL.
void chttp_stream_close(chttp_stream *_Nullable stream);

/// Whether an address is one of the public internet: not private, loopback, link-local, multicast, documentation,
/// benchmark, shared or reserved, nor an IPv6 form of such an IPv4 address (IANA's special-purpose registries).
bool chttp_address_is_public(const struct sockaddr *address);

/// Resolves a host and writes the first address that may be connected to, in numbers, at most `size` bytes.
/// Blocks as long as the resolver does.
/// @return 0, `CHTTP_ERROR_UNRESOLVED`, or `CHTTP_ERROR_REFUSED` when one of its addresses is not public.
int chttp_resolve(const char *host, bool allow_private, char *numeric, size_t size);

/// A sentence fragment for an error, e.g. "Couldn't resolve host name". Static.
const char *chttp_error_text(int code);

#pragma clang assume_nonnull end

#endif
