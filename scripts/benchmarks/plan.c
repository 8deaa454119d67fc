// Plans 120 000 packets in groups of 50, with and without one that claims to be shown 5.8 days later, and prints the ms.
#include <stdio.h>
#include <time.h>

#include "plan.h"

enum { packets = 120000, group = 50, frame = 40, far = 500000000 };

static double plan_all(int late) {
    struct timespec began, ended;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &began);
    cfs_plan plan;
    cfs_grid grid = {.time_base = {1, 1000}, .interval_ns = 1000000000, .end_ns = 24LL * 3600 * 1000000000};
    cfs_plan_init(&plan, grid, AV_CODEC_ID_H264, false);
    for (int64_t i = 0; i < packets; i++) {
        cfs_entry *entry = av_mallocz(sizeof *entry);
        if (!entry || !(entry->packet = av_packet_alloc())) return -1;
        entry->pts = i * frame + (i == late ? far : 0);
        entry->duration = frame;
        entry->traits.cut = i % group == 0;
        if (cfs_plan_add(&plan, entry) < 0 || plan.failed) return -1;
        cfs_piece piece;
        while (cfs_plan_take(&plan, &piece) == 1) {
            for (size_t k = 0; k < piece.count; k++) {
                av_packet_free(&piece.entries[k]->packet);
                av_free(piece.entries[k]);
            }
            av_free(piece.entries);
        }
    }
    cfs_plan_free(&plan);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ended);
    return (double)(ended.tv_sec - began.tv_sec) * 1e3 + (double)(ended.tv_nsec - began.tv_nsec) / 1e6;
}

int main(void) {
    plan_all(-1);
    for (int run = 0; run < 7; run++) printf("%.2f %.2f\n", plan_all(-1), plan_all(30));
    return 0;
}
