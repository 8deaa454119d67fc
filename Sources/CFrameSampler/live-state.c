#include "live-state.h"

void cfs_live_tell(cfs_live *live) {
    pthread_mutex_lock(&live->waking);
    if (!live->is_given_up) live->wake(live->context);
    pthread_mutex_unlock(&live->waking);
}

void cfs_live_leave(cfs_live *live) {
    cfs_live_tell(live);
    cfs_runner_leave(&live->run);
}

int cfs_live_parameters(const cfs_live *live, const AVBufferRef *extradata, AVCodecParameters *copy) {
    int code = avcodec_parameters_copy(copy, live->parameters);
    if (code < 0 || !extradata) return code;
    av_freep(&copy->extradata);
    copy->extradata = av_memdup(extradata->data, extradata->size);
    copy->extradata_size = (int)(extradata->size - AV_INPUT_BUFFER_PADDING_SIZE);
    return copy->extradata ? 0 : AVERROR(ENOMEM);
}
