/// CHTTP: HTTP(S) read through libcurl, with a say in which addresses may be connected to.
///
/// Why this shim exists: libcurl's functions are variadic and its calls block, so Swift sees neither; and FFmpeg's own
/// HTTP connects to whatever a name, a redirect or a playlist says. Here the decision is made about the numeric address
/// of each connection, at the moment it is opened, so that nothing can change between the check and the connection.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

struct sockaddr;

/// One response body, read as it arrives.
typedef struct chttp_stream chttp_stream;

/// Cookies that servers gave, kept between streams. For one thread at a time.
typedef struct chttp_cookies chttp_cookies;

/// Credentials to sign requests with (AWS Signature Version 4, by libcurl). They are in no URL and no header that a
/// caller writes, so nothing that shows a request shows them. Any thread.
typedef struct chttp_signing chttp_signing;

/// Errors. libcurl's own codes are kept as `CHTTP_ERROR_CURL - code`.
enum {
    CHTTP_ERROR_CANCELLED = -1,   ///< `interrupted` said so.
    CHTTP_ERROR_DEADLINE = -2,    ///< A deadline passed.
    CHTTP_ERROR_REFUSED = -3,     ///< The address, of the URL or of a redirect, is not one that may be connected to.
    CHTTP_ERROR_TOO_LARGE = -4,   ///< More than `max_bytes`, or than `bytes_left`.
    CHTTP_ERROR_BAD_URL = -5,     ///< Not an http or https URL.
    CHTTP_ERROR_UNRESOLVED = -6,  ///< The name has no address.
    CHTTP_ERROR_MEMORY = -7,      ///< Out of memory.
    CHTTP_ERROR_CERTIFICATE = -8, ///< The other side's certificate is not one to trust.
    CHTTP_ERROR_CURL = -1000,     ///< Minus libcurl's `CURLcode`.
};

/// Limits of one stream. All of them count.
typedef struct chttp_limits {
    bool allow_private;            ///< Connect to private, loopback and other special addresses too.
    int64_t connect_ms;            ///< For name resolution, connection and TLS, ms. More than 0.
    int64_t idle_ms;               ///< For each wait for bytes, ms. More than 0.
    int64_t total_ms;              ///< For everything; 0 = no limit.
    int64_t max_bytes;             ///< Of the body; 0 = no limit.
    int64_t *_Nullable bytes_left; ///< Of bodies, what is skipped included: counted down as they come, below 0 too, by
                                   ///< all streams that share it, on one thread at a time. Has to outlive them. NULL =
                                   ///< no limit.
    int64_t end;                   ///< Asks for no byte from this one on, which a server may ignore; 0 = asks for all.
    int32_t max_redirects;         ///< 0 = none are followed.
    const char *user_agent;        ///< Copied.
    chttp_cookies *_Nullable cookies; ///< Has to outlive the stream. NULL: kept from one redirect to the next only.
    const chttp_signing *_Nullable signing; ///< Signs the request, whose URL is then sent as it is. No redirect is
                                            ///< followed: what is signed is for one host. Used until `open` returns.
} chttp_limits;

/// Asked often, on the thread that waits: whether to give up. `context` is the caller's.
typedef bool (*chttp_interrupted)(void *_Nullable context);

/// Opens a stream and waits until the headers of the last response (after redirects) are there.
/// Blocks up to `connect_ms` + `idle_ms` a response; call it on a thread of its own.
/// @param url Copied. Spaces, and what is no ASCII, are escaped. User and password in it are for Basic and Digest.
/// @param offset First byte wanted; more than 0 asks for a range, and what the server sends instead is skipped.
/// @param interrupted NULL: never.
/// @param stream Owned by the caller (`chttp_stream_close`); NULL on error.
/// @return 0 or an error. An HTTP status of 400 and above is no error here; see `chttp_stream_status`.
int chttp_stream_open(const char *url, int64_t offset, const chttp_limits *limits,
                      _Nullable chttp_interrupted interrupted, void *_Nullable context,
                      chttp_stream *_Nullable *_Nonnull stream);

/// Reads what has arrived, at most `size` bytes; waits when nothing has.
/// @return bytes read, 0 at the end, or an error, after all that came before it.
int64_t chttp_stream_read(chttp_stream *stream, uint8_t *bytes, size_t size);

/// HTTP status of the last response.
int32_t chttp_stream_status(const chttp_stream *stream);
/// Size of the whole resource, or as far as `end`, bytes; -1 when the server does not say.
int64_t chttp_stream_total(const chttp_stream *stream);
/// Whether the server sends parts of the resource, going by what it says.
bool chttp_stream_has_ranges(const chttp_stream *stream);
/// A header of the last response by name; NULL when there is none. Valid until the stream is closed.
const char *_Nullable chttp_stream_header(const chttp_stream *stream, const char *name);
/// The URL that the last response came from, after redirects; valid until the stream is closed.
const char *chttp_stream_location(const chttp_stream *stream);

/// Ends the transfer. Accepts NULL.
void chttp_stream_close(chttp_stream *_Nullable stream);

/// @return NULL when out of memory; else the caller's (`chttp_cookies_destroy`).
chttp_cookies *_Nullable chttp_cookies_create(void);
/// Not before the streams that use them are closed. Accepts NULL.
void chttp_cookies_destroy(chttp_cookies *_Nullable cookies);

/// Whether an address is one of the public internet: not private, loopback, link-local, multicast, documentation,
/// benchmark, shared or reserved, nor an IPv6 form of such an IPv4 address (IANA's special-purpose registries).
bool chttp_address_is_public(const struct sockaddr *address);

/// Resolves a host and writes its addresses in numbers, the one to try first before the others, separated by spaces; at
/// most `size` bytes, and as many as go into them. Blocks as long as the resolver does, unless `interrupted`; it is then
/// left to itself.
/// @param interrupted NULL: never.
/// @return 0, `CHTTP_ERROR_UNRESOLVED`, `CHTTP_ERROR_CANCELLED`, `CHTTP_ERROR_MEMORY`, or `CHTTP_ERROR_REFUSED` when
/// one of
///         its addresses is not public.
int chttp_resolve(const char *host, bool allow_private, _Nullable chttp_interrupted interrupted,
                  void *_Nullable context, char *numeric, size_t size);

// MARK: Signing

/// @param session_token Of temporary credentials; NULL for none. No text has line breaks.
/// @param region,service At most 64 bytes each, without colons: "us-east-1", "s3".
/// @return NULL when out of memory; else the caller's (`chttp_signing_release`). Everything is copied.
chttp_signing *_Nullable chttp_signing_create(const char *access_key, const char *secret_key,
                                              const char *_Nullable session_token, const char *region,
                                              const char *service);
/// One more owner, who releases it too. Accepts NULL.
const chttp_signing *_Nullable chttp_signing_retain(const chttp_signing *_Nullable signing);
/// The last owner's erases and frees it. Accepts NULL.
void chttp_signing_release(const chttp_signing *_Nullable signing);

// MARK: Calls

/// Requests to services: many at once, on one thread with one set of kept connections.
typedef struct chttp_client chttp_client;

/// One part of a multipart/form-data body.
typedef struct chttp_part {
    const char *_Nullable name;  ///< Required.
    const char *_Nullable value; ///< A field's text. NULL: a file.
    const char *_Nullable filename;
    const char *_Nullable type;
    const uint8_t *_Nullable bytes; ///< A file's bytes, or
    size_t size;
    const char *_Nullable path; ///< the file that is read while it is sent, never as a whole.
} chttp_part;

/// Called now and then, on the client's thread, while a body is sent: has to be quick.
typedef void (*chttp_progress)(void *_Nullable context, int64_t sent, int64_t total);

/// What to ask. Everything is copied, but for the file at `path`.
typedef struct chttp_call {
    const char *_Nullable method; ///< Required: "GET", "POST", "PUT" or "DELETE".
    const char *_Nullable url; ///< Required: http or https. Redirects are never followed: credentials would go along.
    const char *_Nullable const *_Nullable headers; ///< "Name: value"; NULL ends them.
    const chttp_part *_Nullable parts;              ///< A multipart body; or
    size_t part_count;
    const uint8_t *_Nullable body; ///< a body as it is.
    size_t body_size;
    const char *_Nullable body_path; ///< a body that is this file, read while it is sent,
    int64_t body_offset;             ///< from this byte on,
    int64_t body_length;             ///< and so many bytes of it; 0 = to its end.
    const chttp_signing
        *_Nullable signing;            ///< Signs the request, whose URL is then sent as it is. For the service "s3"
                                       ///< a body needs the header x-amz-content-sha256.
    const char *_Nullable user_agent;  ///< Required.
    bool public_only;                  ///< Only public addresses are connected to; for addresses strangers name.
    int64_t connect_ms;                ///< For name resolution, connection and TLS. More than 0.
    int64_t first_byte_ms;             ///< From the request's last byte to the answer's first. More than 0.
    int64_t total_ms;                  ///< For everything. More than 0.
    int64_t max_response;              ///< Bytes of the answer's body.
    _Nullable chttp_progress progress; ///< Gets the context of `done`.
} chttp_call;

/// What came of it. Pointers are good until the callback returns.
typedef struct chttp_answer {
    int code; ///< 0, or an error; then nothing else counts but `bytes_sent` and `answered`.
    int32_t status;
    const uint8_t *_Nullable body;
    size_t body_size;
    int64_t retry_after_ms;  ///< -1 when the server does not say.
    int64_t bytes_sent;      ///< Of the body.
    int64_t connections;     ///< Opened for this call: 0 when a kept one was used.
    bool answered;           ///< Bytes of an answer had arrived.
    void *_Nullable message; ///< For `chttp_answer_header`.
} chttp_answer;

/// A header of an answer by name; NULL when there is none. Only during the callback, and good until it returns.
const char *_Nullable chttp_answer_header(const chttp_answer *answer, const char *name);

/// Called once a call, on the client's thread: has to be quick.
typedef void (*chttp_done)(void *_Nullable context, const chttp_answer *answer);

/// Starts the client's thread.
/// @param connections Kept and opened at most, to one host.
/// @return NULL when out of memory or threads. Owned by the caller (`chttp_client_destroy`).
chttp_client *_Nullable chttp_client_create(int connections);

/// Begins a call. Any thread.
/// @return the call's number, or 0 when out of memory; then `done` is not called.
int64_t chttp_client_start(chttp_client *client, const chttp_call *call, chttp_done done, void *_Nullable context);

/// Ends a call: `done` hears of `CHTTP_ERROR_CANCELLED`, unless it has heard already. Any thread.
void chttp_client_cancel(chttp_client *client, int64_t number);

/// Ends all calls and the thread. Not from `done`. Accepts NULL.
void chttp_client_destroy(chttp_client *_Nullable client);

/// A sentence fragment for an error, e.g. "Couldn't resolve host name". Static.
const char *chttp_error_text(int code);

#pragma clang assume_nonnull end
