#include "decoder.h"

#include "clock.h"
#include "memory.h"

static bool can_skip_unreferenced(enum AVCodecID codec) {
    return codec == AV_CODEC_ID_H264 || codec == AV_CODEC_ID_HEVC || codec == AV_CODEC_ID_MPEG1VIDEO
        || codec == AV_CODEC_ID_MPEG2VIDEO || codec == AV_CODEC_ID_MPEG4 || codec == AV_CODEC_ID_VP8;
}

// Only here, where the decoder asks for memory, is the size of a picture certain.
static int allocate(AVCodecContext *context, AVFrame *frame, int flags) {
    const cfs_decoder *decoder = context->opaque;
    int code = cfs_memory_charge(cfs_memory_video, frame, 0, decoder->cancelled);
    return code < 0 ? AVERROR(ENOBUFS) : avcodec_default_get_buffer2(context, frame, flags);
}

static int open_context(cfs_decoder *decoder, const AVCodec *codec, const AVCodecParameters *parameters,
                        const cfs_options *options) {
    AVCodecContext *context = decoder->context;
    int code = avcodec_parameters_to_context(context, parameters);
    if (code < 0) return code;
    context->pkt_timebase = decoder->time_base;
    context->thread_count = cfs_codec_is_plannable(codec->id) ? 1 : options->threads;
    context->thread_type = FF_THREAD_SLICE;
    context->max_pixels = options->max_pixels;
    context->opaque = decoder;
    context->get_buffer2 = allocate;
    context->flags |= CFS_COPY_OPAQUE_FLAG;
    code = avcodec_open2(context, codec, NULL);
    return code < 0 ? code : 0;
}

int cfs_decoder_create(const AVStream *stream, const AVCodecParameters *parameters, const cfs_options *options,
                       cfs_decode_counters *counters, const atomic_bool *cancelled, cfs_decoder **result) {
    *result = NULL;
    const AVCodec *codec = avcodec_find_decoder(parameters->codec_id);
    if (!codec) return CFS_ERROR_NO_DECODER;
    cfs_decoder *decoder = av_mallocz(sizeof *decoder);
    if (!decoder) return AVERROR(ENOMEM);
    decoder->counters = counters;
    decoder->time_base = stream->time_base;
    decoder->cancelled = cancelled;
    AVRational rate = cfs_stream_rate(stream);
    if (rate.num > 0) decoder->frame_duration = av_rescale_q(1, av_inv_q(rate), stream->time_base);
    decoder->skips_unreferenced = can_skip_unreferenced(codec->id);
    decoder->frame = av_frame_alloc();
    decoder->previous = av_frame_alloc();
    decoder->context = avcodec_alloc_context3(codec);
    bool has_all = decoder->context && decoder->frame && decoder->previous;
    int code = has_all ? open_context(decoder, codec, parameters, options) : AVERROR(ENOMEM);
    if (code < 0) cfs_decoder_free(&decoder);
    *result = decoder;
    return code;
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

bool cfs_decoder_is_damaged(cfs_decoder *decoder, int64_t tag) { return group_of(decoder, tag)->fails <= tag; }

// MARK: Packets in, pictures out

int cfs_decoder_receive(cfs_decoder *decoder, cfs_picture_handler handler, void *state) {
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
        if (!decoder->frame->opaque_ref && cfs_memory_count(cfs_memory_video, decoder->frame) < 0)
            return AVERROR(ENOMEM);
        atomic_fetch_add(&decoder->counters->pictures, 1);
        bool corrupt = decoder->frame->decode_error_flags || (decoder->frame->flags & AV_FRAME_FLAG_CORRUPT);
        if (corrupt) note_failure(decoder, cfs_frame_tag(decoder->frame));
        code = handler(decoder, state);
        av_frame_unref(decoder->frame);
        if (code) return code;
    }
}

int cfs_decoder_send(cfs_decoder *decoder, const cfs_entry *entry, bool skippable, cfs_picture_handler handler,
                     void *state) {
    decoder->tag++;
    if (entry->traits.cut || decoder->group_count == 0) begin_group(decoder);
    if (entry->packet->size == 0) return 0; // means "as before"; libavcodec would take it for the end
    decoder->context->skip_frame = skippable ? AVDISCARD_NONREF : AVDISCARD_DEFAULT;
    cfs_tag_packet(decoder->context, entry->packet, decoder->tag);
    atomic_fetch_add(&decoder->counters->packets, 1);
    int64_t began = cfs_monotonic_ns();
    int code = avcodec_send_packet(decoder->context, entry->packet);
    atomic_fetch_add(&decoder->counters->nanoseconds, cfs_monotonic_ns() - began);
    if (code == AVERROR(ENOMEM)) return code;
    if (code < 0 || (entry->packet->flags & AV_PKT_FLAG_CORRUPT)) note_failure(decoder, decoder->tag);
    return cfs_decoder_receive(decoder, handler, state);
}

int cfs_decoder_drain(cfs_decoder *decoder, cfs_picture_handler handler, void *state) {
    avcodec_send_packet(decoder->context, NULL);
    return cfs_decoder_receive(decoder, handler, state);
}

void cfs_decoder_reset(cfs_decoder *decoder) {
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
