#include "workers.h"

#include "sampler-state.h"

typedef struct decode_job {
    cfs_sampler *sampler;
    cfs_chain *chain;
} decode_job;

static bool next_piece(void *context, cfs_piece **piece) {
    decode_job *job = context;
    cfs_sampler *sampler = job->sampler;
    cfs_chain *chain = job->chain;
    pthread_mutex_lock(&sampler->run.lock);
    while (!sampler->run.stopping && chain->piece_next == chain->piece_count && !chain->closed)
        pthread_cond_wait(&sampler->run.changed, &sampler->run.lock);
    *piece = NULL;
    if (!sampler->run.stopping && chain->piece_next < chain->piece_count) {
        *piece = chain->pieces[chain->piece_next++];
        sampler->waiting -= (*piece)->bytes;
        pthread_cond_broadcast(&sampler->run.changed);
    }
    // What would come out last may belong behind a picture that was not read.
    bool is_lost = !*piece && chain->everything && sampler->error;
    bool go_on = !sampler->run.stopping && !is_lost;
    pthread_mutex_unlock(&sampler->run.lock);
    return go_on;
}

static void forget_pieces(void *context) {
    decode_job *job = context;
    cfs_chain *chain = job->chain;
    pthread_mutex_lock(&job->sampler->run.lock);
    for (size_t i = 0; i < chain->piece_next; i++) cfs_free_piece_locked(job->sampler, chain->pieces[i]);
    chain->piece_count -= chain->piece_next;
    memmove(chain->pieces, chain->pieces + chain->piece_next, chain->piece_count * sizeof *chain->pieces);
    chain->piece_next = 0;
    pthread_mutex_unlock(&job->sampler->run.lock);
}

// A copy, because the array moves when the reading thread adds to it.
static size_t kept_pieces(void *context, cfs_piece ***pieces) {
    decode_job *job = context;
    pthread_mutex_lock(&job->sampler->run.lock);
    *pieces = av_memdup(job->chain->pieces, job->chain->piece_next * sizeof *job->chain->pieces);
    size_t count = *pieces ? job->chain->piece_next : 0;
    pthread_mutex_unlock(&job->sampler->run.lock);
    return count;
}

static bool deliver(void *context, cfs_delivery delivery) {
    decode_job *job = context;
    cfs_sampler *sampler = job->sampler;
    cfs_chain *chain = job->chain;
    pthread_mutex_lock(&sampler->run.lock);
    while (!sampler->run.stopping && chain->out_count == chain_out_capacity)
        pthread_cond_wait(&sampler->run.changed, &sampler->run.lock);
    bool go_on = !sampler->run.stopping;
    if (go_on) {
        chain->out[(chain->out_head + chain->out_count++) % chain_out_capacity] = delivery;
        pthread_cond_broadcast(&sampler->run.changed);
    }
    pthread_mutex_unlock(&sampler->run.lock);
    if (!go_on) av_frame_free(&delivery.frame);
    return go_on;
}

// Waits for a chain that nobody decodes yet. NULL when there will be none.
static cfs_chain *claim_chain(cfs_sampler *sampler) {
    cfs_chain *chain = NULL;
    pthread_mutex_lock(&sampler->run.lock);
    while (!sampler->run.stopping) {
        for (chain = sampler->head; chain && chain->claimed; chain = chain->next) {
        }
        if (chain || sampler->reading_done) break;
        pthread_cond_wait(&sampler->run.changed, &sampler->run.lock);
    }
    if (sampler->run.stopping) chain = NULL;
    if (chain) chain->claimed = true;
    pthread_mutex_unlock(&sampler->run.lock);
    return chain;
}

// Decodes all of an input, in its only chain or the last one.
static int decode_everything(cfs_sampler *sampler, cfs_chain *chain, cfs_chain_port port, cfs_decoder *decoder) {
    int64_t end_ns = -1;
    int code = cfs_decode_everything(decoder, port, chain->grid, chain->has_origin, &end_ns);
    pthread_mutex_lock(&sampler->run.lock);
    sampler->duration_ns = end_ns;
    sampler->enough = true;
    pthread_mutex_unlock(&sampler->run.lock);
    return code;
}

void *cfs_decode_thread(void *context) {
    cfs_sampler *sampler = context;
    cfs_decoder *decoder = NULL;
    for (cfs_chain *chain; (chain = claim_chain(sampler));) {
        int code = 0;
        if (!decoder) code = cfs_runner_make_decoder(&sampler->run, NULL, &decoder);
        decode_job job = {sampler, chain};
        cfs_chain_port port = {&job, next_piece, forget_pieces, kept_pieces, deliver};
        if (!code)
            code = chain->everything ? decode_everything(sampler, chain, port, decoder)
                                     : cfs_decode_planned(decoder, port);
        if (code < 0) cfs_sampler_fail(sampler, code);
        pthread_mutex_lock(&sampler->run.lock);
        chain->done = true;
        pthread_cond_broadcast(&sampler->run.changed);
        pthread_mutex_unlock(&sampler->run.lock);
    }
    cfs_decoder_free(&decoder);
    cfs_runner_leave(&sampler->run);
    return NULL;
}
