#include "call.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "signing.h"

// MARK: Called by libcurl, on the client's thread

enum { first_capacity = 4096 };

static size_t receive(char *data, size_t unit, size_t count, void *context) {
    call *call = context;
    size_t size = unit * count;
    call->answered = true;
    if (call->size + size > (size_t)call->max_response) {
        call->too_large = true;
        return 0;
    }
    if (call->size + size > call->capacity) {
        size_t capacity = call->capacity ? call->capacity : first_capacity;
        while (capacity < call->size + size) capacity *= 2;
        uint8_t *larger = realloc(call->bytes, capacity);
        if (!larger) return 0;
        call->bytes = larger;
        call->capacity = capacity;
    }
    memcpy(call->bytes + call->size, data, size);
    call->size += size;
    return size;
}

static size_t receive_header(char *data, size_t unit, size_t count, void *context) {
    call *call = context;
    (void)data;
    call->answered = true;
    return unit * count;
}

static size_t send_file(char *buffer, size_t unit, size_t count, void *context) {
    call *call = context;
    size_t size = unit * count, left = (size_t)(call->file_size - call->file_sent);
    // libcurl may ask for more than it was told that there is.
    size_t read = fread(buffer, 1, size < left ? size : left, call->file);
    call->file_sent += (int64_t)read;
    return read > 0 || left == 0 ? read : CURL_READFUNC_ABORT;
}

// Where a kept connection turns out to be closed, libcurl sends the body again.
static int seek_file(void *context, curl_off_t offset, int origin) {
    call *call = context;
    if (origin != SEEK_SET || fseeko(call->file, call->file_begin + offset, SEEK_SET) != 0) return CURL_SEEKFUNC_FAIL;
    call->file_sent = offset;
    return CURL_SEEKFUNC_OK;
}

// Notes when the last byte was sent. From then on the deadline for the answer's first byte counts.
static int note_progress(void *context, curl_off_t total, curl_off_t now, curl_off_t to_send, curl_off_t sent) {
    call *call = context;
    (void)total, (void)now;
    if (call->cancelled) return 1;
    if (call->progress && to_send > 0) call->progress(call->context, sent, to_send);
    if (sent < to_send) call->sent_ms = 0;
    else if (call->sent_ms == 0) call->sent_ms = chttp_now_ms();
    if (call->sent_ms && !call->answered && chttp_now_ms() - call->sent_ms > call->first_byte_ms) {
        curl_off_t connected = 0;
        curl_easy_getinfo(call->easy, CURLINFO_PRETRANSFER_TIME_T, &connected);
        // Until it is connected, the deadline for connecting counts.
        if (connected > 0) {
            call->too_slow = true;
            return 1;
        }
        call->sent_ms = chttp_now_ms();
    }
    return 0;
}

// MARK: The request

static void free_call(call *call) {
    curl_easy_cleanup(call->easy);
    curl_mime_free(call->mime);
    curl_slist_free_all(call->headers);
    if (call->file) fclose(call->file);
    free(call->bytes);
    free(call);
}

static bool add_parts(call *call, const chttp_call *wanted) {
    call->mime = curl_mime_init(call->easy);
    bool good = call->mime != NULL;
    for (size_t i = 0; i < wanted->part_count && good; i++) {
        const chttp_part *part = &wanted->parts[i];
        curl_mimepart *made = curl_mime_addpart(call->mime);
        good = made && curl_mime_name(made, part->name) == CURLE_OK;
        if (!good) break;
        CURLcode code = part->value ? curl_mime_data(made, part->value, CURL_ZERO_TERMINATED)
            : part->path            ? curl_mime_filedata(made, part->path)
                                    : curl_mime_data(made, (const char *)part->bytes, part->size);
        good = code == CURLE_OK;
        if (part->filename) good = good && curl_mime_filename(made, part->filename) == CURLE_OK;
        if (part->type) good = good && curl_mime_type(made, part->type) == CURLE_OK;
    }
    curl_easy_setopt(call->easy, CURLOPT_MIMEPOST, call->mime);
    return good;
}

static bool add_body(call *call, const chttp_call *wanted) {
    curl_easy_setopt(call->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)wanted->body_size);
    return curl_easy_setopt(call->easy, CURLOPT_COPYPOSTFIELDS, wanted->body) == CURLE_OK;
}

static bool add_file(call *call, const chttp_call *wanted) {
    struct stat status;
    call->file = fopen(wanted->body_path, "rbe");
    if (!call->file || fstat(fileno(call->file), &status) != 0) return false;
    call->file_begin = wanted->body_offset;
    call->file_size = wanted->body_length > 0 ? wanted->body_length : status.st_size - wanted->body_offset;
    if (call->file_size < 0 || fseeko(call->file, call->file_begin, SEEK_SET) != 0) return false;
    curl_easy_setopt(call->easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(call->easy, CURLOPT_READFUNCTION, send_file);
    curl_easy_setopt(call->easy, CURLOPT_READDATA, call);
    curl_easy_setopt(call->easy, CURLOPT_SEEKFUNCTION, seek_file);
    curl_easy_setopt(call->easy, CURLOPT_SEEKDATA, call);
    curl_easy_setopt(call->easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)call->file_size);
    return true;
}

static bool add_headers(call *call, const chttp_call *wanted) {
    // No "Expect: 100-continue": it costs a round trip, and a second where the server does not answer it. But libcurl 7.88
    // signs the header that it is told to leave out.
    bool good = wanted->signing || chttp_add_header(&call->headers, "Expect:");
    for (const char *const *header = wanted->headers; good && header && *header; header++)
        good = chttp_add_header(&call->headers, *header);
    if (good && wanted->signing) good = chttp_sign(call->easy, wanted->signing, &call->headers);
    curl_easy_setopt(call->easy, CURLOPT_HTTPHEADER, call->headers);
    return good;
}

static void configure(call *call, const chttp_call *wanted) {
    CURL *easy = call->easy;
    curl_easy_setopt(easy, CURLOPT_PRIVATE, call);
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, wanted->method);
    if (wanted->public_only) {
        chttp_guard(easy, &call->gate);
        // A connection kept from a call that may go anywhere must not serve one that may not; and a proxy would connect
        // to whatever it is told.
        curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
        curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
        curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    }
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)wanted->total_ms);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, call);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, receive_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, call);
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(easy, CURLOPT_XFERINFOFUNCTION, note_progress);
    curl_easy_setopt(easy, CURLOPT_XFERINFODATA, call);
}

call *chttp_make_call(const chttp_call *wanted, chttp_done done, void *context) {
    call *made = calloc(1, sizeof *made);
    if (!made) return NULL;
    made->easy = chttp_easy(wanted->url, wanted->user_agent, wanted->connect_ms);
    made->first_byte_ms = wanted->first_byte_ms;
    made->max_response = wanted->max_response;
    made->progress = wanted->progress;
    made->done = done;
    made->context = context;
    bool good = made->easy && add_headers(made, wanted);
    if (good) configure(made, wanted);
    if (good && wanted->part_count > 0) good = add_parts(made, wanted);
    else if (good && wanted->body) good = add_body(made, wanted);
    else if (good && wanted->body_path) good = add_file(made, wanted);
    if (good) return made;
    free_call(made);
    return NULL;
}

// MARK: The answer

int chttp_call_outcome(const call *call, CURLcode code) {
    if (call->cancelled) return CHTTP_ERROR_CANCELLED;
    if (call->too_slow) return CHTTP_ERROR_DEADLINE;
    if (call->too_large) return CHTTP_ERROR_TOO_LARGE;
    if (call->gate.refused && code != CURLE_OK) return CHTTP_ERROR_REFUSED;
    return chttp_code(code);
}

static int64_t retry_after_ms(CURL *easy) {
    curl_off_t seconds = 0;
    if (!chttp_header(easy, "Retry-After")) return -1;
    curl_easy_getinfo(easy, CURLINFO_RETRY_AFTER, &seconds);
    return (int64_t)seconds * 1000;
}

const char *chttp_answer_header(const chttp_answer *answer, const char *name) {
    return chttp_header(answer->message, name);
}

void chttp_finish_call(call *call, int code) {
    chttp_answer answer = {.code = code,
                           .body = call->bytes,
                           .body_size = call->size,
                           .retry_after_ms = -1,
                           .answered = call->answered,
                           .message = call->easy};
    long status = 0, connections = 0;
    curl_off_t sent = 0;
    curl_easy_getinfo(call->easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(call->easy, CURLINFO_NUM_CONNECTS, &connections);
    curl_easy_getinfo(call->easy, CURLINFO_SIZE_UPLOAD_T, &sent);
    answer.status = (int32_t)status;
    answer.connections = connections;
    answer.bytes_sent = sent;
    if (code == 0) answer.retry_after_ms = retry_after_ms(call->easy);
    call->done(call->context, &answer);
    free_call(call);
}
