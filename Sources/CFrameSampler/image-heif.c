#include "image-heif.h"

#include <libheif/heif.h>

#include "heif-decoder.h"
#include "image-color.h"
#include "image-frame.h"
#include "transparency.h"

enum { most_pictures = 64 };

typedef struct heif_state {
    const cfs_image_file *file;
    struct heif_context *context;
    heif_item_id ids[most_pictures]; // what viewers show first comes first
    int count, next;
} heif_state;

static int refusal_of(struct heif_error error) {
    switch (error.code) {
    case heif_error_Ok: return 0;
    case heif_error_Memory_allocation_error: return AVERROR(ENOMEM);
    case heif_error_Unsupported_filetype:
    case heif_error_Unsupported_feature: return CFS_ERROR_NO_DECODER;
    default: return CFS_ERROR_BROKEN_IMAGE;
    }
}

// MARK: Frames of libheif's pictures

// Primaries and transfer only: libheif has converted from luma and chroma, and to full range.
static void state_colors(const struct heif_image_handle *handle, const struct heif_image *picture, AVFrame *frame) {
    struct heif_color_profile_nclx *stated = NULL;
    // The file says more than the bitstream in it.
    if (heif_image_handle_get_nclx_color_profile(handle, &stated).code != heif_error_Ok || !stated)
        heif_image_get_nclx_color_profile(picture, &stated);
    if (!stated) return;
    frame->color_primaries = (enum AVColorPrimaries)stated->color_primaries;
    frame->color_trc = (enum AVColorTransferCharacteristic)stated->transfer_characteristics;
    heif_nclx_color_profile_free(stated);
}

// Samples of `bits` bits, stretched to 16.
static void stretch(uint16_t *samples, int count, int bits) {
    for (int i = 0; i < count; i++) samples[i] = (uint16_t)(samples[i] << (16 - bits) | samples[i] >> (2 * bits - 16));
}

static int fill_frame(const struct heif_image *picture, AVFrame *frame) {
    int stride = 0, bits = heif_image_get_bits_per_pixel_range(picture, heif_channel_interleaved);
    const uint8_t *bytes = heif_image_get_plane_readonly(picture, heif_channel_interleaved, &stride);
    if (!bytes || heif_image_get_primary_width(picture) != frame->width
        || heif_image_get_primary_height(picture) != frame->height)
        return CFS_ERROR_BROKEN_IMAGE;
    const AVPixFmtDescriptor *descriptor = av_pix_fmt_desc_get((enum AVPixelFormat)frame->format);
    if (bits < 8 || bits > 16 || (bits == 8) != (descriptor->comp[0].depth == 8)) return CFS_ERROR_NO_DECODER;
    int samples = frame->width * descriptor->nb_components, row_bytes = samples * (bits == 8 ? 1 : 2);
    if (stride < row_bytes) return CFS_ERROR_BROKEN_IMAGE;
    int code = av_frame_get_buffer(frame, 0);
    if (code < 0) return code;
    av_image_copy_plane(frame->data[0], frame->linesize[0], bytes, stride, row_bytes, frame->height);
    for (int y = 0; y < frame->height && bits > 8; y++)
        stretch((uint16_t *)(void *)(frame->data[0] + (ptrdiff_t)y * frame->linesize[0]), samples, bits);
    return 0;
}

// An ICC profile says more than a statement beside it.
static int convert_colors(const struct heif_image_handle *handle, AVFrame **frame) {
    enum { largest_profile = 4 << 20 };
    size_t size = heif_image_handle_get_raw_color_profile_size(handle);
    if (size == 0 || size > largest_profile) return cfs_color_from_statement(frame);
    uint8_t *profile = av_malloc(size);
    if (!profile) return AVERROR(ENOMEM);
    bool is_there = heif_image_handle_get_raw_color_profile(handle, profile).code == heif_error_Ok;
    int code = is_there ? cfs_color_from_profile(frame, profile, size) : cfs_color_from_statement(frame);
    av_free(profile);
    return code;
}

// MARK: Decoding

// libheif decodes what cannot be read to gray, and warns.
static int decode(const cfs_image_file *file, const struct heif_image_handle *handle, enum heif_colorspace space,
                  enum heif_chroma layout, struct heif_image **picture) {
    struct heif_decoding_options *options = heif_decoding_options_alloc();
    if (!options) return AVERROR(ENOMEM);
    options->strict_decoding = 1;
    cfs_heif_decoder_work_for(file);
    int code = refusal_of(heif_decode_image(handle, picture, space, layout, options));
    cfs_heif_decoder_work_for(NULL);
    if (code < 0 && cfs_heif_decoder_refusal() < 0) code = cfs_heif_decoder_refusal();
    heif_decoding_options_free(options);
    if (!code && heif_image_get_decoding_warnings(*picture, 0, NULL, 0) > 0) return CFS_ERROR_BROKEN_IMAGE;
    return code;
}

// libheif takes for granted that alpha is as large and as deep as the colors when it puts them together: here they are
// as they lie in the file.
static int check_alpha(const cfs_image_file *file, const struct heif_image_handle *handle) {
    struct heif_image *picture = NULL;
    int code = decode(file, handle, heif_colorspace_undefined, heif_chroma_undefined, &picture);
    if (!code) {
        enum heif_channel first =
            heif_image_get_colorspace(picture) == heif_colorspace_RGB ? heif_channel_R : heif_channel_Y;
        bool fits = heif_image_has_channel(picture, heif_channel_Alpha)
            && heif_image_get_width(picture, first) == heif_image_get_width(picture, heif_channel_Alpha)
            && heif_image_get_height(picture, first) == heif_image_get_height(picture, heif_channel_Alpha)
            && heif_image_get_bits_per_pixel_range(picture, first)
                == heif_image_get_bits_per_pixel_range(picture, heif_channel_Alpha);
        if (!fits) code = CFS_ERROR_NO_DECODER;
    }
    heif_image_release(picture);
    return code;
}

typedef struct layout {
    enum heif_chroma chroma;
    enum AVPixelFormat format;
    int bytes_a_pixel;
} layout;

static layout layout_of(const struct heif_image_handle *handle) {
    static const layout layouts[2][2] = {
        {{heif_chroma_interleaved_RGB, AV_PIX_FMT_RGB24, 3}, {heif_chroma_interleaved_RGBA, AV_PIX_FMT_RGBA, 4}},
        {{heif_chroma_interleaved_RRGGBB_LE, AV_PIX_FMT_RGB48LE, 6},
         {heif_chroma_interleaved_RRGGBBAA_LE, AV_PIX_FMT_RGBA64LE, 8}},
    };
    bool is_deep = heif_image_handle_get_luma_bits_per_pixel(handle) > 8;
    return layouts[is_deep][heif_image_handle_has_alpha_channel(handle) != 0];
}

// What decoding holds besides the frame at any time: the picture as decoded or put together of tiles, and as turned or as
// RGB; and a conversion of colors two more, once these are gone. What FFmpeg decodes into counts by itself.
static int reserve(const heif_state *state, const struct heif_image_handle *handle, AVFrame **frame) {
    int width = heif_image_handle_get_width(handle), height = heif_image_handle_get_height(handle);
    int stored_width = heif_image_handle_get_ispe_width(handle);
    int stored_height = heif_image_handle_get_ispe_height(handle);
    if (stored_width < 1 || stored_height < 1) return CFS_ERROR_BROKEN_IMAGE;
    int64_t stored = (int64_t)stored_width * stored_height;
    if (stored > state->file->max_pixels) return CFS_ERROR_TOO_MANY_PIXELS;
    // A grid could claim a canvas much larger than its picture.
    heif_context_set_maximum_image_size_limit(state->context, FFMAX(stored_width, stored_height) + 1);
    layout as = layout_of(handle);
    return cfs_image_reserve(state->file, as.format, width, height, 2 * stored * as.bytes_a_pixel, frame);
}

static int decode_to_frame(const heif_state *state, const struct heif_image_handle *handle, AVFrame **frame) {
    int code = reserve(state, handle, frame);
    if (!code && heif_image_handle_has_alpha_channel(handle)) code = check_alpha(state->file, handle);
    if (code < 0) return code;
    struct heif_image *picture = NULL;
    code = decode(state->file, handle, heif_colorspace_RGB, layout_of(handle).chroma, &picture);
    if (!code) code = fill_frame(picture, *frame);
    if (!code) state_colors(handle, picture, *frame);
    heif_image_release(picture);
    bool is_premultiplied = heif_image_handle_is_premultiplied_alpha(handle);
    if (!code) code = cfs_frame_put_on_white(frame, is_premultiplied ? cfs_alpha_premultiplied : cfs_alpha_straight);
    return code < 0 ? code : convert_colors(handle, frame);
}

static int next_picture(void *opaque, cfs_picture **picture) {
    heif_state *state = opaque;
    if (state->next == state->count) return 0;
    struct heif_image_handle *handle = NULL;
    int code = refusal_of(heif_context_get_image_handle(state->context, state->ids[state->next++], &handle));
    if (code < 0) return code;
    AVFrame *frame = NULL;
    code = decode_to_frame(state, handle, &frame);
    heif_image_handle_release(handle);
    if (!code && atomic_load(state->file->cancelled)) code = CFS_ERROR_CANCELLED;
    if (!code) return cfs_image_hand_out(frame, picture);
    av_frame_free(&frame);
    return code;
}

// MARK: Opening

static int list_pictures(heif_state *state) {
    heif_item_id primary = 0;
    int code = refusal_of(heif_context_get_primary_image_ID(state->context, &primary));
    if (code < 0) return code;
    if (heif_context_get_number_of_top_level_images(state->context) > most_pictures) return CFS_ERROR_NO_DECODER;
    heif_item_id all[most_pictures];
    int count = heif_context_get_list_of_top_level_image_IDs(state->context, all, most_pictures);
    state->ids[state->count++] = primary;
    for (int i = 0; i < count && state->count < most_pictures; i++)
        if (all[i] != primary) state->ids[state->count++] = all[i];
    return 0;
}

static void close_image(void *opaque) {
    heif_state *state = opaque;
    heif_context_free(state->context);
    av_free(state);
}

static int open_image(const cfs_image_file *file, void **result) {
    heif_state *state = av_mallocz(sizeof *state);
    if (!state) return AVERROR(ENOMEM);
    state->file = file;
    cfs_heif_decoder_install();
    state->context = heif_context_alloc();
    int code = state->context ? 0 : AVERROR(ENOMEM);
    if (!code) {
        heif_context_set_max_decoding_threads(state->context, 0);
        code =
            refusal_of(heif_context_read_from_memory_without_copy(state->context, file->bytes->data, file->size, NULL));
    }
    if (!code) code = list_pictures(state);
    if (!code) *result = state;
    else close_image(state);
    return code;
}

const cfs_image_library cfs_image_by_heif = {open_image, next_picture, close_image};
