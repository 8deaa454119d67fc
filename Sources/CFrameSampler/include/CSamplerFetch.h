/// CSamplerFetch: where the bytes of http(s) addresses and the numbers of host names come from.
///
/// Why this seam exists: a process that decodes what strangers send should have no network. It sets a fetcher of its own
/// that asks a process which has one. Until one is set, libcurl fetches and the system resolves, in this process.
///
/// What crosses such a border is small: a URL and limits, what the headers say, and bytes. To read at another offset is
/// to open again.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

struct chttp_signing;

/// Longest URL that is told of, with its terminator, bytes.
enum { CFS_FETCH_URL_SIZE = 4096 };

/// What to fetch, and within which limits. All of them count.
typedef struct cfs_fetch {
    const char *url;    ///< http or https.
    int64_t offset;     ///< First byte wanted, 0 or more. What a server sends before it is skipped.
    int64_t end;        ///< The byte after the last one wanted, more than `offset`; 0 = all there are. More may come.
    bool allow_private; ///< Connect to private, loopback and other special addresses too, and through proxies.
    int64_t connect_ms; ///< For name resolution, connection and TLS, ms. More than 0.
    int64_t idle_ms;    ///< For each wait for bytes, ms. More than 0.
    const char *user_agent; ///< The header of that name.
    const struct chttp_signing
        *_Nullable signing; ///< Signs the request, for which no redirect is followed; or NULL. Has
                            ///< to live until `close`: what breaks off is asked for again.
} cfs_fetch;

/// What the headers of the last response say.
typedef struct cfs_fetched {
    int32_t status; ///< Of HTTP. 400 and above is no error of `open`.
    int64_t total;  ///< Size of the whole resource, or as far as `end`, bytes; -1 when the server does not say.
    bool ranges;    ///< The server can begin at an offset.
    char location[CFS_FETCH_URL_SIZE]; ///< Where it came from, after redirects.
} cfs_fetched;

/// Asked often by whoever waits in this process: whether to give up. `context` is the caller's.
typedef bool (*cfs_fetch_interrupted)(void *context);

/// Functions that fetch. Called on any thread, but those of one session by one at a time. All may block, up to the
/// limits.
///
/// Errors are `CFS_ERROR_CANCELLED` (interrupted), `CFS_ERROR_DEADLINE`, `CFS_ERROR_REFUSED_ADDRESS`,
/// `CFS_ERROR_CERTIFICATE`, `CFS_ERROR_MANY_ADDRESSES`, `CFS_ERROR_MANY_BYTES`,
/// `CFS_ERROR_UNREACHABLE` and `AVERROR(ENOMEM)`.
typedef struct cfs_fetcher {
    /// Begins a session: what is opened for one input, which shares cookies and a limit.
    /// @param max_bytes The most that is wanted of its video; 0: no limit. In all, with sound, indexes, what is skipped
    ///        and what is read again, twice as much and 64 MiB may come.
    /// @return the caller's (`end`); NULL is a session, too.
    void *_Nullable (*_Nonnull begin)(int64_t max_bytes);
    /// Ends a session, everything of which is closed.
    void (*end)(void *_Nullable session);
    /// Connects and waits for the headers of the last response.
    /// @param context Handed to `interrupted`, here and by `read`; has to live until `close`.
    /// @param found Filled in on success.
    /// @param handle Owned by the caller (`close`); NULL on error.
    /// @return 0 or an error.
    int (*open)(void *_Nullable session, const cfs_fetch *wanted, cfs_fetch_interrupted interrupted, void *context,
                cfs_fetched *found, void *_Nullable *_Nonnull handle);
    /// Reads what has arrived, at most `size` bytes; waits when nothing has.
    /// @return bytes read, 0 at the end, or an error.
    int64_t (*read)(void *handle, uint8_t *bytes, size_t size);
    /// Ends the transfer.
    void (*close)(void *handle);
    /// Writes the addresses of a host in numbers, separated by spaces, at most `size` bytes. They are tried in order.
    /// @return 0 or an error.
    int (*resolve)(const char *host, bool allow_private, cfs_fetch_interrupted interrupted, void *context,
                   char *numeric, size_t size);
} cfs_fetcher;

/// Has the whole process fetch by other functions. Call it before anything is opened.
/// @param fetcher Not copied: has to live as long as the process.
void cfs_set_fetcher(const cfs_fetcher *fetcher);

/// Whether no other fetcher was set, so that FFmpeg may have a network, too.
bool cfs_fetches_itself(void);

/// libcurl's and the system's, or those that `cfs_set_fetcher` set.
const cfs_fetcher *cfs_current_fetcher(void);

#pragma clang assume_nonnull end
