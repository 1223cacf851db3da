/* What the parts of the bz2 decoder share. */
#ifndef XLMK_BZ2_BLOCKS_H
#define XLMK_BZ2_BLOCKS_H

#include <stddef.h>
#include <stdint.h>

#define MAX_BLOCK 900000
#define MAX_GROUPS 6
#define MAX_SYMBOLS 258
#define MAX_LENGTH 20
#define MAX_SELECTORS 32768
#define LOOKUP_BITS 10
#define LANES 16
#define LANE_BYTES (MAX_BLOCK + 464) /* not a multiple of a page: lanes would get into each other's way in the cache */

typedef struct {
    const uint8_t *data;
    size_t size, bit; /* bytes in data; the next bit */
} Bits;

typedef struct {
    uint16_t lookup[1 << LOOKUP_BITS]; /* symbol << 5 | length, 0 where the code is longer */
    int32_t limit[MAX_LENGTH + 2];     /* largest code of a length, -1 if there is none */
    int32_t base[MAX_LENGTH + 2];      /* code of a length minus this = place in symbols */
    uint16_t symbols[MAX_SYMBOLS];
    int count;
} Code;

/* A block, and the room to work on it: some 23 MB of which as many are touched as the block needs (about 9). */
typedef struct {
    uint32_t size, origin, checksum, run_count;
    uint32_t counts[256];           /* how often each byte is there */
    uint8_t bytes[MAX_BLOCK];       /* in their order, once the transform is undone */
    uint32_t runs[MAX_BLOCK + 1];   /* before that: a byte, and above it how often in a row; the first may be of none */
    uint32_t links[MAX_BLOCK + 1];
    uint8_t lanes[LANES * (size_t)LANE_BYTES];
    Code codes[MAX_GROUPS];
    uint8_t selectors[MAX_SELECTORS];
} Block;

/* The bits from bits->bit to exactly `end` -> block->runs; 0 where they are no block. */
int xlmk_bz2_read_block(Block *block, Bits *bits, size_t end);

/* Undoes the transform: block->runs -> block->bytes. */
void xlmk_bz2_unsort(Block *block);

#endif
