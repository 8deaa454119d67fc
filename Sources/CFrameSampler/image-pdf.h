// PDF, by Poppler and Cairo: each page is a picture.
#pragma once

#include "image-library.h"

// Makes a PDF one that is not made for the web, in place: such a one states its number of pages in a second place, which
// Poppler believes, and other viewers do not.
void cfs_pdf_count_anew(uint8_t *bytes, size_t size);

// Loads what drawing needs besides the document: the list of fonts, and what is made once.
void cfs_pdf_prepare(void);

extern const cfs_image_library cfs_image_by_pdf;
