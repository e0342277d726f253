/* crc32.c: the checksum of a file, CRC-32 as in zlib: four bytes a step, or a nibble (64 bytes of table) with
 * EDSC_SMALL. Slicing: Kounavis and Berry, "A systematic approach to building high performance software-based CRC
 * generators", 2005. */
#include "hot.h"

#include "crc32.h"

#include <string.h>

#include "gen/crc_tables.h"

uint32_t edsc_crc32(const uint8_t *data, size_t size) {
    uint32_t crc = 0xFFFFFFFFu;
#ifdef EDSC_SMALL
    for (size_t i = 0; i < size; i++) {
        crc ^= data[i];
        crc = crc >> 4 ^ crc_nibble[crc & 15];
        crc = crc >> 4 ^ crc_nibble[crc & 15];
    }
#else
    while (size >= 4) {
        uint32_t word;
        memcpy(&word, data, 4);
        word ^= crc;
        crc = crc_slice[3][word & 255] ^ crc_slice[2][word >> 8 & 255] ^ crc_slice[1][word >> 16 & 255] ^
              crc_slice[0][word >> 24];
        data += 4;
        size -= 4;
    }
    while (size--)
        crc = crc >> 8 ^ crc_slice[0][(crc ^ *data++) & 255];
#endif
    return crc ^ 0xFFFFFFFFu;
}
