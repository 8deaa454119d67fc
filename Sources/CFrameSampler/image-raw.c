#include "image-raw.h"

#include <dlfcn.h>
#include <libraw/libraw.h>

#include "image-ffmpeg.h"
#include "image-frame.h"
#include "image-tiff.h"
#include "picture.h"
#include "tiff.h"

typedef struct raw_state {
    const cfs_image_file *file;
    libraw_data_t *raw;
    bool damaged; // LibRaw met bytes that make no sense, and went on
    int step;     // what is handed out next
} raw_state;

enum { step_sensor, step_preview, step_tiff, step_end };

static int refusal_of(const raw_state *state, int code) {
    if (atomic_load(state->file->cancelled)) return CFS_ERROR_CANCELLED;
    if (code == LIBRAW_SUCCESS) return state->damaged ? CFS_ERROR_BROKEN_IMAGE : 0;
    if (code == LIBRAW_UNSUFFICIENT_MEMORY) return AVERROR(ENOMEM);
    if (code == LIBRAW_TOO_BIG) return CFS_ERROR_TOO_MANY_PIXELS;
    return code == LIBRAW_FILE_UNSUPPORTED ? CFS_ERROR_NO_DECODER : CFS_ERROR_BROKEN_IMAGE;
}

static void note_damage(void *opaque, const char *file, const int offset) {
    (void)file, (void)offset;
    raw_state *state = opaque;
    state->damaged = true;
}

static int is_to_stop(void *opaque, enum LibRaw_progress stage, int iteration, int expected) {
    (void)stage, (void)iteration, (void)expected;
    const raw_state *state = opaque;
    return atomic_load(state->file->cancelled);
}

// LibRaw would start as many threads as there are processors, for each picture. GNU's OpenMP comes with it.
static void stay_on_this_thread(void) {
    void (*set_threads)(int) = NULL;
    void *symbol = dlsym(RTLD_DEFAULT, "omp_set_num_threads");
    memcpy(&set_threads, &symbol, sizeof set_threads);
    if (set_threads) set_threads(1);
}

// MARK: The sensor's picture

static int64_t pixels(const raw_state *state) {
    const libraw_image_sizes_t *sizes = &state->raw->sizes;
    return FFMAX((int64_t)sizes->raw_width * sizes->raw_height, (int64_t)sizes->width * sizes->height);
}

// As dcraw_emu -w -q 0: with the camera's white balance. Interpolating pixels bilinearly suffices for whoever scales
// the picture down, and where only a small one is asked for, the four pixels of a filter make one.
static void set_up(raw_state *state) {
    libraw_output_params_t *wanted = &state->raw->params;
    const libraw_image_sizes_t *sizes = &state->raw->sizes;
    wanted->use_camera_wb = 1;
    wanted->user_qual = 0;
    int wanted_side = state->file->wanted_side, shorter = FFMIN(sizes->width, sizes->height);
    wanted->half_size =
        wanted_side > 0 && FFMAX(sizes->width, sizes->height) >= 4 * wanted_side && shorter >= 2 * wanted_side;
}

static int copy_developed(const libraw_processed_image_t *made, AVFrame *frame) {
    if (made->bits != 8 || (made->colors != 1 && made->colors != 3)) return CFS_ERROR_NO_DECODER;
    if ((int64_t)made->width * made->height > (int64_t)frame->width * frame->height) return CFS_ERROR_BROKEN_IMAGE;
    frame->width = made->width;
    frame->height = made->height;
    frame->format = made->colors == 1 ? AV_PIX_FMT_GRAY8 : AV_PIX_FMT_RGB24;
    int code = av_frame_get_buffer(frame, 0);
    if (code < 0) return code;
    int stride = made->width * made->colors;
    av_image_copy_plane(frame->data[0], frame->linesize[0], made->data, stride, stride, made->height);
    return 0;
}

static int develop(raw_state *state, AVFrame *frame) {
    stay_on_this_thread();
    int code = refusal_of(state, libraw_unpack(state->raw));
    if (!code) code = refusal_of(state, libraw_dcraw_process(state->raw));
    if (code < 0) return code;
    int error = LIBRAW_SUCCESS;
    libraw_processed_image_t *made = libraw_dcraw_make_mem_image(state->raw, &error);
    code = made ? copy_developed(made, frame) : refusal_of(state, error ? error : LIBRAW_UNSUFFICIENT_MEMORY);
    libraw_dcraw_clear_mem(made);
    return code;
}

// What LibRaw holds of each sensor element, and of each pixel that it makes: four components of two bytes twice, and what
// is handed over.
static int64_t bytes_held(const raw_state *state) {
    enum { of_element = 4, of_pixel = 2 * 8 + 3, elements_a_pixel = 4 };
    int64_t made = state->raw->params.half_size ? pixels(state) / elements_a_pixel : pixels(state);
    return of_element * pixels(state) + of_pixel * made;
}

static int next_developed(raw_state *state, cfs_picture **picture) {
    if (pixels(state) > state->file->max_pixels) return CFS_ERROR_TOO_MANY_PIXELS;
    set_up(state);
    int width = state->raw->sizes.width, height = state->raw->sizes.height;
    // Fuji's sensors are turned by 45 degrees and their pictures larger.
    bool is_sideways = state->raw->sizes.flip & 4;
    AVFrame *frame = NULL;
    int code = cfs_image_reserve(state->file, AV_PIX_FMT_RGB24, is_sideways ? height : width,
                                 is_sideways ? width : height, bytes_held(state), &frame);
    if (!code) {
        int full_width = frame->width, full_height = frame->height;
        code = develop(state, frame);
        if (!code) code = cfs_image_hand_out(frame, picture);
        else av_frame_free(&frame);
        if (code == 1 && state->raw->params.half_size) {
            (*picture)->width = full_width;
            (*picture)->height = full_height;
        }
    }
    return code;
}

// MARK: Previews

static const cfs_image_kind jpeg = {"jpeg", cfs_image_reader_ffmpeg, AV_CODEC_ID_MJPEG, NULL, cfs_alpha_unused};

static bool is_tiff(const cfs_image_file *file) {
    return memcmp(file->bytes->data, "II*\0", 4) == 0 || memcmp(file->bytes->data, "MM\0*", 4) == 0;
}

// LibRaw's words for 180, 270 and 90 degrees clockwise.
static int quarter_turns(int flip) { return flip == 3 ? 2 : flip == 5 ? 3 : flip == 6 ? 1 : 0; }

// A JPEG. Releases `bytes`, which may be NULL.
static int decode_preview(const raw_state *state, AVBufferRef *bytes, size_t size, cfs_picture **picture) {
    if (!bytes) return AVERROR(ENOMEM);
    const cfs_image_file file = {
        &jpeg, bytes, size, state->file->max_pixels, state->file->wanted_side, state->file->cancelled};
    void *preview = NULL;
    int code = cfs_image_by_ffmpeg.open(&file, &preview);
    if (code == 0) code = cfs_image_by_ffmpeg.next(preview, picture);
    if (preview) cfs_image_by_ffmpeg.close(preview);
    av_buffer_unref(&bytes);
    return code;
}

static void lay_as_sensor(const raw_state *state, cfs_picture *picture) {
    picture->orientation.quarter_turns = quarter_turns(state->raw->sizes.flip);
}

// Whether a JPEG says how it lies, be it upright.
static bool says_how_it_lies(const cfs_picture *picture) {
    return av_dict_get(picture->frame->metadata, "Orientation", NULL, 0) || !cfs_is_upright(picture->orientation);
}

// What LibRaw takes for the best one.
static int next_preview(const raw_state *state, cfs_picture **picture) {
    int code = libraw_unpack_thumb(state->raw);
    if (code == LIBRAW_NO_THUMBNAIL || code == LIBRAW_UNSUPPORTED_THUMBNAIL) return 0;
    if (code != LIBRAW_SUCCESS) return refusal_of(state, code);
    const libraw_thumbnail_t *preview = &state->raw->thumbnail;
    if (preview->tformat != LIBRAW_THUMBNAIL_JPEG) return 0;
    AVBufferRef *bytes = av_buffer_allocz((size_t)preview->tlength + AV_INPUT_BUFFER_PADDING_SIZE);
    if (bytes) memcpy(bytes->data, preview->thumb, preview->tlength);
    int shown = decode_preview(state, bytes, preview->tlength, picture);
    if (shown == 1 && !says_how_it_lies(*picture)) lay_as_sensor(state, *picture);
    return shown;
}

// What programs show that know nothing of cameras. LibRaw has read what it needs of the file, whose header this changes.
static int next_tiff(const raw_state *state, cfs_picture **picture) {
    const cfs_image_file *file = state->file;
    uint32_t first = 0;
    if (!is_tiff(file) || !cfs_tiff_begins_with_picture(file->bytes->data, file->size)) return 0;
    if (cfs_tiff_pages(file->bytes->data, file->size, &first, 1) < 1) return 0;
    int code = cfs_tiff_decode(file, first, picture);
    if (code == 1 && cfs_tiff_orientation(file->bytes->data, file->size, first) == 0) lay_as_sensor(state, *picture);
    return code;
}

static int next_picture(void *opaque, cfs_picture **picture) {
    raw_state *state = opaque;
    int code = 0;
    while (code == 0 && state->step != step_end) {
        int step = state->step++;
        code = step == step_sensor ? next_developed(state, picture)
            : step == step_preview ? next_preview(state, picture)
                                   : next_tiff(state, picture);
    }
    return code;
}

// MARK: Opening

static void close_image(void *opaque) {
    raw_state *state = opaque;
    if (state->raw) libraw_close(state->raw);
    av_free(state);
}

static int open_image(const cfs_image_file *file, void **result) {
    raw_state *state = av_mallocz(sizeof *state);
    if (!state) return AVERROR(ENOMEM);
    state->file = file;
    state->raw = libraw_init(LIBRAW_OPIONS_NO_MEMERR_CALLBACK);
    int code = state->raw ? 0 : AVERROR(ENOMEM);
    if (!code) {
        libraw_set_dataerror_handler(state->raw, note_damage, state);
        libraw_set_progress_handler(state->raw, is_to_stop, state);
        code = refusal_of(state, libraw_open_buffer(state->raw, file->bytes->data, file->size));
    }
    if (!code) *result = state;
    else close_image(state);
    return code;
}

const cfs_image_library cfs_image_by_raw = {open_image, next_picture, close_image};
