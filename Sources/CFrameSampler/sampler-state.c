#include "sampler-state.h"

void cfs_sampler_fail(cfs_sampler *sampler, int code) {
    pthread_mutex_lock(&sampler->run.lock);
    if (!sampler->error) sampler->error = code;
    sampler->run.stopping = true;
    pthread_cond_broadcast(&sampler->run.changed);
    pthread_mutex_unlock(&sampler->run.lock);
}

// MARK: Entries, reused with their packets

cfs_entry *cfs_take_entry(cfs_sampler *sampler) {
    cfs_entry *entry = NULL;
    pthread_mutex_lock(&sampler->run.lock);
    if (sampler->spare_count > 0) entry = sampler->spare[--sampler->spare_count];
    pthread_mutex_unlock(&sampler->run.lock);
    if (entry) return entry;
    entry = av_mallocz(sizeof *entry);
    if (entry && !(entry->packet = av_packet_alloc())) av_freep(&entry);
    return entry;
}

void cfs_free_entry(cfs_entry *entry) {
    if (!entry) return;
    av_packet_free(&entry->packet);
    av_free(entry);
}

void cfs_give_entry_locked(cfs_sampler *sampler, cfs_entry *entry) {
    av_packet_unref(entry->packet);
    if (sampler->spare_count < spare_entries) {
        AVPacket *packet = entry->packet;
        *entry = (cfs_entry){.packet = packet};
        sampler->spare[sampler->spare_count++] = entry;
    } else {
        cfs_free_entry(entry);
    }
}

void cfs_give_entry(cfs_sampler *sampler, cfs_entry *entry) {
    pthread_mutex_lock(&sampler->run.lock);
    cfs_give_entry_locked(sampler, entry);
    pthread_mutex_unlock(&sampler->run.lock);
}

void cfs_free_piece_locked(cfs_sampler *sampler, cfs_piece *piece) {
    for (size_t i = 0; i < piece->count; i++) cfs_give_entry_locked(sampler, piece->entries[i]);
    av_free(piece->entries);
    av_free(piece);
}

// MARK: Chains

int cfs_chain_push(cfs_chain *chain, cfs_piece *piece) {
    size_t bytes = (chain->piece_count + 1) * sizeof *chain->pieces;
    cfs_piece **grown = av_fast_realloc(chain->pieces, &chain->piece_bytes, bytes);
    if (!grown) return AVERROR(ENOMEM);
    chain->pieces = grown;
    chain->pieces[chain->piece_count++] = piece;
    return 0;
}

void cfs_free_chain_locked(cfs_sampler *sampler, cfs_chain *chain) {
    for (size_t i = 0; i < chain->piece_count; i++) {
        if (i >= chain->piece_next) sampler->waiting -= chain->pieces[i]->bytes;
        cfs_free_piece_locked(sampler, chain->pieces[i]);
    }
    av_free(chain->pieces);
    for (; chain->out_count > 0; chain->out_count--) {
        av_frame_free(&chain->out[chain->out_head].frame);
        chain->out_head = (chain->out_head + 1) % chain_out_capacity;
    }
    av_free(chain);
}

cfs_chain *cfs_add_chain_locked(cfs_sampler *sampler) {
    cfs_chain *chain = av_mallocz(sizeof *chain);
    if (!chain) return NULL;
    if (sampler->tail) sampler->tail->next = chain;
    else sampler->head = chain;
    sampler->tail = sampler->open_chain = chain;
    sampler->chain_count++;
    return chain;
}
