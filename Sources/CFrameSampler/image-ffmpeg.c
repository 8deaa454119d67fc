#include "image-ffmpeg.h"

#include "exif.h"
#include "image-color.h"
#include "io.h"
#include "memory.h"
#include "picture.h"
#include "png.h"
#include "transparency.h"

typedef struct ffmpeg_image {
    const cfs_image_file *file;
    size_t position;
    int lowres;   // how often the decoder halves the sides
    bool rescale; // decoding ended only to begin again with this `lowres`
    bool began;   // the picture has its memory
    bool whole;   // the decoder cannot halve this picture
    int refusal;  // why the picture was refused memory: 0 or a CFS_ERROR_…
    bool sent;
    int handed_out;
    AVFormatContext *format; // NULL for what is one packet
    AVIOContext *io;
    AVStream *stream;
    AVCodecContext *decoder;
    AVPacket *packet;
    AVFrame *frame;
} ffmpeg_image;

// MARK: Containers

static int read_memory(void *opaque, uint8_t *buffer, int size) {
    ffmpeg_image *image = opaque;
    if (atomic_load(image->file->cancelled)) return AVERROR_EXIT;
    size_t left = image->file->size - image->position;
    if (left == 0) return AVERROR_EOF;
    size_t count = left < (size_t)size ? left : (size_t)size;
    memcpy(buffer, image->file->bytes->data + image->position, count);
    image->position += count;
    return (int)count;
}

static int64_t seek_memory(void *opaque, int64_t offset, int whence) {
    ffmpeg_image *image = opaque;
    if (whence == AVSEEK_SIZE) return (int64_t)image->file->size;
    int64_t base = whence == SEEK_CUR ? (int64_t)image->position : whence == SEEK_END ? (int64_t)image->file->size : 0;
    if (base + offset < 0 || base + offset > (int64_t)image->file->size) return AVERROR(EINVAL);
    image->position = (size_t)(base + offset);
    return (int64_t)image->position;
}

// The demuxer of icons does not say how large their PNGs are, and FFmpeg would decode all to find out. The icon's directory
// has sixteen bytes an entry, of which the last four say where its picture lies.
static int64_t width_of(const ffmpeg_image *image, unsigned index) {
    const AVCodecParameters *stated = image->format->streams[index]->codecpar;
    if (stated->codec_id != AV_CODEC_ID_PNG) return stated->width;
    enum { first_entry = 6, entry_bytes = 16, place_at = 12, width_at = 16 };
    size_t entry = first_entry + entry_bytes * (size_t)index, size = image->file->size;
    const uint8_t *bytes = image->file->bytes->data;
    size_t place = entry + entry_bytes <= size ? AV_RL32(bytes + entry + place_at) : size;
    return place + width_at + 4 <= size ? AV_RB32(bytes + place + width_at) : 0;
}

// The largest picture of an icon, or the only stream of an animation.
static AVStream *largest_stream(const ffmpeg_image *image) {
    AVFormatContext *format = image->format;
    unsigned best = 0;
    for (unsigned i = 1; i < format->nb_streams; i++)
        if (width_of(image, i) > width_of(image, best)) best = i;
    return format->nb_streams > 0 ? format->streams[best] : NULL;
}

static int open_container(ffmpeg_image *image) {
    enum { most_entries = 64 }; // of an icon
    const AVInputFormat *demuxer = av_find_input_format(image->file->kind->demuxer);
    if (!demuxer) return CFS_ERROR_NO_DECODER;
    image->io = cfs_io_open(image, read_memory, seek_memory);
    image->format = avformat_alloc_context();
    if (!image->io || !image->format) return AVERROR(ENOMEM);
    image->format->pb = image->io;
    image->format->max_streams = most_entries;
    image->format->flags |= AVFMT_FLAG_CUSTOM_IO;
    if (avformat_open_input(&image->format, "", demuxer, NULL) < 0) return CFS_ERROR_BROKEN_IMAGE;
    image->stream = largest_stream(image);
    return image->stream ? 0 : CFS_ERROR_BROKEN_IMAGE;
}

// MARK: Decoding

typedef struct image_size {
    int width, height;
} image_size;

// The picture's size in the file, also when the decoder halves it.
static image_size size_in_file(const AVCodecContext *decoder, const AVFrame *frame) {
    return decoder->lowres ? (image_size){decoder->coded_width, decoder->coded_height}
                           : (image_size){frame->width, frame->height};
}

// The decoder holds all coefficients of a progressive JPEG, two bytes each, until its last scan, also when it halves.
static int64_t coefficient_bytes(const AVCodecContext *decoder, const AVFrame *frame) {
    bool progressive =
        decoder->codec_id == AV_CODEC_ID_MJPEG && decoder->profile == FF_PROFILE_MJPEG_HUFFMAN_PROGRESSIVE_DCT;
    image_size size = size_in_file(decoder, frame);
    int samples = av_image_get_buffer_size((enum AVPixelFormat)frame->format, size.width, size.height, 1);
    return progressive && samples > 0 ? 2 * (int64_t)samples : 0;
}

// What it takes to put the picture on white at once, where that cannot wait until it is rendered.
static int64_t bytes_on_white(const ffmpeg_image *image, const AVFrame *frame) {
    enum { most_bytes_a_pixel = 8 };
    if (!cfs_frame_has_alpha(frame) || image->file->kind->alpha == cfs_alpha_straight) return 0;
    return (int64_t)most_bytes_a_pixel * frame->width * frame->height;
}

// How often the decoder may halve the sides so that scaling the rest of the way still averages over pixels. The longer
// side stays at least twice the wanted side, and the shorter one at least as long as that, since some squeeze a picture
// to a square.
static int halvings(const ffmpeg_image *image, const AVFrame *frame) {
    const AVPixFmtDescriptor *descriptor = av_pix_fmt_desc_get((enum AVPixelFormat)frame->format);
    // FFmpeg halves as if all samples had 8 bits.
    if (image->file->wanted_side <= 0 || image->whole || !descriptor || descriptor->comp[0].depth != 8) return 0;
    int64_t longer = FFMAX(frame->width, frame->height), shorter = FFMIN(frame->width, frame->height);
    int64_t wanted = image->file->wanted_side;
    int count = 0, most = image->decoder->codec->max_lowres;
    while (count < most && longer >> (count + 1) >= 2 * wanted && shorter >> (count + 1) >= wanted) count++;
    return count;
}

// A decoder asks for memory once it has read the header and knows the size: this is the moment to refuse.
static int allocate_within_limit(AVCodecContext *decoder, AVFrame *frame, int flags) {
    ffmpeg_image *image = decoder->opaque;
    image_size size = size_in_file(decoder, frame);
    if ((int64_t)size.width * size.height > image->file->max_pixels) {
        image->refusal = CFS_ERROR_TOO_MANY_PIXELS;
        return AVERROR(ENOMEM);
    }
    // A decoder has to be told before it begins.
    if (!decoder->lowres && (image->lowres = halvings(image, frame)) > 0) {
        image->rescale = true;
        return AVERROR(ENOMEM);
    }
    int64_t extra = coefficient_bytes(decoder, frame) + bytes_on_white(image, frame);
    image->refusal = cfs_memory_charge(cfs_memory_image, frame, extra, image->file->cancelled);
    image->began = image->refusal == 0;
    return image->began ? avcodec_default_get_buffer2(decoder, frame, flags) : AVERROR(ENOMEM);
}

static int open_decoder(ffmpeg_image *image) {
    enum AVCodecID id = image->stream ? image->stream->codecpar->codec_id : image->file->kind->codec;
    const AVCodec *codec = avcodec_find_decoder(id);
    if (!codec) return CFS_ERROR_NO_DECODER;
    image->decoder = avcodec_alloc_context3(codec);
    if (!image->decoder) return AVERROR(ENOMEM);
    if (image->stream && avcodec_parameters_to_context(image->decoder, image->stream->codecpar) < 0)
        return AVERROR(ENOMEM);
    image->decoder->opaque = image;
    image->decoder->get_buffer2 = allocate_within_limit;
    image->decoder->thread_count = 1;
    image->decoder->err_recognition = AV_EF_EXPLODE;
    image->decoder->lowres = image->lowres;
    int code = avcodec_open2(image->decoder, codec, NULL);
    return code < 0 ? code : 0;
}

// Whether decoding is to begin again: with halved sides, or whole where the decoder could not halve this picture.
static bool begins_again(ffmpeg_image *image) {
    if (!image->rescale) {
        if (!image->lowres || image->began || image->refusal < 0) return false;
        image->whole = true;
        image->lowres = 0;
    }
    image->rescale = false;
    image->sent = false;
    av_frame_unref(image->frame);
    avcodec_free_context(&image->decoder);
    return true;
}

static int failure(const ffmpeg_image *image, int code) {
    if (atomic_load(image->file->cancelled)) return CFS_ERROR_CANCELLED;
    if (image->refusal < 0) return image->refusal;
    if (code == AVERROR_PATCHWELCOME || code == AVERROR(ENOSYS)) return CFS_ERROR_NO_DECODER;
    return code == AVERROR(ENOMEM) ? code : CFS_ERROR_BROKEN_IMAGE;
}

// Fills `packet` with the image's next packet. 1, 0 at the end, or an error.
static int next_packet(ffmpeg_image *image) {
    av_packet_unref(image->packet);
    if (!image->format) {
        if (image->sent) return 0;
        image->sent = true;
        image->packet->buf = av_buffer_ref(image->file->bytes);
        if (!image->packet->buf) return AVERROR(ENOMEM);
        image->packet->data = image->file->bytes->data;
        image->packet->size = (int)image->file->size;
        return 1;
    }
    for (;;) {
        int code = av_read_frame(image->format, image->packet);
        if (code == AVERROR_EOF) return 0;
        if (code < 0) return code;
        if (image->packet->stream_index == image->stream->index) break;
        av_packet_unref(image->packet);
    }
    // An icon may hold PNGs.
    int code = av_packet_make_writable(image->packet);
    if (code < 0) return code;
    av_shrink_packet(image->packet, (int)cfs_png_without_text(image->packet->data, (size_t)image->packet->size));
    return 1;
}

// FFmpeg tells it of JPEGs only.
static void lay_upright(const cfs_image_file *file, cfs_picture *picture) {
    if (file->kind->codec != AV_CODEC_ID_PNG && file->kind->codec != AV_CODEC_ID_APNG) return;
    size_t size = 0;
    const uint8_t *exif = cfs_png_chunk(file->bytes->data, file->size, "eXIf", &size);
    if (exif) cfs_exif_orientation(exif, size, &picture->orientation);
}

// Puts a frame on white where that cannot wait, and gives it the colors that its profile states.
static int show_as_viewers(const cfs_image_file *file, AVFrame **frame) {
    enum { converting = 6 }; // bytes a pixel
    cfs_alpha alpha = file->kind->alpha;
    int code = alpha == cfs_alpha_straight ? 0 : cfs_frame_put_on_white(frame, alpha);
    if (code < 0 || !av_frame_get_side_data(*frame, AV_FRAME_DATA_ICC_PROFILE)) return code;
    int64_t extra = (int64_t)converting * (*frame)->width * (*frame)->height;
    code = cfs_memory_charge(cfs_memory_image, *frame, extra, file->cancelled);
    return code < 0 ? code : cfs_color_from_own_profile(frame);
}

static int receive_picture(ffmpeg_image *image, cfs_picture **picture) {
    if (image->frame->decode_error_flags || (image->frame->flags & AV_FRAME_FLAG_CORRUPT))
        return CFS_ERROR_BROKEN_IMAGE;
    AVFrame *frame = av_frame_alloc();
    if (!frame) return AVERROR(ENOMEM);
    av_frame_move_ref(frame, image->frame);
    image_size size = size_in_file(image->decoder, frame);
    // A decoder that has nothing to do any more gives back what it holds.
    if (!image->format) avcodec_free_context(&image->decoder);
    int code = show_as_viewers(image->file, &frame);
    // The decoder of an animation refers to the frame, too, with the charge that it has.
    if (!code && (!image->format || !frame->opaque_ref)) code = cfs_memory_count(cfs_memory_image, frame);
    if (code < 0) {
        av_frame_free(&frame);
        return code;
    }
    *picture = cfs_picture_create(frame, image->stream);
    if (!*picture) return AVERROR(ENOMEM);
    (*picture)->width = size.width;
    (*picture)->height = size.height;
    lay_upright(image->file, *picture);
    image->handed_out++;
    return 1;
}

// Sends the decoder the next packet, or the end. 0 or an error.
static int feed(ffmpeg_image *image) {
    int code = next_packet(image);
    if (code < 0) return code;
    code = avcodec_send_packet(image->decoder, code == 1 ? image->packet : NULL);
    return code == AVERROR_EOF ? 0 : code;
}

static int next_picture(void *state, cfs_picture **picture) {
    ffmpeg_image *image = state;
    for (;;) {
        if (atomic_load(image->file->cancelled)) return CFS_ERROR_CANCELLED;
        if (!image->decoder) return 0;
        int code = avcodec_receive_frame(image->decoder, image->frame);
        if (code >= 0) return receive_picture(image, picture);
        if (code == AVERROR_EOF) return image->handed_out > 0 ? 0 : CFS_ERROR_BROKEN_IMAGE;
        if (code == AVERROR(EAGAIN)) code = feed(image);
        if (code < 0 && begins_again(image)) code = open_decoder(image);
        if (code < 0) return failure(image, code);
    }
}

static void close_image(void *state) {
    ffmpeg_image *image = state;
    if (!image) return;
    avcodec_free_context(&image->decoder);
    avformat_close_input(&image->format);
    cfs_io_close(&image->io);
    av_packet_free(&image->packet);
    av_frame_free(&image->frame);
    av_free(image);
}

static int open_image(const cfs_image_file *file, void **state) {
    ffmpeg_image *image = av_mallocz(sizeof *image);
    if (!image) return AVERROR(ENOMEM);
    image->file = file;
    image->packet = av_packet_alloc();
    image->frame = av_frame_alloc();
    int code = image->packet && image->frame ? 0 : AVERROR(ENOMEM);
    if (!code && file->kind->demuxer) code = open_container(image);
    if (!code) code = open_decoder(image);
    if (!code) *state = image;
    else close_image(image);
    return code;
}

const cfs_image_library cfs_image_by_ffmpeg = {open_image, next_picture, close_image};
