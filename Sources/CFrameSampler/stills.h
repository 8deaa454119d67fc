// Images held in memory, sampled like a video: each picture is on screen for a time of its own, and where
// it has none (a page, a photo) for as long as `cfs_options.page_ns` says.
#pragma once

#include <stdatomic.h>

#include "CFrameSampler.h"
#include "ffmpeg.h"

typedef struct cfs_stills cfs_stills;

// Opens the image of so many bytes and decodes its first picture, of which `media` and `stream` receive the size. `options`
// outlives it. `stills` is the caller's (`cfs_stills_free`); NULL on error. 0 or an error.
int cfs_stills_create(const AVBufferRef *bytes, size_t size, const cfs_options *options, cfs_media *media,
                      cfs_stream *stream, cfs_stills **stills);
// As `cfs_sampler_next`, on one thread at a time.
int cfs_stills_next(cfs_stills *stills, cfs_sample *sample);
// As `cfs_sampler_cancel`.
void cfs_stills_cancel(cfs_stills *stills);
// As `cfs_sampler_report`.
void cfs_stills_report(const cfs_stills *stills, cfs_report *report);
// Accepts NULL.
void cfs_stills_free(cfs_stills *stills);
