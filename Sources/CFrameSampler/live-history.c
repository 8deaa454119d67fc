#include "live-history.h"

static void forget_first(live_history *history, int count) {
    if (count == 0) return;
    for (int i = 0; i < count; i++) {
        history->bytes -= history->packets[i].packet->size;
        av_packet_free(&history->packets[i].packet);
        av_buffer_unref(&history->packets[i].extradata);
    }
    history->count -= count;
    memmove(history->packets, history->packets + count, (size_t)history->count * sizeof *history->packets);
}

int cfs_history_add(live_history *history, const live_packet *packet, int64_t position_ns) {
    size_t bytes = (size_t)(history->count + 1) * sizeof *history->packets;
    struct kept_packet *grown = av_fast_realloc(history->packets, &history->allocated, bytes);
    if (!grown) return AVERROR(ENOMEM);
    history->packets = grown;
    struct kept_packet kept = {
        .packet = av_packet_clone(packet->packet),
        .position_ns = position_ns,
        .epoch = packet->epoch,
        .cut = packet->traits.cut,
        .extradata = packet->extradata ? av_buffer_ref(packet->extradata) : NULL,
    };
    if (!kept.packet || (packet->extradata && !kept.extradata)) {
        av_packet_free(&kept.packet);
        return AVERROR(ENOMEM);
    }
    history->packets[history->count++] = kept;
    history->bytes += kept.packet->size;
    // Whole groups go, since the rest of one could not be decoded.
    while (history->bytes > history->limit || history->count == line_capacity) {
        int cut = 1;
        while (cut < history->count && !history->packets[cut].cut) cut++;
        forget_first(history, cut);
    }
    return 0;
}

void cfs_history_free(live_history *history) {
    forget_first(history, history->count);
    av_freep(&history->packets);
}
