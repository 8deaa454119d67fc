/// CPicture: decoded pictures, and still images that are decoded from memory.
///
/// Why this shim exists: a decoded picture is an FFmpeg frame, which Swift does not see (see CSamplerBase.h), and what
/// it takes to show one as a viewer sees it (color, rotation, fields) is known only beside the frame.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// One decoded picture, reference counted (`cfs_picture_retain`, `cfs_picture_release`); threads may share it.
typedef struct cfs_picture cfs_picture;

/// How a picture looks to a viewer.
typedef struct cfs_picture_info {
    int32_t width, height;             ///< Upright and with square pixels: rotation and sample aspect ratio applied.
    int32_t coded_width, coded_height; ///< As in the file.
    int32_t rotation;                  ///< Degrees clockwise applied to get upright: 0, 90, 180, 270.
    bool interlaced;                   ///< Rendered from one field, the other interpolated.
    bool hdr;                          ///< PQ or HLG: tone-mapped to SDR when rendered.
    const char *pixel_format;          ///< As decoded, FFmpeg's name. Static.
} cfs_picture_info;

/// Layouts `cfs_picture_render` writes: 8 bits a component, rows from the top.
typedef enum cfs_layout {
    CFS_LAYOUT_RGB24 = 0, ///< 3 bytes a pixel: R, G, B; full range, sRGB-like.
    CFS_LAYOUT_GRAY8 = 1, ///< 1 byte a pixel: luma, full range.
} cfs_layout;

/// Adds a reference and returns the same picture.
cfs_picture *cfs_picture_retain(cfs_picture *picture);
/// Drops a reference; the last one frees the decoded picture. Accepts NULL.
void cfs_picture_release(cfs_picture *_Nullable picture);
/// Pictures alive in the whole process; for tests that count leaks.
int64_t cfs_picture_live_count(void);

/// Describes the picture.
cfs_picture_info cfs_picture_describe(const cfs_picture *picture);

/// Scales (bilinear with antialiasing), converts and turns the picture upright into `pixels`, on white where it is
/// transparent.
/// @param width,height Size wanted, pixels; any aspect ratio, both at least 1.
/// @param pixels `height` rows of `width` pixels without padding, owned by the caller.
/// @return 0 or an error.
int cfs_picture_render(const cfs_picture *picture, cfs_layout layout, int32_t width, int32_t height, uint8_t *pixels);

/// Encodes the upright picture as a baseline JPEG, 4:2:0, on white where it is transparent.
/// @param max_side Longest side, pixels; smaller pictures are not enlarged; 0 = as it is.
/// @param quality 1…100, libjpeg's scale.
/// @param data Receives a buffer to give back with `cfs_jpeg_free`; NULL on error.
/// @return 0 or an error.
int cfs_picture_jpeg(const cfs_picture *picture, int32_t max_side, int quality, uint8_t *_Nullable *_Nonnull data,
                     size_t *size);

/// Encodes RGB24 pixels (rows without padding, from the top) as a baseline JPEG, 4:2:0. For pictures made of pictures.
/// @param width,height Pixels, 1…65500.
/// @param quality 1…100, libjpeg's scale.
/// @param data Receives a buffer to give back with `cfs_jpeg_free`; NULL on error.
/// @return 0 or an error.
int cfs_jpeg_encode(const uint8_t *rgb, int32_t width, int32_t height, int quality, uint8_t *_Nullable *_Nonnull data,
                    size_t *size);

/// Frees what `cfs_picture_jpeg` and `cfs_jpeg_encode` gave. Accepts NULL.
void cfs_jpeg_free(uint8_t *_Nullable data);

/// Compresses RGB24 pixels as JPEG (4:2:0, accurate DCT) and decompresses them over themselves.
/// Exists because open_nsfw's reference judges what a JPEG left of the picture.
/// @return 0 or an error.
int cfs_jpeg_round_trip(uint8_t *rgb, int32_t width, int32_t height, int quality);

/// Bytes that `cfs_picture_copy_decoded` needs.
int64_t cfs_picture_decoded_size(const cfs_picture *picture);
/// Copies the picture as decoded, plane after plane without padding (FFmpeg's rawvideo), for bit-exact comparison.
/// @return bytes written, or an error.
int64_t cfs_picture_copy_decoded(const cfs_picture *picture, uint8_t *bytes, int64_t capacity);

// MARK: Images in memory

/// The most pages of a PDF or a TIFF that are handed out.
enum { CFS_MOST_PAGES = 50 };

/// A still image or an animation held in memory, decoded picture by picture on the caller's thread.
typedef struct cfs_image cfs_image;

/// Loads what the decoders of images read besides the image: the list of fonts, and the time zone. Once it has returned,
/// `cfs_image_open` and `cfs_image_next` open no file and no library, and start no thread and no program; for a process
/// that may not, call it before the process is confined. Without access to files, text of a PDF in a font that it does
/// not embed is `CFS_ERROR_NO_FONT`. Any thread, repeatedly; takes some ten milliseconds the first time.
void cfs_image_prepare(void);

/// Whether an image of these first bytes is a document, whose fonts may lie in files.
bool cfs_image_is_document(const void *bytes, size_t size);

/// Opens an image by what its content says: JPEG, PNG (also animated), GIF, BMP, WEBP (also animated), TIFF, ICO, HEIC,
/// AVIF, a camera's raw file, or PDF. Pages of TIFFs and PDFs are pictures. Exists beside the sampler because one picture
/// needs no plan, no threads and no file.
/// @param bytes Copied.
/// @param max_pixels Width × height of a picture; more is `CFS_ERROR_TOO_MANY_PIXELS`, before it is allocated.
/// @param wanted_side The longest side, pixels, that anybody will ask a picture for. Where the format can (JPEG, raw), a
/// picture that is much larger is decoded at a half, a quarter or an eighth of its size: its longer side stays at least
/// twice that, and its shorter one at least that. 0: never.
/// @param image Owned by the caller (`cfs_image_close`); NULL on error.
/// @return 0, `CFS_ERROR_NOT_AN_IMAGE`, `CFS_ERROR_BROKEN_IMAGE`, `CFS_ERROR_NO_DECODER` (also for a PDF with a
/// password) or another error.
int cfs_image_open(const uint8_t *bytes, size_t size, int64_t max_pixels, int32_t wanted_side,
                   cfs_image *_Nullable *_Nonnull image);

/// "jpeg", "png", "gif", "bmp", "webp", "tiff", "ico", "heic", "avif", "raw" or "pdf". Static.
const char *cfs_image_format(const cfs_image *image);

/// Decodes the next picture. Errors in it are errors: half an image is not judged. Pictures come in the order in which
/// they are shown, of an animation each as it is put together from those before it; of a HEIC or AVIF that holds several,
/// the primary one first; of a raw file what the sensor saw, then the camera's preview.
/// @param picture Owned by the caller (`cfs_picture_release`); NULL unless 1 is returned.
/// @return 1 with a picture, 0 at the end, or an error: `CFS_ERROR_TOO_MANY_PAGES` after page `CFS_MOST_PAGES` of a
/// document that has more.
int cfs_image_next(cfs_image *image, cfs_picture *_Nullable *_Nonnull picture);

/// Makes `cfs_image_next` end with `CFS_ERROR_CANCELLED`: at once where it waits for memory, else after the picture it
/// decodes, which cannot be interrupted. Any thread, any time before close, repeatedly.
void cfs_image_cancel(cfs_image *image);

/// Frees the image. Pictures handed out stay valid. Accepts NULL.
void cfs_image_close(cfs_image *_Nullable image);

#pragma clang assume_nonnull end
