#include "CSamplerBase.h"
#include "ffmpeg.h"

cfs_options cfs_options_default(void) {
    return (cfs_options){
        .input = "",
        .fd = -1,
        .stream = -1,
        .interval_ns = 1000000000,
        .open_deadline_ms = 15000,
        .read_deadline_ms = 15000,
        .max_pixels = 8192 * 8192,
        .max_duration_ns = 24LL * 3600 * 1000000000,
        .user_agent = "framesift",
    };
}

void cfs_error_text(int code, char *buffer, size_t size) {
    const char *own = NULL;
    switch (code) {
    case CFS_ERROR_CANCELLED: own = "cancelled"; break;
    case CFS_ERROR_DEADLINE: own = "no answer within the deadline"; break;
    case CFS_ERROR_NO_VIDEO: own = "there is no video in it"; break;
    case CFS_ERROR_COVER_ONLY: own = "the only picture in it is cover art"; break;
    case CFS_ERROR_NO_DECODER: own = "there is no decoder for its pictures"; break;
    case CFS_ERROR_TOO_MANY_PIXELS: own = "its pictures are larger than the limit"; break;
    case CFS_ERROR_EMPTY: own = "it is empty"; break;
    case CFS_ERROR_DIRECTORY: own = "it is a directory"; break;
    case CFS_ERROR_NO_PICTURE: own = "not one picture of it can be decoded"; break;
    case CFS_ERROR_NOT_AN_IMAGE: own = "it is not an image of a known format"; break;
    case CFS_ERROR_BROKEN_IMAGE: own = "the image is damaged or ends too early"; break;
    case CFS_ERROR_REFUSED_ADDRESS: own = "the address is not one of the public internet"; break;
    case CFS_ERROR_UNREACHABLE: own = "nothing could be had from the address"; break;
    case CFS_ERROR_REFUSED_FORMAT: own = "its container is not one that is read"; break;
    case CFS_ERROR_NO_STREAM: own = "it has no video stream of that number"; break;
    case CFS_ERROR_BUSY: own = "other pictures took all the memory there is for them"; break;
    case CFS_ERROR_TOO_MANY_PAGES: own = "it has more pages than are looked at"; break;
    case CFS_ERROR_NO_FONT: own = "a font that it does not bring along cannot be had"; break;
    case CFS_ERROR_MANY_ADDRESSES: own = "it takes more addresses at once than the limit"; break;
    case CFS_ERROR_MANY_BYTES: own = "more bytes come from its address than the limit"; break;
    case CFS_ERROR_LARGE_PACKET: own = "a picture in it takes more bytes than the limit"; break;
    case CFS_ERROR_CERTIFICATE: own = "its server's certificate is not one to trust"; break;
    case CFS_ERROR_STREAM_CHANGED: own = "its video goes on in another stream"; break;
    default: break;
    }
    if (own) av_strlcpy(buffer, own, size);
    else av_strerror(code, buffer, size);
}
