#include "memory.h"

#include "CSamplerMemory.h"

#include <malloc.h>
#include <pthread.h>
#include <time.h>

enum { longest_wait_s = 10, wait_slice_ms = 200, lending_step = 8 << 20 };

typedef struct budget {
    int64_t limit, used;
    int64_t lent; // with a lender: borrowed so far
} budget;

static budget budgets[] = {[cfs_memory_video] = {.limit = 2LL << 30}, [cfs_memory_image] = {.limit = 1LL << 30}};
static cfs_lender lender; // set before there are threads
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t given_back = PTHREAD_COND_INITIALIZER;

void cfs_limit_arenas(void) { mallopt(M_ARENA_MAX, 2); }

void cfs_limit_memory(int64_t video_bytes, int64_t image_bytes) {
    pthread_mutex_lock(&lock);
    budgets[cfs_memory_video].limit = video_bytes;
    budgets[cfs_memory_image].limit = image_bytes;
    pthread_mutex_unlock(&lock);
    // FFmpeg believes some sizes that a header claims before it has seen as many bytes.
    enum { slack = 16 << 20 };
    av_max_alloc((size_t)FFMAX(video_bytes / 4, image_bytes) + slack);
}

void cfs_set_lender(const cfs_lender *given) { lender = *given; }

void cfs_return_unused(void) {
    for (int kind = cfs_memory_video; kind <= cfs_memory_image && lender.give_back; kind++) {
        pthread_mutex_lock(&lock);
        int64_t unused = FFMAX(0, budgets[kind].lent - budgets[kind].used);
        budgets[kind].lent -= unused;
        pthread_mutex_unlock(&lock);
        if (unused > 0) lender.give_back(kind == cfs_memory_image, unused);
    }
}

int64_t cfs_memory_largest_packet(void) {
    pthread_mutex_lock(&lock);
    int64_t limit = budgets[cfs_memory_video].limit / 8;
    pthread_mutex_unlock(&lock);
    return limit;
}

static int64_t bytes_of(enum AVPixelFormat format, int width, int height) {
    enum { alignment = 32, bytes_a_pixel = 4 };
    int bytes = av_image_get_buffer_size(format, width, height, alignment);
    return bytes > 0 ? bytes : (int64_t)width * height * bytes_a_pixel;
}

int cfs_memory_decoders(const AVCodecParameters *parameters, int wanted) {
    // That a decoder holds: those it refers to, and those on their way out.
    enum { pictures_a_decoder = 12 };
    int64_t picture = FFMAX(1, bytes_of((enum AVPixelFormat)parameters->format, parameters->width, parameters->height));
    pthread_mutex_lock(&lock);
    int64_t fit = budgets[cfs_memory_video].limit / 2 / pictures_a_decoder / picture;
    pthread_mutex_unlock(&lock);
    return (int)FFMAX(1, FFMIN(fit, wanted));
}

// MARK: Charges

typedef struct charge {
    cfs_memory_kind kind;
    int64_t bytes;
} charge;

static void give_back(void *opaque, uint8_t *data) {
    (void)opaque;
    charge *given = (charge *)(void *)data;
    budget *from = &budgets[given->kind];
    pthread_mutex_lock(&lock);
    from->used -= given->bytes;
    // Some is kept for the next picture.
    int64_t surplus = from->lent - from->used - lending_step;
    if (surplus < lending_step) surplus = 0;
    from->lent -= surplus;
    pthread_cond_broadcast(&given_back);
    pthread_mutex_unlock(&lock);
    if (surplus > 0) lender.give_back(given->kind == cfs_memory_image, surplus);
    av_free(given);
}

// The charge goes along with every reference to the frame.
static int attach(AVFrame *frame, cfs_memory_kind kind, int64_t bytes) {
    charge *made = av_malloc(sizeof *made);
    AVBufferRef *reference = NULL;
    if (made) {
        *made = (charge){kind, bytes};
        reference = av_buffer_create((uint8_t *)made, sizeof *made, give_back, NULL, 0);
    }
    if (reference) {
        av_buffer_unref(&frame->opaque_ref);
        frame->opaque_ref = reference;
        return 0;
    }
    av_free(made);
    pthread_mutex_lock(&lock);
    budgets[kind].used -= bytes;
    pthread_mutex_unlock(&lock);
    return AVERROR(ENOMEM);
}

static struct timespec soon(void) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += wait_slice_ms * 1000000L;
    if (until.tv_nsec >= 1000000000) until.tv_sec++, until.tv_nsec -= 1000000000;
    return until;
}

// With the lock held, which it lets go of meanwhile: borrows what is missing for so many bytes more.
static int borrow_locked(budget *from, int64_t bytes) {
    while (from->used + bytes > from->lent) {
        int64_t missing = from->used + bytes - from->lent;
        pthread_mutex_unlock(&lock);
        int64_t lent = lender.borrow(from == &budgets[cfs_memory_image], missing, FFMAX(missing, lending_step));
        pthread_mutex_lock(&lock);
        if (lent < 0) return (int)lent;
        from->lent += lent;
    }
    return 0;
}

static int take(budget *from, int64_t bytes, const atomic_bool *cancelled) {
    int64_t until_us = av_gettime_relative() + longest_wait_s * 1000000LL;
    int code = 0;
    pthread_mutex_lock(&lock);
    if (bytes > from->limit) code = CFS_ERROR_TOO_MANY_PIXELS;
    else if (lender.borrow) code = borrow_locked(from, bytes);
    while (!code && !lender.borrow && from->used + bytes > from->limit) {
        if (cancelled && atomic_load(cancelled)) code = CFS_ERROR_CANCELLED;
        else if (av_gettime_relative() >= until_us) code = CFS_ERROR_BUSY;
        if (code) break;
        struct timespec until = soon();
        pthread_cond_timedwait(&given_back, &lock, &until);
    }
    if (!code) from->used += bytes;
    pthread_mutex_unlock(&lock);
    return code;
}

int cfs_memory_charge(cfs_memory_kind kind, AVFrame *frame, int64_t extra, const atomic_bool *cancelled) {
    int64_t bytes = bytes_of((enum AVPixelFormat)frame->format, frame->width, frame->height) + extra;
    int code = take(&budgets[kind], bytes, cancelled);
    return code < 0 ? code : attach(frame, kind, bytes);
}

int cfs_memory_count(cfs_memory_kind kind, AVFrame *frame) {
    int64_t bytes = bytes_of((enum AVPixelFormat)frame->format, frame->width, frame->height);
    pthread_mutex_lock(&lock);
    budgets[kind].used += bytes;
    pthread_mutex_unlock(&lock);
    return attach(frame, kind, bytes);
}
