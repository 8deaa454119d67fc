#include "decode.h"

#include "source.h"

// Bytes of a chain kept for a second look.
enum { kept_bytes = 32 * 1024 * 1024, remembered_groups = 8 };

// A group within the chain and the first packet of it that failed: what follows in the group is damaged.
typedef struct group_health {
    int64_t begins, fails;
} group_health;

typedef struct wanted_picture {
    int64_t pts, first, count, tag;
} wanted_picture;

struct cfs_decoder {
    AVCodecContext *context;
    AVRational time_base;
    int64_t frame_duration; // in units of time_base, from the frame rate; for pictures that have none
    cfs_decode_counters *counters;
    AVFrame *frame;
    AVFrame *previous; // the picture before, when a wanted one may turn out not to exist
    int64_t tag;       // counts packets
    group_health groups[remembered_groups];
    int group_count;
    int64_t failures;
    bool skips_unreferenced; // the decoder may leave out pictures nothing refers to

    wanted_picture *wanted;
    size_t wanted_head, wanted_count, wanted_capacity;
};

static bool can_skip_unreferenced(enum AVCodecID codec) {
    switch (codec) {
    case AV_CODEC_ID_H264:
    case AV_CODEC_ID_HEVC:
    case AV_CODEC_ID_MPEG1VIDEO:
    case AV_CODEC_ID_MPEG2VIDEO:
    case AV_CODEC_ID_MPEG4:
    case AV_CODEC_ID_VP8: return true;
    default: return false;
    }
}

int cfs_decoder_create(
    const AVStream *stream, const cfs_options *options, cfs_decode_counters *counters, cfs_decoder **result) {
    *result = NULL;
    const AVCodec *codec = avcodec_find_decoder(stream->codecpar->codec_id);
    if (!codec) return CFS_ERROR_NO_DECODER;
    cfs_decoder *decoder = av_mallocz(sizeof *decoder);
    if (!decoder) return AVERROR(ENOMEM);
    decoder->counters = counters;
    decoder->time_base = stream->time_base;
    AVRational rate = stream->avg_frame_rate.num > 0 ? stream->avg_frame_rate : stream->r_frame_rate;
    if (rate.num > 0) decoder->frame_duration = av_rescale_q(1, av_inv_q(rate), stream->time_base);
    decoder->skips_unreferenced = can_skip_unreferenced(codec->id);
    decoder->frame = av_frame_alloc();
    decoder->previous = av_frame_alloc();
    decoder->context = avcodec_alloc_context3(codec);
    int code = AVERROR(ENOMEM);
    if (decoder->context && decoder->frame && decoder->previous)
        code = avcodec_parameters_to_context(decoder->context, stream->codecpar);
    if (code >= 0) {
        decoder->context->pkt_timebase = stream->time_base;
        bool planned = cfs_codec_is_plannable(codec->id);
        decoder->context->thread_count = planned ? 1 : options->threads;
        decoder->context->thread_type = FF_THREAD_SLICE;
        decoder->context->max_pixels = options->max_pixels;
        decoder->context->flags |= CFS_COPY_OPAQUE_FLAG;
        code = avcodec_open2(decoder->context, codec, NULL);
    }
    if (code < 0) cfs_decoder_free(&decoder);
    *result = decoder;
    return code < 0 ? code : 0;
}

void cfs_decoder_free(cfs_decoder **decoder) {
    if (!*decoder) return;
    avcodec_free_context(&(*decoder)->context);
    av_frame_free(&(*decoder)->frame);
    av_frame_free(&(*decoder)->previous);
    av_freep(&(*decoder)->wanted);
    av_freep(decoder);
}

// MARK: Health of groups

static void begin_group(cfs_decoder *decoder) {
    if (decoder->group_count == remembered_groups) {
        memmove(decoder->groups, decoder->groups + 1, (remembered_groups - 1) * sizeof *decoder->groups);
        decoder->group_count--;
    }
    decoder->groups[decoder->group_count++] = (group_health){.begins = decoder->tag, .fails = INT64_MAX};
}

static group_health *group_of(cfs_decoder *decoder, int64_t tag) {
    for (int i = decoder->group_count - 1; i > 0; i--)
        if (decoder->groups[i].begins <= tag) return &decoder->groups[i];
    return &decoder->groups[0];
}

static void note_failure(cfs_decoder *decoder, int64_t tag) {
    atomic_fetch_add(&decoder->counters->failures, 1);
    decoder->failures++;
    group_health *group = group_of(decoder, tag);
    if (tag < group->fails) group->fails = tag;
}

static bool is_damaged(cfs_decoder *decoder, int64_t tag) { return group_of(decoder, tag)->fails <= tag; }

// MARK: Packets in, pictures out

typedef int (*picture_handler)(cfs_decoder *decoder, void *state);

// Hands `decoder->frame` to the handler for each picture that is ready. 0, a handler's code, or a fatal error.
static int receive_pictures(cfs_decoder *decoder, picture_handler handler, void *state) {
    for (;;) {
        int64_t began = cfs_monotonic_ns();
        int code = avcodec_receive_frame(decoder->context, decoder->frame);
        atomic_fetch_add(&decoder->counters->nanoseconds, cfs_monotonic_ns() - began);
        if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return 0;
        if (code == AVERROR(ENOMEM)) return code;
        if (code < 0) {
            note_failure(decoder, decoder->tag);
            continue;
        }
        atomic_fetch_add(&decoder->counters->pictures, 1);
        bool corrupt = decoder->frame->decode_error_flags || (decoder->frame->flags & AV_FRAME_FLAG_CORRUPT);
        if (corrupt) note_failure(decoder, cfs_frame_tag(decoder->frame));
        code = handler(decoder, state);
        av_frame_unref(decoder->frame);
        if (code) return code;
    }
}

static int decode_packet(cfs_decoder *decoder, const cfs_entry *entry, bool skippable, picture_handler handler, void *state) {
    decoder->tag++;
    if (entry->traits.cut || decoder->group_count == 0) begin_group(decoder);
    if (entry->packet->size == 0) return 0; // "as before": says so without bytes, and would be taken for the end
    decoder->context->skip_frame = skippable ? AVDISCARD_NONREF : AVDISCARD_DEFAULT;
    cfs_tag_packet(decoder->context, entry->packet, decoder->tag);
    atomic_fetch_add(&decoder->counters->packets, 1);
    int64_t began = cfs_monotonic_ns();
    int code = avcodec_send_packet(decoder->context, entry->packet);
    atomic_fetch_add(&decoder->counters->nanoseconds, cfs_monotonic_ns() - began);
    if (code == AVERROR(ENOMEM)) return code;
    if (code < 0 || (entry->packet->flags & AV_PKT_FLAG_CORRUPT)) note_failure(decoder, decoder->tag);
    return receive_pictures(decoder, handler, state);
}

static int drain(cfs_decoder *decoder, picture_handler handler, void *state) {
    avcodec_send_packet(decoder->context, NULL);
    return receive_pictures(decoder, handler, state);
}

static void reset(cfs_decoder *decoder) {
    avcodec_flush_buffers(decoder->context);
    av_frame_unref(decoder->frame);
    av_frame_unref(decoder->previous);
    decoder->group_count = 0;
    decoder->wanted_head = decoder->wanted_count = 0;
}

int cfs_decoder_first_picture(cfs_decoder *decoder, const AVPacket *packet, const AVFrame **frame) {
    int code = avcodec_send_packet(decoder->context, packet);
    if (code == AVERROR(ENOMEM)) return code;
    av_frame_unref(decoder->frame);
    code = avcodec_receive_frame(decoder->context, decoder->frame);
    *frame = decoder->frame;
    return code >= 0 ? 1 : code == AVERROR(ENOMEM) ? code : 0;
}

// MARK: Planned: only what the wanted pictures need

enum { stop_requested = 1, picture_missing = 2 };

typedef struct planned_run {
    cfs_chain_port port;
    bool full;          // nothing is left out, so a wanted picture that does not appear does not exist
    int64_t given;      // positions before this one were delivered
    int64_t given_pts;  // of the picture delivered last, if `any`
    bool any;
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

// The wanted picture at the head did not come out of the decoder.
static int resolve_missing(cfs_decoder *decoder, planned_run *run) {
    wanted_picture wanted = decoder->wanted[decoder->wanted_head];
    bool damaged = is_damaged(decoder, wanted.tag);
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
        code = deliver(run, wanted, frame, frame->pts, is_damaged(decoder, cfs_frame_tag(frame)));
    }
    if (run->full && !code) {
        av_frame_unref(decoder->previous);
        code = av_frame_ref(decoder->previous, frame);
    }
    return code;
}

// Queues the piece's wanted pictures by pts. Tags are what `decode_packet` will give the packets.
static int queue_wanted(cfs_decoder *decoder, const planned_run *run, const cfs_piece *piece) {
    if (decoder->wanted_head == decoder->wanted_count) decoder->wanted_head = decoder->wanted_count = 0;
    size_t begin = decoder->wanted_count;
    int64_t tag = decoder->tag;
    for (size_t i = 0; i < piece->needed; i++) {
        const cfs_entry *entry = piece->entries[i];
        if (piece->skips_leading && entry->pts < piece->entries[0]->pts) continue;
        tag++;
        if (entry->count == 0 || entry->first < run->given) continue;
        if (decoder->wanted_count == decoder->wanted_capacity) {
            size_t larger = decoder->wanted_capacity ? decoder->wanted_capacity * 2 : 64;
            wanted_picture *grown = av_realloc_array(decoder->wanted, larger, sizeof *grown);
            if (!grown) return AVERROR(ENOMEM);
            decoder->wanted = grown;
            decoder->wanted_capacity = larger;
        }
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
    // HEVC calls a picture unreferenced within its temporal layer only: with layers in use nothing may be left out.
    bool layered = false;
    for (size_t i = 0; i < piece->needed; i++) layered |= piece->entries[i]->traits.sub_layered;
    for (size_t i = 0; i < piece->needed && !code; i++) {
        const cfs_entry *entry = piece->entries[i];
        if (piece->skips_leading && entry->pts < piece->entries[0]->pts) continue;
        bool skippable = decoder->skips_unreferenced && !run->full && !layered && entry->count == 0;
        code = decode_packet(decoder, entry, skippable, match_picture, run);
    }
    return code;
}

static int finish_chain(cfs_decoder *decoder, planned_run *run) {
    int code = drain(decoder, match_picture, run);
    while (!code && decoder->wanted_head < decoder->wanted_count) code = resolve_missing(decoder, run);
    return code;
}

// A picture was planned for and did not appear (a hidden frame, the second field of a pair): the chain so far is decoded
// again in full, and pictures are chosen by what comes out.
static int look_again(cfs_decoder *decoder, planned_run *run) {
    atomic_fetch_add(&decoder->counters->second_looks, 1);
    reset(decoder);
    run->full = true;
    cfs_piece **pieces;
    size_t count = run->port.kept_pieces(run->port.context, &pieces);
    int code = 0;
    for (size_t i = 0; i < count && !code; i++) code = decode_piece(decoder, run, pieces[i]);
    return code;
}

int cfs_decode_planned(cfs_decoder *decoder, cfs_chain_port port) {
    planned_run run = {.port = port};
    cfs_piece *piece;
    int code = 0;
    reset(decoder);
    while (!code) {
        if (!port.next_piece(port.context, &piece)) return 0;
        bool complete = !piece;
        code = complete ? finish_chain(decoder, &run) : decode_piece(decoder, &run, piece);
        if (code == picture_missing) {
            code = look_again(decoder, &run);
            if (complete && !code) code = finish_chain(decoder, &run);
        }
        if (complete) break;
        // A chain too long to keep cannot be looked at again: from here on nothing is left out instead.
        run.bytes += piece->bytes;
        if (run.bytes > kept_bytes) run.full = true;
        if (run.full) port.forget_pieces(port.context);
    }
    reset(decoder);
    return code < 0 ? code : 0;
}

// MARK: Everything: positions given by the pictures themselves

typedef struct whole_run {
    cfs_chain_port port;
    cfs_grid grid;
    bool has_origin;
    int64_t shift;       // added to pts, after a timestamp that went backwards
    int64_t current_end; // of `previous`, shifted
    int64_t stated_pts;  // of `previous`, as the stream states it
    bool current_damaged, previous_given;
    int64_t failures;    // seen when `previous` came
} whole_run;

// Gives `previous` the positions before `limit`.
static int give_to_previous(cfs_decoder *decoder, whole_run *run, int64_t limit) {
    int64_t first = run->grid.next;
    while (cfs_grid_next_is_before(&run->grid, limit)) run->grid.next++;
    if (run->grid.next == first) return 0;
    cfs_delivery delivery = {.first = first, .count = run->grid.next - first, .pts = run->stated_pts,
                             .damaged = run->current_damaged, .reused = run->previous_given};
    run->previous_given = true;
    if (!(delivery.frame = av_frame_clone(decoder->previous))) return AVERROR(ENOMEM);
    return run->port.deliver(run->port.context, delivery) ? 0 : stop_requested;
}

// Gives the positions before `limit`, where the next picture begins. If a picture in between failed to decode, nobody
// knows what was on screen after the previous one ended.
static int give_positions(cfs_decoder *decoder, whole_run *run, int64_t limit) {
    int code = 0;
    if (decoder->failures > run->failures && run->current_end < limit) {
        code = give_to_previous(decoder, run, run->current_end);
        run->current_damaged = true;
    }
    return code ? code : give_to_previous(decoder, run, limit);
}

static int choose_picture(cfs_decoder *decoder, void *state) {
    whole_run *run = state;
    AVFrame *frame = decoder->frame;
    bool first = !decoder->previous->buf[0];
    int64_t stated = frame->best_effort_timestamp;
    if (stated == AV_NOPTS_VALUE) stated = first ? 0 : run->current_end - run->shift;
    // Time that stands still or runs backwards (joined recordings): the timeline goes on.
    if (!first && stated + run->shift <= decoder->previous->pts) run->shift = run->current_end - stated;
    int64_t pts = stated + run->shift;
    if (!run->has_origin) {
        run->grid.origin_pts = pts;
        run->has_origin = true;
    }
    int code = first ? 0 : give_positions(decoder, run, pts);
    if (code) return code;
    int64_t gap = first ? 0 : pts - decoder->previous->pts;
    int64_t duration = cfs_frame_duration(frame);
    if (duration <= 0) duration = decoder->frame_duration > 0 ? decoder->frame_duration : gap > 0 ? gap : 1;
    av_frame_unref(decoder->previous);
    code = av_frame_ref(decoder->previous, frame);
    decoder->previous->pts = pts;
    run->stated_pts = stated;
    run->current_end = pts + duration;
    run->current_damaged = is_damaged(decoder, cfs_frame_tag(frame));
    run->failures = decoder->failures;
    run->previous_given = false;
    return code;
}

int cfs_decode_everything(cfs_decoder *decoder, cfs_chain_port port, cfs_grid grid, bool has_origin, int64_t *end_ns) {
    whole_run run = {.port = port, .grid = grid, .has_origin = has_origin};
    cfs_piece *piece;
    int code = 0;
    reset(decoder);
    while (!code) {
        if (!port.next_piece(port.context, &piece)) return 0;
        if (!piece) break;
        for (size_t i = 0; i < piece->count && !code; i++)
            code = decode_packet(decoder, piece->entries[i], false, choose_picture, &run);
        port.forget_pieces(port.context);
        if (cfs_grid_finished(&run.grid)) code = stop_requested;
    }
    bool complete = code == 0;
    if (complete) code = drain(decoder, choose_picture, &run);
    if (!code && complete && decoder->previous->buf[0]) {
        code = give_positions(decoder, &run, run.current_end);
        int64_t length = run.current_end - run.grid.origin_pts;
        *end_ns = av_rescale_q(length, run.grid.time_base, (AVRational){1, 1000000000});
    }
    reset(decoder);
    return code < 0 ? code : 0;
}
