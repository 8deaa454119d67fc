// What is read out of packets and extra data before anything is decoded: any bytes, not one beyond their end.
#include "bitstream.h"

#include "input.h"

static const int64_t most_ns = 20000000;

// A copy of exactly this size, so that AddressSanitizer sees reading past its end; NULL when there is nothing.
static uint8_t *copy(const uint8_t *bytes, size_t size) {
    if (size == 0) return NULL;
    uint8_t *made = malloc(size);
    if (!made) abort();
    return memcpy(made, bytes, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    static const enum AVCodecID codecs[] = {AV_CODEC_ID_H264, AV_CODEC_ID_HEVC,  AV_CODEC_ID_VP8,   AV_CODEC_ID_VP9,
                                            AV_CODEC_ID_AV1,  AV_CODEC_ID_MPEG4, AV_CODEC_ID_MJPEG, AV_CODEC_ID_NONE};
    fuzz_input input = {bytes, size};
    enum AVCodecID codec = codecs[fuzz_below(&input, sizeof codecs / sizeof *codecs)];
    int flags = (int)fuzz_take(&input, 1);
    size_t extra_size = (size_t)fuzz_take(&input, 1);
    if (extra_size > input.size) extra_size = input.size;
    uint8_t *extra = copy(input.bytes, extra_size);
    AVCodecParameters *parameters = avcodec_parameters_alloc();
    AVPacket *packet = av_packet_alloc();
    if (!parameters || !packet) abort();
    parameters->codec_id = codec;
    parameters->extradata = extra;
    parameters->extradata_size = (int)extra_size;
    uint8_t *data = copy(input.bytes + extra_size, input.size - extra_size);
    packet->data = data;
    packet->size = (int)(input.size - extra_size);
    packet->flags = flags;

    int64_t began = fuzz_cpu_ns();
    int stated = cfs_nal_length_size(parameters);
    FUZZ_REQUIRE(stated >= 0 && stated <= 4, "%d bytes of length", stated);
    for (int length_size = 0; length_size <= 4; length_size++) {
        cfs_packet_traits traits = cfs_packet_inspect(packet, codec, length_size);
        bool may_start = (flags & AV_PKT_FLAG_KEY) || cfs_codec_is_intra_only(codec);
        FUZZ_REQUIRE(!traits.cut || may_start, "a start without a keyframe");
        FUZZ_REQUIRE(traits.hidden || !(flags & AV_PKT_FLAG_DISCARD), "a picture to throw away is seen");
        FUZZ_REQUIRE(!traits.sub_layered || codec == AV_CODEC_ID_HEVC, "a layer of another codec");
    }
    FUZZ_REQUIRE(fuzz_cpu_ns() - began < most_ns, "%lld us", (long long)(fuzz_cpu_ns() - began) / 1000);
    parameters->extradata = NULL;
    avcodec_parameters_free(&parameters);
    packet->data = NULL;
    av_packet_free(&packet);
    free(extra);
    free(data);
    return 0;
}
