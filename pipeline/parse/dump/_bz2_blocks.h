/* What the two halves of the bz2 decoder share. */
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

typedef struct {
    uint32_t *links;   /* MAX_BLOCK: byte | next << 8 */
    uint8_t *bytes;    /* MAX_BLOCK: before, then after the transform is undone */
    uint32_t size, origin, checksum;
    int valid;
} Lane;

/* The bits from bits->bit to exactly `end` -> lane->links, ready to be followed; 0 where they are no block. `codes`
 * (MAX_GROUPS) and `selectors` (MAX_SELECTORS) are room to work in. */
int xlmk_bz2_read_block(Lane *lane, Bits *bits, size_t end, Code *codes, uint8_t *selectors);

#endif
