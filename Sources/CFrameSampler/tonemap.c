#include <math.h>
#include <pthread.h>

#include "frame-color.h"
#include "swscale.h"
#include "tonemap.h"

enum { steps = 4096 };
static const double reference_white = 203; // cd/m², BT.2408: where SDR white sits in HDR

static float pq_light[steps], hlg_light[steps]; // code value → light, 1 = SDR white
static uint8_t sdr_code[steps];                 // tone-mapped light 0…1 → 8-bit code value
static pthread_once_t tables_once = PTHREAD_ONCE_INIT;

// SMPTE ST 2084, formula 4.1.
static double pq(double code) {
    const double m1 = 2610.0 / 16384, m2 = 2523.0 / 4096 * 128, c1 = 3424.0 / 4096, c2 = 2413.0 / 4096 * 32,
                 c3 = 2392.0 / 4096 * 32;
    double root = pow(code, 1 / m2);
    return 10000 * pow(fmax(root - c1, 0) / (c2 - c3 * root), 1 / m1);
}

// ITU-R BT.2100 table 5, on a display of 1000 cd/m²; its system gamma of 1.2 is applied per component.
static double hlg(double code) {
    const double a = 0.17883277, b = 1 - 4 * a, c = 0.5 - a * log(4 * a);
    double scene = code <= 0.5 ? code * code / 3 : (exp((code - c) / a) + b) / 12;
    return 1000 * pow(scene, 1.2);
}

// Reinhard's curve, with a white of 1000 cd/m².
static double compress(double light) {
    const double white = 1000 / reference_white;
    return fmin(light * (1 + light / (white * white)) / (1 + light), 1);
}

static void make_tables(void) {
    for (int i = 0; i < steps; i++) {
        double code = (double)i / (steps - 1);
        pq_light[i] = (float)(pq(code) / reference_white);
        hlg_light[i] = (float)(hlg(code) / reference_white);
        sdr_code[i] = (uint8_t)lround(255 * pow(code, 1 / 2.2));
    }
}

static uint8_t to_sdr(double light) { return sdr_code[(int)lround(compress(fmax(light, 0)) * (steps - 1))]; }

// BT.2020 to BT.709 primaries: ITU-R BT.2087 table 2.
static void map_row(const uint16_t *source, int width, const float *light, uint8_t *target) {
    for (int x = 0; x < width; x++) {
        double r = light[source[3 * x] >> 4], g = light[source[3 * x + 1] >> 4], b = light[source[3 * x + 2] >> 4];
        target[3 * x] = to_sdr(1.6605 * r - 0.5876 * g - 0.0728 * b);
        target[3 * x + 1] = to_sdr(-0.1246 * r + 1.1329 * g - 0.0083 * b);
        target[3 * x + 2] = to_sdr(-0.0182 * r - 0.1006 * g + 1.1187 * b);
    }
}

int cfs_tone_map(const AVFrame *frame, AVFrame *target) {
    pthread_once(&tables_once, make_tables);
    AVFrame *deep = cfs_frame_make(AV_PIX_FMT_RGB48, target->width, target->height);
    AVFrame *sdr = cfs_frame_make(AV_PIX_FMT_RGB24, target->width, target->height);
    int code = deep && sdr ? cfs_swscale(frame, deep) : AVERROR(ENOMEM);
    if (code >= 0) {
        const float *light = cfs_frame_is_pq(frame) ? pq_light : hlg_light;
        for (int y = 0; y < sdr->height; y++)
            map_row((const uint16_t *)(deep->data[0] + (ptrdiff_t)y * deep->linesize[0]), sdr->width, light,
                    sdr->data[0] + (ptrdiff_t)y * sdr->linesize[0]);
        code = cfs_swscale(sdr, target);
    }
    av_frame_free(&deep);
    av_frame_free(&sdr);
    return code;
}
