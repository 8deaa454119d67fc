// What one process reads and another decodes (CSamplerRelay.h): the reading one has been taken over, and sends anything.
//
// An input: the codec, patches of the opening (a count; each two bytes of place and one to be put there), two bytes of
// extra data's length, the extra data; then packets: patches of the head, two bytes of length, the bytes.
#include <pthread.h>
#include <sys/socket.h>

#include "CFrameSampler.h"
#include "process.h"
#include "relay-format.h"

enum { most_samples = 50, most_pixels = 400000, most_packets = 200 };

static const enum AVCodecID codecs[] = {
    AV_CODEC_ID_MJPEG, AV_CODEC_ID_PNG, AV_CODEC_ID_GIF,        AV_CODEC_ID_BMP,      AV_CODEC_ID_H264,
    AV_CODEC_ID_VP8,   AV_CODEC_ID_VP9, AV_CODEC_ID_MPEG2VIDEO, AV_CODEC_ID_RAWVIDEO,
};

static void patch(fuzz_input *input, void *structure, size_t size) {
    for (int left = fuzz_below(input, 16); left > 0; left--) {
        size_t place = fuzz_take(input, 2) % size;
        ((uint8_t *)structure)[place] = (uint8_t)fuzz_take(input, 1);
    }
}

static fuzz_input take_bytes(fuzz_input *input) {
    size_t size = fuzz_take(input, 2);
    fuzz_input taken = {input->bytes, size < input->size ? size : input->size};
    input->bytes += taken.size;
    input->size -= taken.size;
    return taken;
}

static void send_bytes(int channel, const void *bytes, size_t size) {
    // Whoever decodes may have had enough.
    const uint8_t *at = bytes;
    for (ssize_t sent; size > 0; at += sent, size -= (size_t)sent) {
        sent = send(channel, at, size, MSG_NOSIGNAL);
        if (sent <= 0) return;
    }
}

static void send_opening(fuzz_input *input, int channel) {
    static relay_opening opening;
    opening = (relay_opening){
        .container = "matroska,webm",
        .codec = codecs[fuzz_below(input, sizeof codecs / sizeof *codecs)],
        .media = {.width = 64, .height = 64, .declared_duration_ns = -1},
        .time_base = {1, 1000},
        .format = AV_PIX_FMT_NONE,
        .width = 64,
        .height = 64,
        .duration = AV_NOPTS_VALUE,
        .start = AV_NOPTS_VALUE,
    };
    patch(input, &opening, sizeof opening);
    fuzz_input extra = take_bytes(input);
    if (extra.size > 0) opening.extra_size = (int)extra.size;
    send_bytes(channel, &opening, sizeof opening);
    send_bytes(channel, extra.bytes, extra.size);
}

typedef struct sender {
    fuzz_input input;
    int channel;
} sender;

static void *send_all(void *context) {
    sender *self = context;
    send_opening(&self->input, self->channel);
    for (int number = 0; self->input.size > 0 && number < most_packets; number++) {
        relay_packet head = {
            .code = 1, .pts = 40 * number, .dts = 40 * number, .duration = 40, .flags = AV_PKT_FLAG_KEY};
        fuzz_input rest = self->input;
        patch(&self->input, &head, sizeof head);
        fuzz_input packet = take_bytes(&self->input);
        if (head.size == 0) head.size = (int)packet.size;
        send_bytes(self->channel, &head, sizeof head);
        send_bytes(self->channel, packet.bytes, packet.size);
        if (self->input.size == rest.size) break;
    }
    close(self->channel);
    return NULL;
}

static void take_all(cfs_sampler *sampler) {
    static uint8_t pixels[31 * 47 * 3];
    cfs_sample sample;
    while (cfs_sampler_next(sampler, &sample) == 1) {
        if (sample.picture) cfs_picture_render(sample.picture, CFS_LAYOUT_RGB24, 31, 47, pixels);
        cfs_picture_release(sample.picture);
    }
}

static void require_streams(cfs_sampler *sampler) {
    enum { most_streams = 64 };
    cfs_stream streams[most_streams];
    int32_t count = cfs_sampler_streams(sampler, streams, most_streams);
    FUZZ_REQUIRE(count >= 0 && count <= most_streams, "%d streams", count);
    for (int32_t i = 0; i < count; i++)
        FUZZ_REQUIRE(memchr(streams[i].codec, 0, sizeof streams[i].codec)
                         && memchr(streams[i].disposition, 0, sizeof streams[i].disposition),
                     "text without an end");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
    fuzz_process before = fuzz_process_now();
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) abort();
    sender sender = {.input = {bytes, size}, .channel = ends[1]};
    pthread_t thread;
    if (pthread_create(&thread, NULL, send_all, &sender) != 0) abort();
    cfs_options options = cfs_options_default();
    options.relayed = true;
    options.fd = ends[0];
    options.interval_ns = 40000000;
    options.max_samples = most_samples;
    options.max_pixels = most_pixels;
    options.threads = 1;
    cfs_sampler *sampler = NULL;
    if (cfs_sampler_create(&options, &sampler) < 0) abort();
    int code = cfs_sampler_open(sampler);
    FUZZ_REQUIRE(code <= 0, "code %d", code);
    if (code == 0) {
        const cfs_media *media = cfs_sampler_media(sampler);
        FUZZ_REQUIRE(strlen(media->container) && strlen(media->codec) && strlen(media->pixel_format), "no name");
        require_streams(sampler);
        take_all(sampler);
    }
    cfs_sampler_destroy(sampler);
    // Ends what still waits to be read.
    shutdown(ends[0], SHUT_RDWR);
    close(ends[0]);
    pthread_join(thread, NULL);
    fuzz_process_require(before);
    return 0;
}
