#include "image-webp.h"

#include <webp/decode.h>
#include <webp/demux.h>

#include "exif.h"
#include "image-color.h"
#include "image-frame.h"
#include "picture.h"

typedef struct webp_state {
    const cfs_image_file *file;
    WebPBitstreamFeatures says;
    WebPDemuxer *chunks;
    WebPAnimDecoder *animation; // NULL for a still, and until there is memory for it
    bool is_over;               // there is no picture behind the last one
    int ended_ms;               // when the picture before ended
} webp_state;

static WebPData data_of(const webp_state *state) { return (WebPData){state->file->bytes->data, state->file->size}; }

static int convert_colors(const webp_state *state, AVFrame **frame) {
    WebPChunkIterator profile;
    if (!WebPDemuxGetChunk(state->chunks, "ICCP", 1, &profile)) return 0;
    int code = cfs_color_from_profile(frame, profile.chunk.bytes, profile.chunk.size);
    WebPDemuxReleaseChunkIterator(&profile);
    return code;
}

static void lay_upright(const webp_state *state, cfs_picture *picture) {
    WebPChunkIterator exif;
    if (!WebPDemuxGetChunk(state->chunks, "EXIF", 1, &exif)) return;
    cfs_exif_orientation(exif.chunk.bytes, exif.chunk.size, &picture->orientation);
    WebPDemuxReleaseChunkIterator(&exif);
}

// MARK: Animations

enum { bytes_a_pixel = 4 };

static int open_animation(webp_state *state) {
    WebPAnimDecoderOptions options;
    if (!WebPAnimDecoderOptionsInit(&options)) return CFS_ERROR_NO_DECODER;
    options.color_mode = MODE_RGBA;
    const WebPData data = data_of(state);
    state->animation = WebPAnimDecoderNew(&data, &options);
    WebPAnimInfo info;
    if (!state->animation || !WebPAnimDecoderGetInfo(state->animation, &info)) return CFS_ERROR_BROKEN_IMAGE;
    bool is_as_stated = info.canvas_width == (uint32_t)state->says.width //
        && info.canvas_height == (uint32_t)state->says.height;
    return is_as_stated && info.frame_count > 0 ? 0 : CFS_ERROR_BROKEN_IMAGE;
}

static int decode_next(webp_state *state, AVFrame *frame) {
    uint8_t *canvas = NULL;
    int ends_ms = 0;
    if (!WebPAnimDecoderGetNext(state->animation, &canvas, &ends_ms)) return CFS_ERROR_BROKEN_IMAGE;
    int stride = state->says.width * bytes_a_pixel;
    av_image_copy_plane(frame->data[0], frame->linesize[0], canvas, stride, stride, state->says.height);
    // Viewers show each picture for a moment, also where none is stated.
    cfs_frame_set_duration(frame, FFMAX(1, ends_ms - state->ended_ms));
    state->ended_ms = ends_ms;
    state->is_over = !WebPAnimDecoderHasMoreFrames(state->animation);
    return 0;
}

// MARK: Stills

static int decode_still(webp_state *state, AVFrame *frame) {
    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config)) return CFS_ERROR_NO_DECODER;
    config.output.colorspace = state->says.has_alpha ? MODE_RGBA : MODE_RGB;
    config.output.is_external_memory = 1;
    config.output.u.RGBA =
        (WebPRGBABuffer){frame->data[0], frame->linesize[0], (size_t)frame->linesize[0] * (size_t)frame->height};
    state->is_over = true;
    VP8StatusCode status = WebPDecode(state->file->bytes->data, state->file->size, &config);
    WebPFreeDecBuffer(&config.output);
    return status == VP8_STATUS_OK ? 0 : status == VP8_STATUS_OUT_OF_MEMORY ? AVERROR(ENOMEM) : CFS_ERROR_BROKEN_IMAGE;
}

// MARK: Pictures

// What an animation has in alpha only counts where its header says so, as for viewers.
static enum AVPixelFormat format_of(const webp_state *state) {
    if (state->says.has_alpha) return AV_PIX_FMT_RGBA;
    return state->says.has_animation ? AV_PIX_FMT_RGB0 : AV_PIX_FMT_RGB24;
}

// What decoding a pixel takes besides the frame: the two canvases of an animation, the pixels of what is lossless, or
// the alpha of what is not. A color conversion holds the picture twice, and a third time if it was transparent.
static int extra_bytes_a_pixel(const webp_state *state) {
    enum { lossless = 2, alpha_plane = 1, converted = 6, on_white = 4 };
    int decoding = state->says.has_animation ? 2 * bytes_a_pixel
        : state->says.format == lossless     ? bytes_a_pixel
        : state->says.has_alpha              ? alpha_plane
                                             : 0;
    bool has_profile = WebPDemuxGetI(state->chunks, WEBP_FF_FORMAT_FLAGS) & ICCP_FLAG;
    int converting = has_profile ? converted + (state->says.has_alpha ? on_white : 0) : 0;
    return state->says.has_animation ? decoding + converting : FFMAX(decoding, converting);
}

static int decode(webp_state *state, AVFrame **frame) {
    int code = av_frame_get_buffer(*frame, 0);
    if (code < 0) return code;
    bool is_animation = state->says.has_animation;
    if (is_animation && !state->animation) code = open_animation(state);
    if (!code) code = is_animation ? decode_next(state, *frame) : decode_still(state, *frame);
    return code < 0 ? code : convert_colors(state, frame);
}

static int next_picture(void *opaque, cfs_picture **picture) {
    webp_state *state = opaque;
    if (state->is_over) return 0;
    int width = state->says.width, height = state->says.height;
    int64_t extra = (int64_t)extra_bytes_a_pixel(state) * width * height;
    AVFrame *frame = NULL;
    int code = cfs_image_reserve(state->file, format_of(state), width, height, extra, &frame);
    if (!code) code = decode(state, &frame);
    if (code < 0) {
        av_frame_free(&frame);
        return code;
    }
    code = cfs_image_hand_out(frame, picture);
    if (code == 1) lay_upright(state, *picture);
    return code;
}

static void close_image(void *opaque) {
    webp_state *state = opaque;
    WebPAnimDecoderDelete(state->animation);
    WebPDemuxDelete(state->chunks);
    av_free(state);
}

// RFC 9649 2.7: the canvas is stated in VP8X, which comes first. libwebp calls one damaged that is too large for it.
static int64_t stated_pixels(WebPData data) {
    enum { type_at = 12, canvas_at = 24, header_bytes = 30 };
    if (data.size < header_bytes || memcmp(data.bytes + type_at, "VP8X", 4) != 0) return 0;
    const uint8_t *canvas = data.bytes + canvas_at;
    return (AV_RL24(canvas) + 1LL) * (AV_RL24(canvas + 3) + 1LL);
}

static int read_header(webp_state *state) {
    const WebPData data = data_of(state);
    if (stated_pixels(data) > state->file->max_pixels) return CFS_ERROR_TOO_MANY_PIXELS;
    if (WebPGetFeatures(data.bytes, data.size, &state->says) != VP8_STATUS_OK) return CFS_ERROR_BROKEN_IMAGE;
    if ((int64_t)state->says.width * state->says.height > state->file->max_pixels) return CFS_ERROR_TOO_MANY_PIXELS;
    state->chunks = WebPDemux(&data);
    return state->chunks ? 0 : CFS_ERROR_BROKEN_IMAGE;
}

static int open_image(const cfs_image_file *file, void **result) {
    webp_state *state = av_mallocz(sizeof *state);
    if (!state) return AVERROR(ENOMEM);
    state->file = file;
    int code = read_header(state);
    if (!code) *result = state;
    else close_image(state);
    return code;
}

const cfs_image_library cfs_image_by_webp = {open_image, next_picture, close_image};
