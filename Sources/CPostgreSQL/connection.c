#include "CPostgreSQL.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <postgresql/libpq-fe.h>

struct cpg_connection {
    PGconn *handle;
    bool spent; // a statement's deadline passed: what comes next belongs to it
};

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// Waits for the socket until `end_ms`. 0 or an error.
static int wait_for(PGconn *handle, short events, int64_t end_ms) {
    struct pollfd socket = {.fd = PQsocket(handle), .events = events};
    if (socket.fd < 0) return CPG_ERROR_CONNECTION;
    for (;;) {
        int64_t left = end_ms - now_ms();
        if (left <= 0) return CPG_ERROR_DEADLINE;
        int ready = poll(&socket, 1, left > INT32_MAX ? INT32_MAX : (int)left);
        if (ready > 0) return 0;
        if (ready < 0 && errno != EINTR) return CPG_ERROR_CONNECTION;
    }
}

// MARK: Connecting

static bool is_address(const char *address) {
    char *problem = NULL;
    PQconninfoOption *options = PQconninfoParse(address, &problem);
    PQconninfoFree(options);
    PQfreemem(problem);
    return options != NULL;
}

static int finish_connecting(PGconn *handle, int64_t end_ms) {
    PostgresPollingStatusType state = PGRES_POLLING_WRITING;
    while (state == PGRES_POLLING_READING || state == PGRES_POLLING_WRITING) {
        int code = wait_for(handle, state == PGRES_POLLING_READING ? POLLIN : POLLOUT, end_ms);
        if (code < 0) return code;
        state = PQconnectPoll(handle);
    }
    return state == PGRES_POLLING_OK ? 0 : CPG_ERROR_CONNECTION;
}

static void ignore_notices(void *context, const PGresult *notice) {
    (void)context;
    (void)notice;
}

// The words of libpq on one line.
static void copy_line(const char *text, char *line, size_t size) {
    size_t length = 0;
    for (; *text && length + 1 < size; text++) {
        char next = *text == '\n' || *text == '\t' ? ' ' : *text;
        if (next != ' ' || (length > 0 && line[length - 1] != ' ')) line[length++] = next;
    }
    while (length > 0 && line[length - 1] == ' ') length--;
    line[length] = 0;
}

int cpg_connect(const char *address, int64_t deadline_ms, char *message, size_t size, cpg_connection **result) {
    *result = NULL;
    copy_line("", message, size);
    if (!is_address(address)) return CPG_ERROR_ADDRESS;
    // What the address says comes later and counts. A peer that is gone without a word is noticed after these times.
    const char *names[] = {"fallback_application_name",
                           "keepalives_idle",
                           "keepalives_interval",
                           "keepalives_count",
                           "tcp_user_timeout",
                           "dbname",
                           NULL};
    const char *values[] = {"framesift", "5", "5", "3", "15000", address, NULL};
    cpg_connection *connection = calloc(1, sizeof *connection);
    if (!connection) return CPG_ERROR_MEMORY;
    connection->handle = PQconnectStartParams(names, values, 1);
    if (!connection->handle) {
        free(connection);
        return CPG_ERROR_MEMORY;
    }
    PQsetNoticeReceiver(connection->handle, ignore_notices, NULL);
    int code = PQstatus(connection->handle) == CONNECTION_BAD
        ? CPG_ERROR_CONNECTION
        : finish_connecting(connection->handle, now_ms() + deadline_ms);
    if (code == 0 && PQsetnonblocking(connection->handle, 1) != 0) code = CPG_ERROR_CONNECTION;
    if (code == 0) {
        *result = connection;
        return 0;
    }
    copy_line(PQerrorMessage(connection->handle), message, size);
    cpg_disconnect(connection);
    return code;
}

void cpg_disconnect(cpg_connection *connection) {
    if (!connection) return;
    PQfinish(connection->handle);
    free(connection);
}

bool cpg_is_connected(const cpg_connection *connection) {
    return !connection->spent && PQstatus(connection->handle) == CONNECTION_OK;
}

bool cpg_is_in_transaction(const cpg_connection *connection) {
    PGTransactionStatusType status = PQtransactionStatus(connection->handle);
    return status == PQTRANS_INTRANS || status == PQTRANS_INERROR;
}

int32_t cpg_process(const cpg_connection *connection) { return PQbackendPID(connection->handle); }

static bool take_notifications(PGconn *handle) {
    bool any = false;
    for (PGnotify *notification; (notification = PQnotifies(handle)); any = true) PQfreemem(notification);
    return any;
}

int cpg_wait_for_notification(cpg_connection *connection, int64_t deadline_ms) {
    if (!cpg_is_connected(connection)) return CPG_ERROR_CONNECTION;
    int64_t end_ms = now_ms() + deadline_ms;
    for (;;) {
        // Of those that came with the answer to a statement there is nothing to wait for.
        if (take_notifications(connection->handle)) return 1;
        int code = wait_for(connection->handle, POLLIN, end_ms);
        if (code == CPG_ERROR_DEADLINE) return 0;
        if (code < 0 || !PQconsumeInput(connection->handle)) return CPG_ERROR_CONNECTION;
    }
}

const char *cpg_message(const cpg_connection *connection) { return PQerrorMessage(connection->handle); }

// MARK: Statements

static int send(PGconn *handle, const char *statement, const cpg_value *values, int32_t count) {
    if (count == 0) return PQsendQuery(handle, statement) ? 0 : CPG_ERROR_CONNECTION;
    Oid *types = calloc((size_t)count, sizeof *types);
    const char **texts = calloc((size_t)count, sizeof *texts);
    int *sizes = calloc((size_t)count, sizeof *sizes), *formats = calloc((size_t)count, sizeof *formats);
    int code = types && texts && sizes && formats ? 0 : CPG_ERROR_MEMORY;
    for (int32_t i = 0; code == 0 && i < count; i++) {
        types[i] = values[i].type;
        texts[i] = values[i].text;
        sizes[i] = values[i].size;
        formats[i] = values[i].type == CPG_BYTEA;
    }
    if (code == 0 && !PQsendQueryParams(handle, statement, count, types, texts, sizes, formats, 0))
        code = CPG_ERROR_CONNECTION;
    free(types);
    free(texts);
    free(sizes);
    free(formats);
    return code;
}

static int flush(PGconn *handle, int64_t end_ms) {
    int left;
    while ((left = PQflush(handle)) > 0) {
        int code = wait_for(handle, POLLIN | POLLOUT, end_ms);
        if (code < 0) return code;
        // The server may wait with its words before it takes more of ours.
        if (!PQconsumeInput(handle)) return CPG_ERROR_CONNECTION;
    }
    return left < 0 ? CPG_ERROR_CONNECTION : 0;
}

// The next result; NULL: there is none.
static int receive(PGconn *handle, int64_t end_ms, PGresult **result) {
    while (PQisBusy(handle)) {
        int code = wait_for(handle, POLLIN, end_ms);
        if (code < 0) return code;
        if (!PQconsumeInput(handle)) return CPG_ERROR_CONNECTION;
    }
    *result = PQgetResult(handle);
    return 0;
}

static bool is_error(const PGresult *result) {
    return PQresultStatus(result) != PGRES_COMMAND_OK && PQresultStatus(result) != PGRES_TUPLES_OK
        && PQresultStatus(result) != PGRES_EMPTY_QUERY;
}

static int receive_all(cpg_connection *connection, int64_t end_ms, PGresult **result) {
    for (;;) {
        PGresult *next = NULL;
        int code = receive(connection->handle, end_ms, &next);
        if (code < 0) return code;
        if (!next) break;
        if (*result && is_error(*result)) {
            PQclear(next);
        } else {
            PQclear(*result);
            *result = next;
        }
    }
    if (PQstatus(connection->handle) != CONNECTION_OK) return CPG_ERROR_CONNECTION;
    if (!*result) return CPG_ERROR_CONNECTION;
    return is_error(*result) ? CPG_ERROR_STATEMENT : 0;
}

int cpg_run(cpg_connection *connection, const char *statement, const cpg_value *values, int32_t count,
            int64_t deadline_ms, cpg_result **result) {
    *result = NULL;
    if (!cpg_is_connected(connection)) return CPG_ERROR_CONNECTION;
    int64_t end_ms = now_ms() + deadline_ms;
    PGresult *last = NULL;
    int code = send(connection->handle, statement, values, count);
    if (code == 0) code = flush(connection->handle, end_ms);
    if (code == 0) code = receive_all(connection, end_ms, &last);
    if (code < 0 && code != CPG_ERROR_STATEMENT) connection->spent = true;
    *result = (cpg_result *)last;
    return code;
}
