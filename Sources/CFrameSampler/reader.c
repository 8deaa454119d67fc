#include "reader.h"

#include "sampler-state.h"
#include "source-read.h"
#include "streams.h"

enum { waiting_bytes = 24 * 1024 * 1024, probe_packets = 512, probe_bytes = 32 * 1024 * 1024 };

// MARK: Handing over

static bool is_too_much_locked(const cfs_sampler *sampler) {
    bool too_many_chains = !sampler->open_chain && sampler->chain_count >= 2 * sampler->thread_count + 2;
    return sampler->waiting >= waiting_bytes || too_many_chains;
}

// Waits while too much is under way. False when it is time to stop.
static bool wait_for_room_locked(cfs_sampler *sampler) {
    while (!sampler->run.stopping && !sampler->enough && is_too_much_locked(sampler))
        pthread_cond_wait(&sampler->run.changed, &sampler->run.lock);
    return !sampler->run.stopping && !sampler->enough;
}

// Hands a piece, which is taken over, to the open chain, or to a new one. 0 or an error.
static int enqueue(cfs_sampler *sampler, cfs_piece piece) {
    pthread_mutex_lock(&sampler->run.lock);
    int code = 0;
    cfs_piece *owned = av_memdup(&piece, sizeof piece);
    if (!owned) code = AVERROR(ENOMEM);
    if (!code && !wait_for_room_locked(sampler)) code = CFS_ERROR_CANCELLED;
    if (!code && !sampler->open_chain && !cfs_add_chain_locked(sampler)) code = AVERROR(ENOMEM);
    if (!code) code = cfs_chain_push(sampler->open_chain, owned);
    if (!code) {
        sampler->waiting += owned->bytes;
        if (owned->closes) {
            sampler->open_chain->closed = true;
            sampler->open_chain = NULL;
        }
    } else if (owned) {
        cfs_free_piece_locked(sampler, owned);
    }
    pthread_cond_broadcast(&sampler->run.changed);
    pthread_mutex_unlock(&sampler->run.lock);
    return code;
}

// MARK: Reading

static int read_entry(cfs_sampler *sampler, cfs_entry **result) {
    *result = NULL;
    cfs_entry *entry = cfs_take_entry(sampler);
    if (!entry) return AVERROR(ENOMEM);
    int code = cfs_source_read(&sampler->run.source, entry->packet);
    if (code <= 0) {
        cfs_give_entry(sampler, entry);
        return code;
    }
    entry->pts = entry->packet->pts;
    entry->duration = entry->packet->duration;
    entry->traits =
        cfs_packet_inspect(entry->packet, sampler->run.source.stream->codecpar->codec_id, sampler->nal_length_size);
    *result = entry;
    return 1;
}

// Packets read before planning can begin.
typedef struct read_ahead {
    cfs_entry *entries[probe_packets];
    int count;
    int64_t bytes;
    bool ended;
} read_ahead;

// Decodes from the start until the first picture appears: its pts is the origin of all positions. Returns 1 when
// planning is possible, 0 when everything has to be decoded.
static int find_origin(cfs_sampler *sampler, read_ahead *ahead, int64_t *origin) {
    const AVStream *stream = sampler->run.source.stream;
    if (!cfs_codec_is_plannable(stream->codecpar->codec_id) || sampler->run.source.media.still) return 0;
    cfs_decoder *decoder;
    int code = cfs_runner_make_decoder(&sampler->run, NULL, &decoder);
    if (code < 0) return code;
    const AVFrame *frame = NULL;
    bool timed = true;
    int found = 0;
    bool has_room = true;
    while (!found && timed && has_room) {
        code = read_entry(sampler, &ahead->entries[ahead->count]);
        if (code <= 0) break;
        cfs_entry *entry = ahead->entries[ahead->count++];
        ahead->bytes += entry->packet->size;
        has_room = ahead->count < probe_packets && ahead->bytes < probe_bytes;
        timed = entry->pts != AV_NOPTS_VALUE;
        if (entry->packet->size > 0) found = code = cfs_decoder_first_picture(decoder, entry->packet, &frame);
    }
    ahead->ended = code == 0 && !found && has_room && timed;
    if (ahead->ended) found = code = cfs_decoder_first_picture(decoder, NULL, &frame);
    bool usable = found == 1 && timed && frame->pts != AV_NOPTS_VALUE;
    if (usable) *origin = frame->pts;
    cfs_decoder_free(&decoder);
    return code < 0 ? code : usable;
}

// The end of the last picture, by its packet or else the frame rate.
static int64_t planned_end(const cfs_sampler *sampler) {
    const cfs_plan *plan = &sampler->plan;
    const AVStream *stream = sampler->run.source.stream;
    int64_t duration = plan->last_duration;
    AVRational rate = cfs_stream_rate(stream);
    if (duration <= 0 && rate.num > 0) duration = av_rescale_q(1, av_inv_q(rate), stream->time_base);
    return plan->last_pts + (duration > 0 ? duration : 1);
}

static int take_pieces(cfs_sampler *sampler) {
    for (;;) {
        cfs_piece piece;
        int code = cfs_plan_take(&sampler->plan, &piece);
        if (code <= 0) return code;
        if (piece.needed == 0 && !sampler->open_chain) {
            for (size_t i = 0; i < piece.count; i++) cfs_give_entry(sampler, piece.entries[i]);
            av_free(piece.entries);
            continue;
        }
        code = enqueue(sampler, piece);
        if (code < 0) return code;
    }
}

// Gives one entry to the plan. 1 = go on, 0 = the plan cannot go on with it (the entry stays the caller's).
static int plan_entry(cfs_sampler *sampler, cfs_entry *entry) {
    cfs_plan_note_end(&sampler->plan, entry);
    if (sampler->run.options.mode == CFS_MODE_KEYFRAMES && !entry->traits.cut) {
        cfs_give_entry(sampler, entry);
        return 1;
    }
    int code = cfs_plan_add(&sampler->plan, entry);
    if (code < 0) return code;
    if (sampler->plan.failed) return 0;
    code = take_pieces(sampler);
    return code < 0 ? code : 1;
}

static int decode_everything_from(cfs_sampler *sampler, cfs_entry **first, size_t count, bool has_origin);

// Timestamps proved unusable in the middle of the stream: what is pending, and everything after it, is decoded whole.
static int abandon_plan(cfs_sampler *sampler, cfs_entry **rest, size_t rest_count) {
    cfs_plan *plan = &sampler->plan;
    size_t count = plan->pending_count + rest_count;
    cfs_entry **all = av_malloc_array(count, sizeof *all);
    if (!all) return AVERROR(ENOMEM);
    if (plan->pending_count > 0) memcpy(all, plan->pending, plan->pending_count * sizeof *all);
    memcpy(all + plan->pending_count, rest, rest_count * sizeof *all);
    sampler->grid = plan->grid;
    // Positions that pending pictures were given are given anew.
    for (size_t i = 0; i < plan->pending_count; i++)
        if (all[i]->count > 0 && all[i]->first < sampler->grid.next) sampler->grid.next = all[i]->first;
    plan->pending_count = plan->order_count = 0;
    int code = decode_everything_from(sampler, all, count, true);
    av_free(all);
    return code;
}

// Nothing in an MPEG stream says how long it is, but where one was cut off the last picture is seldom whole.
static void check_last(cfs_sampler *sampler) {
    const cfs_plan *plan = &sampler->plan;
    bool announces_nothing = av_match_list("mpegts,mpeg", sampler->run.source.media.container, ',') > 0;
    if (announces_nothing && plan->pending_count > 0) plan->pending[plan->pending_count - 1]->checked = true;
}

static int read_planned(cfs_sampler *sampler, read_ahead *ahead) {
    int code = 1;
    for (int i = 0; i < ahead->count && code > 0; i++) {
        code = plan_entry(sampler, ahead->entries[i]);
        if (code == 0) return abandon_plan(sampler, ahead->entries + i, (size_t)(ahead->count - i));
    }
    while (code > 0 && !ahead->ended && !cfs_grid_finished(&sampler->plan.grid)) {
        cfs_entry *entry;
        code = read_entry(sampler, &entry);
        if (code <= 0) break;
        code = plan_entry(sampler, entry);
        if (code == 0) return abandon_plan(sampler, &entry, 1);
    }
    if (code < 0) return code;
    bool finished = cfs_grid_finished(&sampler->plan.grid);
    if (!finished) check_last(sampler);
    int64_t end = sampler->plan.last_pts == AV_NOPTS_VALUE ? sampler->grid.origin_pts : planned_end(sampler);
    cfs_plan_end(&sampler->plan, end);
    code = take_pieces(sampler);
    if (code < 0 || finished) return code;
    pthread_mutex_lock(&sampler->run.lock);
    sampler->duration_ns =
        av_rescale_q(FFMAX(0, end - sampler->grid.origin_pts), sampler->run.source.stream->time_base, cfs_nanoseconds);
    pthread_mutex_unlock(&sampler->run.lock);
    return 0;
}

static int enqueue_batch(cfs_sampler *sampler, cfs_entry **entries, size_t count) {
    cfs_piece piece = {.entries = av_memdup(entries, count * sizeof *entries), .count = count};
    if (!piece.entries) return AVERROR(ENOMEM);
    for (size_t i = 0; i < count; i++) piece.bytes += (size_t)entries[i]->packet->size;
    return enqueue(sampler, piece);
}

// Starts a chain that is decoded whole and goes on to the end, first with packets that were read already.
static int decode_everything_from(cfs_sampler *sampler, cfs_entry **first, size_t count, bool has_origin) {
    pthread_mutex_lock(&sampler->run.lock);
    sampler->planned = false;
    if (sampler->open_chain) sampler->open_chain->closed = true;
    cfs_chain *chain = cfs_add_chain_locked(sampler);
    if (chain) {
        chain->everything = true;
        chain->has_origin = has_origin;
        chain->grid = sampler->grid;
    }
    pthread_mutex_unlock(&sampler->run.lock);
    int code = chain ? 1 : AVERROR(ENOMEM);
    if (count > 0 && code > 0) code = enqueue_batch(sampler, first, count) < 0 ? CFS_ERROR_CANCELLED : 1;
    while (code > 0) {
        cfs_entry *entry;
        code = read_entry(sampler, &entry);
        if (code > 0 && enqueue_batch(sampler, &entry, 1) < 0) return CFS_ERROR_CANCELLED;
    }
    return code;
}

static int read_all(cfs_sampler *sampler) {
    read_ahead *ahead = av_mallocz(sizeof *ahead);
    if (!ahead) return AVERROR(ENOMEM);
    int64_t origin = 0;
    int planned = find_origin(sampler, ahead, &origin);
    int code = planned;
    if (planned == 1) {
        sampler->grid.origin_pts = origin;
        cfs_plan_init(&sampler->plan, sampler->grid, sampler->run.source.stream->codecpar->codec_id,
                      sampler->run.options.mode == CFS_MODE_KEYFRAMES);
        code = read_planned(sampler, ahead);
    } else if (planned == 0) {
        code = decode_everything_from(sampler, ahead->entries, (size_t)ahead->count, false);
    } else {
        for (int i = 0; i < ahead->count; i++) cfs_give_entry(sampler, ahead->entries[i]);
    }
    av_free(ahead);
    return code;
}

void *cfs_read_thread(void *context) {
    cfs_sampler *sampler = context;
    int code = read_all(sampler);
    pthread_mutex_lock(&sampler->run.lock);
    if (code < 0 && !sampler->run.stopping && !sampler->enough && !sampler->error) sampler->error = code;
    if (sampler->open_chain) sampler->open_chain->closed = true;
    sampler->open_chain = NULL;
    sampler->cut |= sampler->run.source.limit_reached;
    cfs_source_list_streams(&sampler->run.source);
    sampler->reading_done = true;
    pthread_cond_broadcast(&sampler->run.changed);
    pthread_mutex_unlock(&sampler->run.lock);
    cfs_runner_leave(&sampler->run);
    return NULL;
}
