#include "decrypting.h"

#include "io.h"

enum { block = 16 };

typedef struct decrypting {
    AVIOContext *encrypted;
    struct AVAES *aes;
    uint8_t vector[block];
    uint8_t last[block]; // decrypted, and kept back until it is known whether it ends with padding
    bool has_last;
    bool is_cut; // the last block was incomplete
} decrypting;

static bool parse(const char *digits, uint8_t bytes[block]) {
    if (!digits || strspn(digits, "0123456789abcdefABCDEF") != 2 * block || digits[2 * block]) return false;
    for (int i = 0; i < block; i++) {
        char pair[3] = {digits[2 * i], digits[2 * i + 1], 0};
        bytes[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    return true;
}

// What is left of the last block without its padding (RFC 5652 6.3). Whatever has none was cut off, or is of another key.
static int end_reading(decrypting *state, uint8_t *buffer) {
    if (state->is_cut) return AVERROR_INVALIDDATA;
    if (!state->has_last) return AVERROR_EOF;
    state->has_last = false;
    int padding = state->last[block - 1];
    if (padding < 1 || padding > block) return AVERROR_INVALIDDATA;
    if (padding == block) return AVERROR_EOF;
    memcpy(buffer, state->last, (size_t)(block - padding));
    return block - padding;
}

static int read_decrypted(void *opaque, uint8_t *buffer, int size) {
    decrypting *state = opaque;
    int given = 0;
    while (given == 0) {
        int kept = state->has_last ? block : 0, wanted = (size / block - 1) * block;
        if (wanted <= 0) return AVERROR(EINVAL);
        int count = avio_read(state->encrypted, buffer + kept, wanted);
        if (count < 0 && count != AVERROR_EOF) return count;
        if (count < block) {
            state->is_cut |= count > 0;
            return end_reading(state, buffer);
        }
        state->is_cut = count % block != 0;
        count -= count % block;
        if (kept) memcpy(buffer, state->last, block);
        av_aes_crypt(state->aes, buffer + kept, buffer + kept, count / block, state->vector, 1);
        given = kept + count - block;
        memcpy(state->last, buffer + given, block);
        state->has_last = true;
    }
    return given;
}

static void free_state(decrypting *state) {
    if (state) av_free(state->aes);
    av_free(state);
}

int cfs_decrypting_open(AVIOContext *encrypted, const char *key, const char *iv, AVIOContext **io) {
    *io = NULL;
    uint8_t bytes[block];
    decrypting *state = av_mallocz(sizeof *state);
    if (state) state->aes = av_aes_alloc();
    int code = state && state->aes ? 0 : AVERROR(ENOMEM);
    if (code == 0 && (!parse(key, bytes) || !parse(iv, state->vector))) code = AVERROR(EINVAL);
    if (code == 0) code = av_aes_init(state->aes, bytes, 8 * block, 1);
    if (code >= 0 && !(*io = cfs_io_open(state, read_decrypted, NULL))) code = AVERROR(ENOMEM);
    if (code < 0) {
        free_state(state);
        return code;
    }
    state->encrypted = encrypted;
    return 0;
}

void cfs_decrypting_close(AVIOContext **io) {
    if (!*io || (*io)->read_packet != read_decrypted) return;
    decrypting *state = (*io)->opaque;
    AVIOContext *encrypted = state->encrypted;
    free_state(state);
    cfs_io_close(io);
    *io = encrypted;
}
