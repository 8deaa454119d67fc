#include "live-read.h"

#include "clock.h"
#include "live-state.h"
#include "live-timeline.h"
#include "source-open.h"
#include "source-read.h"

// The extra data that a packet brings along; NULL when it brings none, or what is known already.
static AVBufferRef *new_parameters(const AVPacket *packet, const AVBufferRef *present, const AVCodecParameters *first) {
    size_t size = 0;
    const uint8_t *data = av_packet_get_side_data(packet, AV_PKT_DATA_NEW_EXTRADATA, &size);
    if (!data || size == 0) return NULL;
    const uint8_t *known = present ? present->data : first->extradata;
    size_t known_size = present ? present->size - AV_INPUT_BUFFER_PADDING_SIZE : (size_t)first->extradata_size;
    if (known_size == size && memcmp(known, data, size) == 0) return NULL;
    AVBufferRef *made = av_buffer_allocz(size + AV_INPUT_BUFFER_PADDING_SIZE);
    if (made) memcpy(made->data, data, size);
    return made;
}

typedef struct reading_state {
    AVPacket *packet;
    AVBufferRef *extradata;
    int nal_length_size;
} reading_state;

// One packet into the line. 0 or an error.
static int take_in(cfs_live *live, reading_state *state) {
    AVBufferRef *made = new_parameters(state->packet, state->extradata, live->parameters);
    bool changed = made != NULL;
    if (made) {
        av_buffer_unref(&state->extradata);
        state->extradata = made;
        AVCodecParameters view = *live->parameters;
        view.extradata = made->data;
        view.extradata_size = (int)(made->size - AV_INPUT_BUFFER_PADDING_SIZE);
        state->nal_length_size = cfs_nal_length_size(&view);
    }
    cfs_packet_traits traits = cfs_packet_inspect(state->packet, live->parameters->codec_id, state->nal_length_size);
    live_line *line = &live->line;
    int64_t now_ns = cfs_monotonic_ns();
    cfs_line_settle(line, state->packet, now_ns);
    AVPacket *kept = live->history.limit > 0 ? av_packet_clone(state->packet) : NULL;
    pthread_mutex_lock(&live->run.lock);
    int code = cfs_line_push(line, state->packet, state->extradata, changed, traits, now_ns);
    if (kept && code == 0 && line->anchored && !line->waits_for_cut) {
        cfs_line_shift(line, kept);
        live_packet view = {.packet = kept, .extradata = state->extradata, .traits = traits, .epoch = line->epoch};
        code = cfs_history_add(&live->history, &view, cfs_line_position(line, kept->pts));
    }
    cfs_line_trim(line, live->sent);
    if (line->due_count > 0 || cfs_line_is_long(line)) pthread_cond_broadcast(&live->run.changed);
    pthread_mutex_unlock(&live->run.lock);
    av_packet_free(&kept);
    return code;
}

static int open_stream(cfs_live *live) {
    int code = cfs_source_open(&live->run.source, &live->run.options);
    if (code < 0) return code;
    // In a unit of time that is longer than a picture may last, timestamps tell nothing.
    const AVRational second = {1, 1};
    if (av_compare_ts(1, live->run.source.stream->time_base, longest_claim_s, second) > 0) return AVERROR_INVALIDDATA;
    live->parameters = avcodec_parameters_alloc();
    if (!live->parameters) return AVERROR(ENOMEM);
    code = avcodec_parameters_copy(live->parameters, live->run.source.stream->codecpar);
    if (code < 0) return code;
    pthread_mutex_lock(&live->run.lock);
    cfs_line_init(&live->line, live->run.options.mode, live->run.options.interval_ns,
                  live->run.source.stream->time_base, live->limits.held_bytes);
    live->opened = true;
    pthread_cond_broadcast(&live->run.changed);
    pthread_mutex_unlock(&live->run.lock);
    cfs_live_tell(live);
    return 0;
}

static int read_stream(cfs_live *live) {
    int code = open_stream(live);
    if (code < 0) return code;
    reading_state state = {.packet = av_packet_alloc(), .nal_length_size = cfs_nal_length_size(live->parameters)};
    if (!state.packet) return AVERROR(ENOMEM);
    while ((code = cfs_source_read(&live->run.source, state.packet)) == 1 && (code = take_in(live, &state)) == 0) {
    }
    av_packet_free(&state.packet);
    av_buffer_unref(&state.extradata);
    if (code == 0 && live->run.source.ended_broken) return AVERROR(EIO);
    return code;
}

void *cfs_live_read_thread(void *context) {
    cfs_live *live = context;
    int code = read_stream(live);
    pthread_mutex_lock(&live->run.lock);
    if (live->opened) cfs_line_end(&live->line, cfs_monotonic_ns());
    if (!live->end_code) live->end_code = code;
    live->reading_done = true;
    pthread_cond_broadcast(&live->run.changed);
    pthread_mutex_unlock(&live->run.lock);
    cfs_live_leave(live);
    return NULL;
}
