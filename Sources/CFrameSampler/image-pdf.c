#include "image-pdf.h"

#include <cairo.h>
#include <fcntl.h>
#include <math.h>
#include <poppler.h>
#include <pthread.h>
#include <unistd.h>

#include "image-frame.h"

enum { longest_side = 2048 };

typedef struct pdf_state {
    const cfs_image_file *file;
    PopplerDocument *document;
    PopplerFontInfo *fonts; // has looked at the pages before `next`
    int pages, next;
} pdf_state;

// MARK: Pages

// In pixels: the longest side has `longest_side`, or less where that would be more pixels than allowed.
static double scale_of(double width, double height, int64_t max_pixels) {
    double scale = longest_side / fmax(width, height);
    return fmin(scale, sqrt((double)max_pixels / (width * height)));
}

// Poppler leaves text away whose font it cannot have, and says nothing. What replaces a font that a page does not embed
// lies in a file, which a confined process may not open.
static bool has_its_fonts(const pdf_state *state) {
    PopplerFontsIter *font = NULL;
    if (!poppler_font_info_scan(state->fonts, 1, &font) || !font) return true;
    bool are_there = true;
    do {
        if (poppler_fonts_iter_is_embedded(font)) continue;
        const char *name = poppler_fonts_iter_get_file_name(font);
        int file = name ? open(name, O_RDONLY | O_CLOEXEC) : -1;
        are_there &= file >= 0;
        if (file >= 0) close(file);
    } while (poppler_fonts_iter_next(font));
    poppler_fonts_iter_free(font);
    return are_there;
}

static int draw(PopplerPage *page, double scale, AVFrame *frame) {
    int code = av_frame_get_buffer(frame, 0);
    if (code < 0) return code;
    cairo_surface_t *surface = cairo_image_surface_create_for_data(
        frame->data[0], CAIRO_FORMAT_RGB24, frame->width, frame->height, frame->linesize[0]);
    cairo_t *pen = cairo_create(surface);
    cairo_set_source_rgb(pen, 1, 1, 1);
    cairo_paint(pen);
    cairo_scale(pen, scale, scale);
    poppler_page_render(page, pen);
    cairo_status_t drawn = cairo_status(pen);
    cairo_destroy(pen);
    cairo_surface_finish(surface);
    cairo_surface_destroy(surface);
    if (drawn == CAIRO_STATUS_NO_MEMORY) return AVERROR(ENOMEM);
    return drawn == CAIRO_STATUS_SUCCESS ? 0 : CFS_ERROR_BROKEN_IMAGE;
}

static int next_page(const pdf_state *state, PopplerPage *page, cfs_picture **picture) {
    double width = 0, height = 0;
    poppler_page_get_size(page, &width, &height);
    if (!(width > 0 && height > 0 && isfinite(width) && isfinite(height))) return CFS_ERROR_BROKEN_IMAGE;
    double scale = scale_of(width, height, state->file->max_pixels);
    int columns = (int)ceil(width * scale), rows = (int)ceil(height * scale);
    while ((int64_t)columns * rows > state->file->max_pixels) *(columns > rows ? &columns : &rows) -= 1;
    // What is transparent together is drawn on surfaces of its own first.
    int64_t extra = 2 * 4LL * columns * rows;
    AVFrame *frame = NULL;
    int code = cfs_image_reserve(state->file, AV_PIX_FMT_BGR0, columns, rows, extra, &frame);
    if (!code && !has_its_fonts(state)) code = CFS_ERROR_NO_FONT;
    if (!code) code = draw(page, scale, frame);
    if (!code && atomic_load(state->file->cancelled)) code = CFS_ERROR_CANCELLED;
    if (!code) return cfs_image_hand_out(frame, picture);
    av_frame_free(&frame);
    return code;
}

static int next_picture(void *opaque, cfs_picture **picture) {
    pdf_state *state = opaque;
    if (state->next == state->pages) return 0;
    if (state->next == CFS_MOST_PAGES) return CFS_ERROR_TOO_MANY_PAGES;
    PopplerPage *page = poppler_document_get_page(state->document, state->next++);
    if (!page) return CFS_ERROR_BROKEN_IMAGE;
    int code = next_page(state, page, picture);
    g_object_unref(page);
    return code;
}

// The length of a name's characters that are `text`, each of which may be written as a number (ISO 32000-1 7.3.5); 0 when
// the name is another one.
static size_t spelled(const uint8_t *bytes, size_t size, const char *text) {
    size_t at = 0;
    for (; *text; text++) {
        if (at >= size) return 0;
        char number[3] = {0};
        bool is_number = bytes[at] == '#' && size - at >= 3;
        if (is_number) memcpy(number, bytes + at + 1, 2);
        if ((is_number ? strtol(number, NULL, 16) : bytes[at]) != *text) return 0;
        at += is_number ? 3 : 1;
    }
    return at;
}

void cfs_pdf_count_anew(uint8_t *bytes, size_t size) {
    for (size_t i = 0; i + 1 < size; i++) {
        size_t length = bytes[i] == '/' ? spelled(bytes + i + 1, size - i - 1, "Linearized") : 0;
        if (length > 0) memset(bytes + i + 1, 'X', length);
    }
}

// MARK: Opening

static void close_image(void *opaque) {
    pdf_state *state = opaque;
    if (state->fonts) poppler_font_info_free(state->fonts);
    if (state->document) g_object_unref(state->document);
    av_free(state);
}

// Poppler says what it finds wrong with a document, which it shows all the same, as viewers do.
static void say_nothing(const char *domain, GLogLevelFlags level, const char *message, void *opaque) {
    (void)domain, (void)level, (void)message, (void)opaque;
}

static void silence(void) {
    static gsize silenced;
    if (!g_once_init_enter(&silenced)) return;
    g_log_set_handler("Poppler", G_LOG_LEVEL_MASK, say_nothing, NULL);
    g_once_init_leave(&silenced, 1);
}

static int open_image(const cfs_image_file *file, void **result) {
    silence();
    pdf_state *state = av_mallocz(sizeof *state);
    if (!state) return AVERROR(ENOMEM);
    state->file = file;
    GBytes *bytes = g_bytes_new_static(file->bytes->data, file->size);
    GError *error = NULL;
    state->document = poppler_document_new_from_bytes(bytes, NULL, &error);
    bool is_locked = g_error_matches(error, POPPLER_ERROR, POPPLER_ERROR_ENCRYPTED);
    g_clear_error(&error);
    g_bytes_unref(bytes);
    if (state->document) state->pages = poppler_document_get_n_pages(state->document);
    if (state->pages > 0) {
        state->fonts = poppler_font_info_new(state->document);
        *result = state;
        return 0;
    }
    close_image(state);
    return is_locked ? CFS_ERROR_NO_DECODER : CFS_ERROR_BROKEN_IMAGE;
}

const cfs_image_library cfs_image_by_pdf = {open_image, next_picture, close_image};

// A page of text in a font that it does not embed. As long as there is a document, Poppler keeps what it has loaded: this
// one is never closed.
static void open_a_document(void) {
    static char text[] = "%PDF-1.4\n"
                         "1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
                         "2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
                         "3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]/Contents 4 0 R"
                         "/Resources<</Font<</F 5 0 R>>>>>>endobj\n"
                         "4 0 obj<</Length 23>>stream\nBT /F 9 Tf (a) Tj ET   \nendstream endobj\n"
                         "5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\n"
                         "trailer<</Root 1 0 R>>\n";
    static AVBufferRef bytes = {.data = (uint8_t *)text, .size = sizeof text - 1};
    static const atomic_bool cancelled = false;
    static const cfs_image_file file = {
        .bytes = &bytes, .size = sizeof text - 1, .max_pixels = 10000, .cancelled = &cancelled};
    void *state = NULL;
    cfs_picture *picture = NULL;
    if (open_image(&file, &state) < 0) return;
    next_picture(state, &picture);
    cfs_picture_release(picture);
}

void cfs_pdf_prepare(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, open_a_document);
}
