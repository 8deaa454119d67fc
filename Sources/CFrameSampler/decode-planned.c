// Decoding only what the wanted pictures need.
#include "decode.h"

// Bytes of a chain that are kept so that it can be decoded again.
enum { kept_bytes = 32 * 1024 * 1024 };

typedef struct planned_run {
    cfs_chain_port port;
    bool full;         // nothing is left out, so a wanted picture that does not appear does not exist
    int64_t given;     // positions before this one were delivered
    int64_t given_pts; // of the picture delivered last, if `any`
    bool any;
    int64_t checked_tag; // of the packet that is decoded to see whether it is whole; 0: none
    size_t bytes;
} planned_run;

static int deliver(planned_run *run, wanted_picture wanted, const AVFrame *frame, int64_t pts, bool damaged) {
    cfs_delivery delivery = {.first = wanted.first, .count = wanted.count, .pts = pts, .damaged = damaged};
    delivery.reused = frame && run->any && pts == run->given_pts;
    run->any = frame != NULL;
    run->given_pts = pts;
    if (frame && !(delivery.frame = av_frame_clone(frame))) return AVERROR(ENOMEM);
    run->given = wanted.first + wanted.count;
    return run->port.deliver(run->port.context, delivery) ? 0 : stop_requested;
}

// The first wanted picture did not come out of the decoder.
static int resolve_missing(cfs_decoder *decoder, planned_run *run) {
    wanted_picture wanted = decoder->wanted[decoder->wanted_head];
    bool damaged = cfs_decoder_is_damaged(decoder, wanted.tag);
    if (!damaged && !run->full) return picture_missing;
    decoder->wanted_head++;
    if (damaged || !decoder->previous->buf[0]) return deliver(run, wanted, NULL, wanted.pts, true);
    return deliver(run, wanted, decoder->previous, decoder->previous->pts, false);
}

static int match_picture(cfs_decoder *decoder, void *state) {
    planned_run *run = state;
    const AVFrame *frame = decoder->frame;
    int code = 0;
    while (!code && decoder->wanted_head < decoder->wanted_count
           && decoder->wanted[decoder->wanted_head].pts < frame->pts)
        code = resolve_missing(decoder, run);
    if (code) return code;
    if (decoder->wanted_head < decoder->wanted_count && decoder->wanted[decoder->wanted_head].pts == frame->pts) {
        wanted_picture wanted = decoder->wanted[decoder->wanted_head++];
        code = deliver(run, wanted, frame, frame->pts, cfs_decoder_is_damaged(decoder, cfs_frame_tag(frame)));
    }
    if (run->full && !code) {
        av_frame_unref(decoder->previous);
        code = av_frame_ref(decoder->previous, frame);
    }
    return code;
}

// Queues the piece's wanted pictures by pts. Tags are what `cfs_decoder_send` will give the packets.
static int queue_wanted(cfs_decoder *decoder, const planned_run *run, const cfs_piece *piece) {
    if (decoder->wanted_head == decoder->wanted_count) decoder->wanted_head = decoder->wanted_count = 0;
    size_t begin = decoder->wanted_count;
    int64_t tag = decoder->tag;
    for (size_t i = 0; i < piece->needed; i++) {
        const cfs_entry *entry = piece->entries[i];
        if (piece->skips_leading && entry->pts < piece->entries[0]->pts) continue;
        tag++;
        if (entry->count == 0 || entry->first < run->given) continue;
        size_t bytes = (decoder->wanted_count + 1) * sizeof *decoder->wanted;
        wanted_picture *grown = av_fast_realloc(decoder->wanted, &decoder->wanted_bytes, bytes);
        if (!grown) return AVERROR(ENOMEM);
        decoder->wanted = grown;
        size_t at = decoder->wanted_count++;
        while (at > begin && decoder->wanted[at - 1].pts > entry->pts) {
            decoder->wanted[at] = decoder->wanted[at - 1];
            at--;
        }
        decoder->wanted[at] = (wanted_picture){entry->pts, entry->first, entry->count, tag};
    }
    return 0;
}

static int decode_piece(cfs_decoder *decoder, planned_run *run, const cfs_piece *piece) {
    int code = queue_wanted(decoder, run, piece);
    // A picture that HEVC calls unreferenced is so within its temporal layer only: with layers nothing may be left out.
    bool layered = false;
    for (size_t i = 0; i < piece->needed; i++) layered |= piece->entries[i]->traits.sub_layered;
    for (size_t i = 0; i < piece->needed && !code; i++) {
        const cfs_entry *entry = piece->entries[i];
        if (piece->skips_leading && entry->pts < piece->entries[0]->pts) continue;
        bool skippable = decoder->skips_unreferenced && !run->full && !layered && entry->count == 0 && !entry->checked;
        code = cfs_decoder_send(decoder, entry, skippable, match_picture, run);
        if (entry->checked) run->checked_tag = decoder->tag;
    }
    return code;
}

static int finish_chain(cfs_decoder *decoder, planned_run *run) {
    int code = cfs_decoder_drain(decoder, match_picture, run);
    while (!code && decoder->wanted_head < decoder->wanted_count) code = resolve_missing(decoder, run);
    if (run->checked_tag && cfs_decoder_is_damaged(decoder, run->checked_tag))
        atomic_store(&decoder->counters->end_damaged, true);
    return code;
}

// A planned picture did not appear (a hidden frame, the second field of a pair): the chain so far is decoded again in
// full, and pictures are chosen from what comes out.
static int look_again(cfs_decoder *decoder, planned_run *run) {
    atomic_fetch_add(&decoder->counters->groups_redecoded, 1);
    cfs_decoder_reset(decoder);
    run->full = true;
    cfs_piece **pieces;
    size_t count = run->port.kept_pieces(run->port.context, &pieces);
    int code = pieces ? 0 : AVERROR(ENOMEM);
    for (size_t i = 0; i < count && !code; i++) code = decode_piece(decoder, run, pieces[i]);
    av_free(pieces);
    return code;
}

int cfs_decode_planned(cfs_decoder *decoder, cfs_chain_port port) {
    planned_run run = {.port = port};
    cfs_piece *piece;
    int code = 0;
    cfs_decoder_reset(decoder);
    while (!code) {
        if (!port.next_piece(port.context, &piece)) return 0;
        bool complete = !piece;
        code = complete ? finish_chain(decoder, &run) : decode_piece(decoder, &run, piece);
        if (code == picture_missing) {
            code = look_again(decoder, &run);
            if (complete && !code) code = finish_chain(decoder, &run);
        }
        if (complete) break;
        // A chain that is too long to keep cannot be decoded again, so from here on nothing of it is left out.
        run.bytes += piece->bytes;
        if (run.bytes > kept_bytes) run.full = true;
        if (run.full) port.forget_pieces(port.context);
    }
    cfs_decoder_reset(decoder);
    return code < 0 ? code : 0;
}
