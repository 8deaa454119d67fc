#include "sample-check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    most_ranges = 4096,  // groups of pictures side by side leave gaps, but few
    most_side = 1 << 20, // pixels
};
static const int64_t most_pts = 3100000000000000000; // the sampler itself takes none beyond 3e18 ns

// MARK: Samples

// Makes room for a range at `index`. False when there are too many, or no memory.
static bool insert(csb_sample_check *check, size_t index, struct csb_range range) {
    if (check->count == check->room) {
        size_t room = check->room ? 2 * check->room : 16;
        struct csb_range *grown = room <= most_ranges ? realloc(check->ranges, room * sizeof *grown) : NULL;
        if (!grown) return false;
        check->ranges = grown;
        check->room = room;
    }
    memmove(check->ranges + index + 1, check->ranges + index, (check->count - index) * sizeof range);
    check->ranges[index] = range;
    check->count++;
    return true;
}

// Whether the index came for the first time.
static bool note(csb_sample_check *check, int64_t index) {
    // The first range that ends at or after it: samples mostly come in order, so from the back.
    size_t at = check->count;
    while (at > 0 && check->ranges[at - 1].end >= index) at--;
    bool extends = at < check->count && check->ranges[at].end == index;
    if (!extends && at < check->count && check->ranges[at].first <= index) return false;
    size_t next = extends ? at + 1 : at;
    bool meets = next < check->count && check->ranges[next].first == index + 1;
    if (next < check->count && check->ranges[next].first <= index) return false;
    if (extends && meets) {
        check->ranges[at].end = check->ranges[next].end;
        check->count--;
        memmove(check->ranges + next, check->ranges + next + 1, (check->count - next) * sizeof *check->ranges);
    } else if (extends) {
        check->ranges[at].end++;
    } else if (meets) {
        check->ranges[next].first--;
    } else {
        return insert(check, at, (struct csb_range){index, index + 1});
    }
    return true;
}

static bool is_index(const cfs_options *options, int64_t index) {
    return index >= 0 && index < INT64_MAX / 4 / options->interval_ns;
}

bool csb_check_sample(csb_sample_check *check, const cfs_options *options, cfs_sample *sample) {
    sample->reused = cfs_flag(&sample->reused);
    sample->damaged = cfs_flag(&sample->damaged);
    sample->picture = NULL;
    return is_index(options, sample->index) && sample->time_base_num > 0 && sample->time_base_den > 0
        && sample->pts >= -most_pts && sample->pts <= most_pts
        && sample->position_ns == cfs_position(options, sample->index) && note(check, sample->index);
}

void csb_sample_check_free(csb_sample_check *check) {
    free(check->ranges);
    *check = (csb_sample_check){0};
}

// MARK: The input

static bool is_side(int32_t side) { return side >= 0 && side <= most_side; }

bool csb_clean_media(csb_media_message *message) {
    message->container[sizeof message->container - 1] = 0;
    message->codec[sizeof message->codec - 1] = 0;
    message->pixel_format[sizeof message->pixel_format - 1] = 0;
    cfs_media *media = &message->media;
    media->still = cfs_flag(&media->still);
    media->sized = cfs_flag(&media->sized);
    return is_side(media->width) && is_side(media->height) && media->rotation >= 0 && media->rotation < 360
        && media->rotation % 90 == 0 && media->declared_duration_ns >= -1 && isfinite(media->frame_rate)
        && media->frame_rate >= 0;
}

void csb_clean_stream(cfs_stream *stream) {
    stream->codec[sizeof stream->codec - 1] = 0;
    stream->disposition[sizeof stream->disposition - 1] = 0;
    stream->alternative = cfs_flag(&stream->alternative);
    stream->cover = cfs_flag(&stream->cover);
    stream->sampled = cfs_flag(&stream->sampled);
    if (!is_side(stream->width)) stream->width = 0;
    if (!is_side(stream->height)) stream->height = 0;
    if (stream->index < 0) stream->index = 0;
}

static int64_t count(int64_t claimed) { return claimed >= 0 && claimed < 1LL << 60 ? claimed : 0; }

void csb_clean_report(cfs_report *report) {
    report->packets_read = count(report->packets_read);
    report->packets_decoded = count(report->packets_decoded);
    report->pictures_decoded = count(report->pictures_decoded);
    report->failures = count(report->failures);
    report->groups_redecoded = count(report->groups_redecoded);
    report->bytes_read = count(report->bytes_read);
    report->decode_ns = count(report->decode_ns);
    if (report->duration_ns < 0 || report->duration_ns > INT64_MAX / 4) report->duration_ns = -1;
    report->planned = cfs_flag(&report->planned);
    report->truncated = cfs_flag(&report->truncated);
    report->cut = cfs_flag(&report->cut);
}

// MARK: Pictures

// A deep picture with alpha has up to 16 bytes a pixel, and planes whose sides are rounded up.
static bool is_size(int64_t bytes, int64_t width, int64_t height) {
    return bytes >= 0 && bytes <= (width + 8) * (height + 8) * 16;
}

// Upright, one side may be drawn out to up to four times its length.
static bool is_stretched(int64_t side, int64_t coded) { return side >= 1 && side <= 4 * coded; }

bool csb_check_picture(int64_t max_pixels, csb_picture_message *message) {
    cfs_picture_info *info = &message->info;
    info->interlaced = cfs_flag(&info->interlaced);
    info->hdr = cfs_flag(&info->hdr);
    message->pixel_format[sizeof message->pixel_format - 1] = 0;
    if (message->id == 0 || info->rotation < 0 || info->rotation >= 360 || info->rotation % 90 != 0) return false;
    bool sideways = info->rotation % 180 != 0;
    int64_t width = sideways ? info->coded_height : info->coded_width,
            height = sideways ? info->coded_width : info->coded_height;
    return width >= 1 && width <= most_side && height >= 1 && height <= most_side && width * height <= max_pixels
        && is_stretched(info->width, width) && is_stretched(info->height, height)
        && (int64_t)info->width * info->height <= 4 * width * height && is_size(message->decoded_size, width, height);
}

// MARK: Live

static bool is_time(int64_t ns) { return ns >= 0 && ns < INT64_MAX / 4; }

bool csb_check_live_sample(int64_t last_ns, cfs_live_sample *sample) {
    sample->reused = cfs_flag(&sample->reused);
    sample->damaged = cfs_flag(&sample->damaged);
    sample->dropped = cfs_flag(&sample->dropped);
    sample->picture = NULL;
    return is_time(sample->position_ns) && sample->position_ns > last_ns && is_time(sample->continuity)
        && is_time(sample->gap_ns) && is_time(sample->age_ns) && is_time(sample->waited_ns) && sample->time_base_num > 0
        && sample->time_base_den > 0 && sample->pts >= -most_pts && sample->pts <= most_pts;
}

void csb_clean_live_report(cfs_live_report *report) {
    report->packets_read = count(report->packets_read);
    report->bytes_read = count(report->bytes_read);
    report->packets_decoded = count(report->packets_decoded);
    report->pictures_decoded = count(report->pictures_decoded);
    report->failures = count(report->failures);
    report->packets_unusable = count(report->packets_unusable);
    report->positions_dropped = count(report->positions_dropped);
    report->silence_ns = count(report->silence_ns);
    report->position_ns = count(report->position_ns);
    report->held_bytes = count(report->held_bytes);
}
