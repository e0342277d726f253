/* crc32.h: the checksum over a file's bytes. */
#ifndef EDSC_CRC32_H
#define EDSC_CRC32_H
#include <stddef.h>
#include <stdint.h>

uint32_t edsc_crc32(const uint8_t *data, size_t size);
#endif
