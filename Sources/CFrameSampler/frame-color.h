// What the colors of a decoded frame mean, also where it does not say. Whoever converts frames asks here.
#pragma once

#include "ffmpeg.h"

// The matrix of the planar pictures that are made for JPEG, which are full range (JFIF).
#define CFS_JPEG_MATRIX SWS_CS_ITU601

// Whether the transfer is PQ. A frame that names no transfer is SDR.
bool cfs_frame_is_pq(const AVFrame *frame);
// Whether it is PQ or HLG. The primaries of such a frame are taken to be BT.2020's.
bool cfs_frame_is_hdr(const AVFrame *frame);
// The matrix (SWS_CS_…) that a player takes: what the frame says, else BT.709 from 720 rows on and BT.601 below.
int cfs_frame_matrix(const AVFrame *frame);
// Gives a part of a frame (a field, some rows) the matrix of the whole frame, whatever its own height.
void cfs_frame_keep_matrix(AVFrame *part, const AVFrame *whole);
// Whether luma is 0…255 rather than 16…235. A frame that does not say is not, unless it is gray or its format is yuvj….
bool cfs_frame_is_full_range(const AVFrame *frame);
// The format without the range in its name (yuvj…), about which swscale warns. Other formats stay as they are.
enum AVPixelFormat cfs_format_without_range(enum AVPixelFormat format);

// How luma and chroma of one matrix and range become R, G and B.
typedef struct cfs_yuv {
    double kr, kg, kb;             // shares of R, G and B in luma
    double r_cr, g_cb, g_cr, b_cb; // what chroma (−½…½) adds to luma
    int black;                     // code value of black luma
    double luma, chroma;           // factors that stretch luma − black, and chroma − 128, to the full range
} cfs_yuv;

cfs_yuv cfs_yuv_of(int matrix, bool full_range);
