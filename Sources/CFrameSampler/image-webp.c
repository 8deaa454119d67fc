#include "image-webp.h"

#include <webp/demux.h>

#include "image-color.h"
#include "image-frame.h"

typedef struct webp_state {
    const cfs_image_file *file;
    int width, height;
    WebPAnimDecoder *decoder; // NULL until there is memory for it
    int ended_ms;             // when the picture before ended
} webp_state;

enum { bytes_a_pixel = 4 };

static int open_decoder(webp_state *state) {
    WebPAnimDecoderOptions options;
    if (!WebPAnimDecoderOptionsInit(&options)) return CFS_ERROR_NO_DECODER;
    options.color_mode = MODE_RGBA;
    const WebPData data = {state->file->bytes->data, state->file->size};
    state->decoder = WebPAnimDecoderNew(&data, &options);
    WebPAnimInfo info;
    if (!state->decoder || !WebPAnimDecoderGetInfo(state->decoder, &info)) return CFS_ERROR_BROKEN_IMAGE;
    bool is_as_stated = info.canvas_width == (uint32_t)state->width && info.canvas_height == (uint32_t)state->height;
    return is_as_stated && info.frame_count > 0 ? 0 : CFS_ERROR_BROKEN_IMAGE;
}

static int convert_colors(const webp_state *state, AVFrame **frame) {
    WebPChunkIterator profile;
    if (!WebPDemuxGetChunk(WebPAnimDecoderGetDemuxer(state->decoder), "ICCP", 1, &profile)) return 0;
    int code = cfs_color_from_profile(frame, profile.chunk.bytes, profile.chunk.size);
    WebPDemuxReleaseChunkIterator(&profile);
    return code;
}

static int decode(webp_state *state, AVFrame **frame) {
    uint8_t *canvas = NULL;
    int ends_ms = 0;
    if (!WebPAnimDecoderGetNext(state->decoder, &canvas, &ends_ms)) return CFS_ERROR_BROKEN_IMAGE;
    int code = av_frame_get_buffer(*frame, 0);
    if (code < 0) return code;
    int stride = state->width * bytes_a_pixel;
    av_image_copy_plane((*frame)->data[0], (*frame)->linesize[0], canvas, stride, stride, state->height);
    code = convert_colors(state, frame);
    // Viewers show each picture for a moment, also where none is stated.
    cfs_frame_set_duration(*frame, FFMAX(1, ends_ms - state->ended_ms));
    state->ended_ms = ends_ms;
    return code;
}

static int next_picture(void *opaque, cfs_picture **picture) {
    webp_state *state = opaque;
    if (state->decoder && !WebPAnimDecoderHasMoreFrames(state->decoder)) return 0;
    // The decoder has two canvases; a color conversion takes as much as one more.
    int64_t extra = 3LL * bytes_a_pixel * state->width * state->height;
    AVFrame *frame = NULL;
    int code = cfs_image_reserve(state->file, AV_PIX_FMT_RGBA, state->width, state->height, extra, &frame);
    if (!code && !state->decoder) code = open_decoder(state);
    if (!code) code = decode(state, &frame);
    if (!code) return cfs_image_hand_out(frame, picture);
    av_frame_free(&frame);
    return code;
}

static void close_image(void *opaque) {
    webp_state *state = opaque;
    WebPAnimDecoderDelete(state->decoder);
    av_free(state);
}

// RFC 9649 2.7: the canvas is stated in VP8X, which comes first.
static int open_image(const cfs_image_file *file, void **result) {
    enum { canvas_at = 24, header_bytes = 30 };
    if (file->size < header_bytes) return CFS_ERROR_BROKEN_IMAGE;
    const uint8_t *canvas = file->bytes->data + canvas_at;
    int64_t width = AV_RL24(canvas) + 1, height = AV_RL24(canvas + 3) + 1;
    if (width * height > file->max_pixels) return CFS_ERROR_TOO_MANY_PIXELS;
    webp_state *state = av_mallocz(sizeof *state);
    if (!state) return AVERROR(ENOMEM);
    *state = (webp_state){.file = file, .width = (int)width, .height = (int)height};
    *result = state;
    return 0;
}

const cfs_image_library cfs_image_by_webp = {open_image, next_picture, close_image};
