/// CPostgreSQL: statements sent to a PostgreSQL server through libpq.
///
/// Why this shim exists: libpq's blocking calls have no deadline, so a server that stops answering would hold their thread
/// for ever. Here each call ends by its deadline. And libpq quotes an address that it cannot read, with the password in it:
/// here the address appears in no message.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// A connection. For one thread at a time.
typedef struct cpg_connection cpg_connection;
/// What a statement came to.
typedef struct cpg_result cpg_result;

/// Errors.
enum {
    CPG_ERROR_MEMORY = -1,     ///< Out of memory.
    CPG_ERROR_ADDRESS = -2,    ///< The address makes no sense.
    CPG_ERROR_CONNECTION = -3, ///< The server cannot be reached, or the connection was lost.
    CPG_ERROR_DEADLINE = -4,   ///< The deadline passed. The connection is of no more use.
    CPG_ERROR_STATEMENT = -5,  ///< The server refused the statement; `cpg_result_state` says why.
};

/// The types that values are sent as, and come as: PostgreSQL's object identifiers (`pg_type.dat`). Others come, too.
enum {
    CPG_UNKNOWN = 0, ///< Of a value sent: the server infers the type.
    CPG_BOOL = 16,
    CPG_BYTEA = 17,
    CPG_INT8 = 20,
    CPG_INT2 = 21,
    CPG_INT4 = 23,
    CPG_TEXT = 25,
    CPG_FLOAT4 = 700,
    CPG_FLOAT8 = 701,
    CPG_NUMERIC = 1700,
};

/// A value to send.
typedef struct cpg_value {
    uint32_t type;              ///< One of those above.
    const char *_Nullable text; ///< NULL: the null value. Ends with a zero byte, other than the bytes of CPG_BYTEA.
    int32_t size;               ///< Of the bytes of CPG_BYTEA.
} cpg_value;

/// Connects. Blocks until `deadline_ms` at most, beside looking up the host's name.
/// @param address A `postgresql://` address or a connection string of libpq. Copied.
/// @param message Filled with the server's or libpq's words on error, without the password.
/// @param connection Owned by the caller (`cpg_disconnect`); NULL on error.
/// @return 0 or an error.
int cpg_connect(const char *address, int64_t deadline_ms, char *message, size_t size,
                cpg_connection *_Nullable *_Nonnull connection);

/// Ends the connection. Accepts NULL. Does not wait for the server.
void cpg_disconnect(cpg_connection *_Nullable connection);

/// Whether the connection can take a statement, as far as is known.
bool cpg_is_connected(const cpg_connection *connection);

/// Whether a transaction is open.
bool cpg_is_in_transaction(const cpg_connection *connection);

/// The server's process that the connection is with, as was said when it began. Whoever stands between may say another.
int32_t cpg_process(const cpg_connection *connection);

/// Waits for a notification of a channel that the connection listens to. All that came are taken.
/// @param deadline_ms How long, at most. The connection can still be used when nothing came.
/// @return 1: there was one; 0: there was none; or an error.
int cpg_wait_for_notification(cpg_connection *connection, int64_t deadline_ms);

/// Sends one statement with values for `$1` and so on, and waits for what it comes to. With no values it may be several
/// statements; the last one's result is returned, or the first error.
/// @param result Owned by the caller (`cpg_result_free`); NULL if the server said nothing.
/// @return 0 or an error.
int cpg_run(cpg_connection *connection, const char *statement, const cpg_value *_Nullable values, int32_t count,
            int64_t deadline_ms, cpg_result *_Nullable *_Nonnull result);

/// Why the last call failed, in libpq's words. Lives until the next call.
const char *cpg_message(const cpg_connection *connection);

/// Accepts NULL.
void cpg_result_free(cpg_result *_Nullable result);
/// The SQLSTATE of an error, five characters; empty if there is none. Lives as long as the result.
const char *cpg_result_state(const cpg_result *result);
/// The server's words for an error, one line. Lives as long as the result.
const char *cpg_result_message(const cpg_result *result);
/// How many rows were inserted, changed or deleted.
int64_t cpg_result_changes(const cpg_result *result);
int32_t cpg_result_rows(const cpg_result *result);
int32_t cpg_result_columns(const cpg_result *result);
/// Lives as long as the result.
const char *cpg_result_name(const cpg_result *result, int32_t column);
uint32_t cpg_result_type(const cpg_result *result, int32_t column);
/// A value as text, which is how PostgreSQL writes it; bytes are in hexadecimal digits after `\x`.
/// @return NULL for the null value. Lives as long as the result.
const char *_Nullable cpg_result_value(const cpg_result *result, int32_t row, int32_t column, int32_t *size);

#pragma clang assume_nonnull end
