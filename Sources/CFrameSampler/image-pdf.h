// PDF, by Poppler and Cairo: each page is a picture.
#pragma once

#include "image-library.h"

// Loads what drawing needs besides the document: the list of fonts, and what is made once.
void cfs_pdf_prepare(void);

extern const cfs_image_library cfs_image_by_pdf;
