#include "CPostgreSQL.h"

#include <stdlib.h>

#include <postgresql/libpq-fe.h>

// A `cpg_result` is libpq's own, under a name that does not need its header.
static const PGresult *of(const cpg_result *result) { return (const PGresult *)result; }

void cpg_result_free(cpg_result *result) { PQclear((PGresult *)result); }

static const char *field(const cpg_result *result, int code) {
    const char *text = PQresultErrorField(of(result), code);
    return text ? text : "";
}

const char *cpg_result_state(const cpg_result *result) { return field(result, PG_DIAG_SQLSTATE); }
const char *cpg_result_message(const cpg_result *result) { return field(result, PG_DIAG_MESSAGE_PRIMARY); }

int64_t cpg_result_changes(const cpg_result *result) {
    const char *text = PQcmdTuples((PGresult *)result);
    return strtoll(text, NULL, 10);
}

int32_t cpg_result_rows(const cpg_result *result) { return PQntuples(of(result)); }
int32_t cpg_result_columns(const cpg_result *result) { return PQnfields(of(result)); }
const char *cpg_result_name(const cpg_result *result, int32_t column) { return PQfname(of(result), column); }
uint32_t cpg_result_type(const cpg_result *result, int32_t column) { return PQftype(of(result), column); }

const char *cpg_result_value(const cpg_result *result, int32_t row, int32_t column, int32_t *size) {
    *size = PQgetlength(of(result), row, column);
    return PQgetisnull(of(result), row, column) ? NULL : PQgetvalue(of(result), row, column);
}
