#include "tiff.h"

#include <assert.h>

#include "ffmpeg.h"

// A hostile file may have directories without end.
enum { most_directories = 64, most_chained = 1024, entry_bytes = 12 };

enum {
    subfile_type = 254,
    compression = 259,
    photometric = 262,
    orientation = 274,
    sub_directories = 330,
    extra_samples = 338,
    sample_format = 339
};
enum { dng_version = 50706 };
enum { type_short = 3 };
enum { color_filter_array = 32803, linear_raw = 34892 };

typedef struct reader {
    const uint8_t *bytes;
    size_t size;
    bool big_endian;
    uint32_t waiting[most_directories]; // where directories lie
    int found, looked_at;
} reader;

static uint32_t number(const reader *from, uint64_t place, int length) {
    if (place + (uint64_t)length > from->size) return 0;
    const uint8_t *at = from->bytes + place;
    if (length == 2) return from->big_endian ? AV_RB16(at) : AV_RL16(at);
    return from->big_endian ? AV_RB32(at) : AV_RL32(at);
}

static void add(reader *to, uint32_t place) {
    if (place > 0 && to->found < most_directories) to->waiting[to->found++] = place;
}

// Where the values of an entry lie, which are in it where they fit.
static uint64_t values_of(const reader *from, uint64_t entry, int length) {
    return (uint64_t)number(from, entry + 4, 4) * (uint64_t)length <= 4 ? entry + 8 : number(from, entry + 8, 4);
}

// The directories that an entry names.
static void add_all(reader *to, uint64_t entry) {
    uint64_t list = values_of(to, entry, 4);
    uint32_t count = FFMIN(number(to, entry + 4, 4), most_directories);
    for (uint32_t i = 0; i < count; i++) add(to, number(to, list + 4ULL * i, 4));
}

// TIFF 6.0 section 2: tag, type, count, and the value or where it is.
static bool is_of_sensor(const reader *from, uint64_t entry) {
    if (number(from, entry, 2) != photometric) return false;
    uint32_t value = number(from, entry + 8, number(from, entry + 2, 2) == type_short ? 2 : 4);
    return value == color_filter_array || value == linear_raw;
}

static bool is_jpeg(const reader *from, uint64_t entry) {
    enum { old_jpeg = 6, jpeg = 7 };
    uint32_t value = number(from, entry + 8, 2);
    return value == old_jpeg || value == jpeg;
}

static bool tells_raw(reader *from, uint64_t entry) {
    uint32_t tag = number(from, entry, 2);
    if (tag == sub_directories) add_all(from, entry);
    return tag == dng_version || is_of_sensor(from, entry);
}

static reader reader_of(const uint8_t *bytes, size_t size) {
    reader made = {.bytes = bytes, .size = size, .big_endian = size > 0 && bytes[0] == 'M'};
    add(&made, number(&made, 4, 4));
    return made;
}

bool cfs_tiff_is_raw(const uint8_t *bytes, size_t size) {
    if (size >= 12 && memcmp(bytes + 8, "CR\2\0", 4) == 0) return true;
    reader from = reader_of(bytes, size);
    while (from.looked_at < from.found) {
        uint64_t at = from.waiting[from.looked_at++];
        uint32_t count = number(&from, at, 2);
        for (uint32_t i = 0; i < count && at + 2 + entry_bytes * (i + 1ULL) <= size; i++)
            if (tells_raw(&from, at + 2 + entry_bytes * (uint64_t)i)) return true;
        add(&from, number(&from, at + 2 + entry_bytes * (uint64_t)count, 4));
    }
    return false;
}

// Whether a piece of data that one entry places and another measures lies beyond the end.
static bool goes_beyond(const reader *from, uint64_t places, uint64_t lengths) {
    if (places == 0 || lengths == 0) return false;
    int place_bytes = number(from, places + 2, 2) == type_short ? 2 : 4;
    int length_bytes = number(from, lengths + 2, 2) == type_short ? 2 : 4;
    uint32_t count = FFMIN(number(from, places + 4, 4), number(from, lengths + 4, 4));
    uint64_t place = values_of(from, places, place_bytes), length = values_of(from, lengths, length_bytes);
    for (uint64_t i = 0; i < count; i++) {
        uint64_t at = place + i * (uint64_t)place_bytes, measured = length + i * (uint64_t)length_bytes;
        if (at + (uint64_t)place_bytes > from->size || measured + (uint64_t)length_bytes > from->size) return true;
        if ((uint64_t)number(from, at, place_bytes) + number(from, measured, length_bytes) > from->size) return true;
    }
    return false;
}

static uint64_t entry_of(const reader *from, uint64_t directory, uint32_t tag) {
    uint32_t count = number(from, directory, 2);
    for (uint32_t i = 0; i < count && directory + 2 + entry_bytes * (i + 1ULL) <= from->size; i++) {
        uint64_t entry = directory + 2 + entry_bytes * (uint64_t)i;
        if (number(from, entry, 2) == tag) return entry;
    }
    return 0;
}

bool cfs_tiff_ends_early(const uint8_t *bytes, size_t size) {
    static const uint32_t pieces[][2] = {{273, 279}, {324, 325}, {513, 514}}; // strips, tiles, a JPEG
    reader from = reader_of(bytes, size);
    while (from.looked_at < from.found) {
        uint64_t at = from.waiting[from.looked_at++];
        uint32_t count = number(&from, at, 2);
        uint64_t end = at + 2 + entry_bytes * (uint64_t)count;
        if (end > size) continue; // cameras leave such numbers where a chain ends
        for (size_t i = 0; i < FF_ARRAY_ELEMS(pieces); i++)
            if (goes_beyond(&from, entry_of(&from, at, pieces[i][0]), entry_of(&from, at, pieces[i][1]))) return true;
        uint64_t below = entry_of(&from, at, sub_directories);
        if (below) add_all(&from, below);
        add(&from, number(&from, end, 4));
    }
    return false;
}

bool cfs_tiff_begins_with_picture(const uint8_t *bytes, size_t size) {
    reader from = reader_of(bytes, size);
    uint64_t light = entry_of(&from, from.waiting[0], photometric);
    uint64_t packed = entry_of(&from, from.waiting[0], compression);
    return !(light && is_of_sensor(&from, light)) && !(packed && is_jpeg(&from, packed));
}

// MARK: Pages

// The first value of an entry of short numbers; 0 where there is no such entry.
static uint32_t short_of(const reader *from, uint64_t directory, uint32_t tag) {
    uint64_t entry = entry_of(from, directory, tag);
    return entry ? number(from, values_of(from, entry, 2), 2) : 0;
}

// TIFF 6.0, section 18.
cfs_tiff_alpha cfs_tiff_alpha_of(const uint8_t *bytes, size_t size, uint32_t page) {
    enum { associated = 1, unassociated = 2 };
    reader from = reader_of(bytes, size);
    uint32_t first = short_of(&from, page, extra_samples);
    return first == associated  ? cfs_tiff_premultiplied_alpha
        : first == unassociated ? cfs_tiff_straight_alpha
                                : cfs_tiff_no_alpha;
}

uint32_t cfs_tiff_orientation(const uint8_t *bytes, size_t size, uint32_t page) {
    reader from = reader_of(bytes, size);
    return short_of(&from, page, orientation);
}

static bool is_reduced(const reader *from, uint64_t directory) {
    enum { reduced = 1 };
    uint64_t entry = entry_of(from, directory, subfile_type);
    return entry && number(from, entry + 8, 4) & reduced;
}

static bool is_among(const uint32_t *pages, int count, uint32_t page) {
    for (int i = 0; i < count; i++)
        if (pages[i] == page) return true;
    return false;
}

int cfs_tiff_pages(const uint8_t *bytes, size_t size, uint32_t *pages, int most) {
    reader from = reader_of(bytes, size);
    int count = 0;
    uint32_t at = from.waiting[0];
    for (int i = 0; i < most_chained && at > 0 && count < most; i++) {
        uint64_t end = at + 2ULL + entry_bytes * (uint64_t)number(&from, at, 2);
        if (end > size) return -1;
        if (is_among(pages, count, at)) break;
        if (count == 0 || !is_reduced(&from, at)) pages[count++] = at;
        at = number(&from, end, 4);
    }
    return count;
}

// FFmpeg knows tiles in raw files only, and makes gray of what is packed as JPEG.
static bool is_decodable(const reader *from, uint64_t directory) {
    enum { tile_width = 322, not_packed = 1 };
    // CCITT's three, LZW, Deflate's two numbers, PackBits, LZMA.
    static const uint16_t known[] = {not_packed, 2, 3, 4, 5, 8, 32946, 32773, 34925};
    if (entry_of(from, directory, tile_width)) return false;
    uint32_t packing = short_of(from, directory, compression);
    for (size_t i = 0; i < FF_ARRAY_ELEMS(known); i++)
        if (packing == known[i] || packing == 0) return true;
    return false;
}

static void put(const reader *from, uint8_t *at, uint32_t value, int length) {
    if (length == 2) from->big_endian ? AV_WB16(at, value) : AV_WL16(at, value);
    else from->big_endian ? AV_WB32(at, value) : AV_WL32(at, value);
}

bool cfs_tiff_turn_to(uint8_t *bytes, size_t size, uint32_t page) {
    // Size, components, compression, colors, bits, strips, order, fax, predictor, palette, chroma, ICC profile.
    static const uint16_t needed[] = {
        256, 257, 258, 259, 262, 266, 273, 277, 278, 279, 284, 292, 293, 317, 320, 530, 532, 34675};
    enum { whole_numbers = 1, undefined = 4 };
    static_assert(2 + entry_bytes * FF_ARRAY_ELEMS(needed) + 4 <= CFS_TIFF_ROOM, "a directory fits");
    reader from = reader_of(bytes, size);
    uint32_t samples = short_of(&from, page, sample_format), count = 0;
    if (samples != 0 && samples != whole_numbers && samples != undefined) return false;
    if (!is_decodable(&from, page)) return false;
    uint8_t *made = bytes + size;
    memset(made, 0, CFS_TIFF_ROOM);
    for (size_t i = 0; i < FF_ARRAY_ELEMS(needed); i++) {
        // Of several of the same tag the first counts, as for libtiff.
        uint64_t entry = entry_of(&from, page, needed[i]);
        if (entry) memcpy(made + 2 + entry_bytes * (size_t)count++, bytes + entry, entry_bytes);
    }
    put(&from, made, count, 2);
    put(&from, bytes + 4, (uint32_t)size, 4);
    return true;
}
