/* crc32.c: the checksum of a file, CRC-32 as in zlib: eight bytes a step, or a nibble (64 bytes of table) with
 * EDSC_SMALL. Slicing: Kounavis and Berry, "A systematic approach to building high performance software-based CRC
 * generators", 2005. */
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
    while (size >= 8) {
        uint32_t low, high;
        memcpy(&low, data, 4);
        memcpy(&high, data + 4, 4);
        low ^= crc;
        crc = crc_slice[7][low & 255] ^ crc_slice[6][low >> 8 & 255] ^ crc_slice[5][low >> 16 & 255] ^
              crc_slice[4][low >> 24] ^ crc_slice[3][high & 255] ^ crc_slice[2][high >> 8 & 255] ^
              crc_slice[1][high >> 16 & 255] ^ crc_slice[0][high >> 24];
        data += 8;
        size -= 8;
    }
    while (size--)
        crc = crc >> 8 ^ crc_slice[0][(crc ^ *data++) & 255];
#endif
    return crc ^ 0xFFFFFFFFu;
}
