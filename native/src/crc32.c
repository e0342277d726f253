/* crc32.c: the checksum of a file, CRC-32 as in zlib: four bytes a step by tables made on the stack (in about 2
 * microseconds; as constants they would be 4 KB that no compression makes smaller), or a nibble with EDSC_SMALL.
 * Slicing: Kounavis and Berry, "A systematic approach to building high performance software-based CRC generators",
 * 2005. */
#include "hot.h"

#include "crc32.h"

#include <string.h>

#include "gen/crc_tables.h"

/* A byte more. */
static inline uint32_t by_nibbles(uint32_t crc) {
    crc = crc >> 4 ^ crc_nibble[crc & 15];
    return crc >> 4 ^ crc_nibble[crc & 15];
}

uint32_t edsc_crc32(const uint8_t *data, size_t size) {
    uint32_t crc = 0xFFFFFFFFu;
#ifndef EDSC_SMALL
    uint32_t slice[4][256];
    for (uint32_t i = 0; i < 256; i++)
        slice[0][i] = by_nibbles(i);
    for (unsigned k = 1; k < 4; k++)
        for (unsigned i = 0; i < 256; i++)
            slice[k][i] = slice[k - 1][i] >> 8 ^ slice[0][slice[k - 1][i] & 255];
    for (; size >= 4; size -= 4, data += 4) {
        uint32_t word;
        memcpy(&word, data, 4);
        word ^= crc;
        crc = slice[3][word & 255] ^ slice[2][word >> 8 & 255] ^ slice[1][word >> 16 & 255] ^ slice[0][word >> 24];
    }
#endif
    while (size--)
        crc = by_nibbles(crc ^ *data++);
    return crc ^ 0xFFFFFFFFu;
}
