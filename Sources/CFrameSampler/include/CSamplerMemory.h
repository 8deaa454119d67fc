/// CSamplerMemory: memory for pictures that several processes share.
///
/// Why it exists: `cfs_limit_memory` bounds one process. Where decoding happens in several, each borrows from one that
/// knows how much all of them have. For C only; Swift has `csb_limit_memory`.
#pragma once

#include <stdbool.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

/// Who lends memory. Called on any thread, several at once.
typedef struct cfs_lender {
    /// Borrows memory for pictures of videos (`image` false) or images. May wait for as long as a picture may.
    /// @return bytes, from `least` to `wanted`; `CFS_ERROR_BUSY`, `CFS_ERROR_CANCELLED` or another error.
    int64_t (*borrow)(bool image, int64_t least, int64_t wanted);
    /// Gives back what was borrowed. Does not wait.
    void (*give_back)(bool image, int64_t bytes);
} cfs_lender;

/// From now on pictures are allocated in borrowed memory. Call it before anything is opened. @param lender Copied.
void cfs_set_lender(const cfs_lender *lender);

/// Gives back what is borrowed and not used: nothing will be decoded for some time.
void cfs_return_unused(void);

#pragma clang assume_nonnull end
