// What a worker and the process that it works for say to each other.
//
// A worker has some *lanes*: sockets of its own, each with one thread that answers one request at a time, and with a
// stretch of shared memory (region.h) for what is large. On the *control* socket it is told what needs no answer. On
// the *memory* socket it asks for memory for pictures, and on the *source* socket for the bytes of addresses.
#pragma once

#include "CFrameSampler.h"
#include "CLiveSampler.h"
#include "CSamplerFetch.h"

enum {
    csb_protocol_version = 1,
    csb_lane_count = 4,                          // the first is for what waits: opening, and the next sample
    csb_worker_descriptors = 3 + csb_lane_count, // control, memory, source, lanes
    csb_max_descriptors = 16,
    csb_max_streams = 64,
};

typedef enum csb_request_type {
    csb_sampler_open_request = 1, // `options`; its strings and stretches are in the region; maybe with a descriptor
    csb_sampler_next_request,
    csb_sampler_report_request,
    csb_image_open_request, // `image`; the bytes are in the region
    csb_image_next_request,
    csb_render_request,     // `render`; the pixels go to the region
    csb_jpeg_request,       // `jpeg`; likewise
    csb_decoded_request,    // `picture`; likewise
    csb_live_start_request, // `open`, as for a sampler, and `limits`; answered at once
    csb_relay_request, // `open`, with the input's descriptor, if any, after that of the relay's channel; answered at once
    csb_live_event_request, // answered as soon as there is an event
    csb_live_report_request,
    csb_live_clip_request, // `clip`; its bytes go to the region
    csb_test_request,      // `picture`: answered only where a test program defines `csb_work_test`
    csb_request_types,
} csb_request_type;

// What a worker is for. It decides on the walls around it.
typedef enum csb_purpose { csb_for_images, csb_for_video, csb_for_demuxing, csb_for_documents } csb_purpose;

// The first message on the control socket; nothing else is read before the walls stand.
typedef struct csb_orders {
    uint32_t version, purpose;
    int64_t video_bytes, image_bytes; // limits of decoded pictures in all workers
    int64_t processor_seconds;        // 0: no limit
} csb_orders;

// Told on the control socket.
typedef struct csb_notice {
    enum csb_notice_type { csb_cancel_notice = 1, csb_picture_notice, csb_image_notice } type;
    uint32_t number; // of the picture or the image that is given back
} csb_notice;

// Sizes of what lies in the region, one after the other: the input's name, the agent's, and the stretches.
typedef struct csb_options_message {
    cfs_options options;
    uint64_t input, user_agent, stretches;
} csb_options_message;

typedef struct csb_request {
    uint32_t version, type;
    uint64_t region; // bytes of the new region, whose descriptor comes first; 0: the one before
    union {
        struct {
            csb_options_message open;
            cfs_live_limits limits;
        };
        struct {
            uint64_t size;
            int64_t max_pixels;
            int32_t wanted_side;
            uint32_t number; // another than that of the image before
        } image;
        struct {
            uint32_t picture;
            int32_t layout, width, height;
        } render;
        struct {
            uint32_t picture;
            int32_t max_side, quality;
        } jpeg;
        struct {
            int64_t from_ns, to_ns;
            char name[16];
        } clip;
        uint32_t picture;
    };
} csb_request;

typedef struct csb_media_message {
    char container[64], codec[32], pixel_format[32];
    cfs_media media; // its strings are those above
} csb_media_message;

typedef struct csb_picture_message {
    uint32_t id; // 0: none
    cfs_picture_info info;
    char pixel_format[32];
    int64_t decoded_size;
} csb_picture_message;

typedef struct csb_reply {
    uint32_t version, type;
    int32_t code;         // of the function that was called
    int32_t stream_count; // in the region, where there are any
    uint64_t size;        // bytes in the region
    union {
        csb_media_message media;
        struct {
            cfs_sample sample;
            csb_picture_message picture;
            cfs_report report;
        };
        char format[16];
        struct {
            int32_t event;                // a cfs_live_event
            csb_media_message live_media; // with CFS_LIVE_OPENED
            cfs_live_sample live_sample;  // with CFS_LIVE_SAMPLE
            csb_picture_message live_picture;
            cfs_live_report live_report;
        };
        int64_t first_ns; // of a clip
    };
} csb_reply;

// On the memory socket. A request (`least` > 0) is answered by a grant; giving back is not answered.
typedef struct csb_memory_message {
    uint32_t version, image; // 0: for videos, 1: for images
    int64_t least, wanted;   // asked for
    int64_t bytes;           // given back; of an answer: granted, or an error
} csb_memory_message;

// On the source socket: what the worker wants of addresses, one request after the other. While it waits for an answer it
// may say once that it gives up: that is not answered itself, and the answer then comes soon.
typedef struct csb_fetch_request {
    uint32_t version;
    enum csb_fetch_type {
        csb_fetch_open = 1,
        csb_fetch_read,
        csb_fetch_close,
        csb_fetch_resolve,
        csb_fetch_give_up,
        csb_fetch_types,
    } type;
    uint32_t handle;               // to read and to close
    uint32_t size;                 // to read at most
    int64_t offset, end;           // to open, as in cfs_fetch
    char name[CFS_FETCH_URL_SIZE]; // a URL to open, a host to resolve
} csb_fetch_request;

// An answer; to a read, as many bytes follow as `code` says.
typedef struct csb_fetch_reply {
    uint32_t version, handle;
    int64_t code;
    int64_t total;
    int32_t status;
    uint32_t ranges;
    char name[CFS_FETCH_URL_SIZE]; // where it came from, or an address in numbers; not of a read
} csb_fetch_reply;

enum { csb_fetch_bytes = 64 * 1024, csb_fetch_head = offsetof(csb_fetch_reply, name) };
