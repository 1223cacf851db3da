/* The bits of one bz2 block -> the links that undo its Burrows-Wheeler transform. Nothing of the input is trusted.
 *
 * A block: its magic, checksum, "randomised" flag and origin; which bytes it uses; two to six Huffman codes and which
 * of them each 50 symbols use; the symbols, which are runs of the most recent byte or places in the list of the recent
 * ones. See https://en.wikipedia.org/wiki/Bzip2#File_format.
 */
#include "_bz2_blocks.h"

#include <string.h>

#define GROUP_SIZE 50
#define BLOCK_MAGIC 0x314159265359ULL

static inline uint64_t peek(const Bits *bits)
{
    size_t at = bits->bit >> 3;
    uint64_t word = 0;
    if (at + 8 <= bits->size) {
        const uint8_t *p = bits->data + at;
        for (int i = 0; i < 8; i++)
            word = word << 8 | p[i];
    } else {
        for (int i = 0; i < 8; i++)
            word = word << 8 | (at + i < bits->size ? bits->data[at + i] : 0);
    }
    return word << (bits->bit & 7);
}

static inline uint32_t take(Bits *bits, int count) /* 1 to 32 */
{
    uint64_t word = peek(bits);
    bits->bit += count;
    return (uint32_t)(word >> (64 - count));
}

static int make_code(Code *code, const uint8_t *lengths, int count)
{
    int32_t next = 0, place = 0;
    memset(code->lookup, 0, sizeof code->lookup);
    for (int length = 1; length <= MAX_LENGTH; length++) {
        code->base[length] = next - place;
        for (int symbol = 0; symbol < count; symbol++) {
            if (lengths[symbol] != length)
                continue;
            if (next >> length)
                return 0; /* more codes than there are */
            if (length <= LOOKUP_BITS) {
                int first = next << (LOOKUP_BITS - length);
                for (int i = 0; i < 1 << (LOOKUP_BITS - length); i++)
                    code->lookup[first + i] = (uint16_t)(symbol << 5 | length);
            }
            code->symbols[place++] = (uint16_t)symbol;
            next++;
        }
        code->limit[length] = next - 1;
        next <<= 1;
    }
    code->count = place;
    return 1;
}

static inline int symbol_of(const Code *code, Bits *bits)
{
    uint64_t word = peek(bits);
    uint16_t found = code->lookup[word >> (64 - LOOKUP_BITS)];
    if (found) {
        bits->bit += found & 31;
        return found >> 5;
    }
    for (int length = LOOKUP_BITS + 1; length <= MAX_LENGTH; length++) {
        int32_t value = (int32_t)(word >> (64 - length));
        if (value <= code->limit[length]) {
            int32_t place = value - code->base[length];
            bits->bit += length;
            return place >= 0 && place < code->count ? code->symbols[place] : -1;
        }
    }
    return -1;
}

/* The tables in front of a block: returns the number of symbols, 0 where they are none. */
static int read_tables(Bits *bits, uint8_t *used, Code *codes, uint8_t *selectors, int *selector_count)
{
    int groups, in_use = 0, symbols;
    uint32_t map = take(bits, 16);
    for (int i = 0; i < 16; i++) {
        uint32_t part = map >> (15 - i) & 1 ? take(bits, 16) : 0;
        for (int j = 0; j < 16; j++)
            if (part >> (15 - j) & 1)
                used[in_use++] = (uint8_t)(16 * i + j);
    }
    groups = (int)take(bits, 3);
    *selector_count = (int)take(bits, 15);
    if (!in_use || groups < 2 || groups > MAX_GROUPS || !*selector_count)
        return 0;
    uint8_t order[MAX_GROUPS] = {0, 1, 2, 3, 4, 5};
    for (int i = 0; i < *selector_count; i++) {
        int rank = 0;
        while (take(bits, 1))
            if (++rank >= groups)
                return 0;
        uint8_t group = order[rank];
        memmove(order + 1, order, rank);
        selectors[i] = order[0] = group;
    }
    symbols = in_use + 2;
    for (int group = 0; group < groups; group++) {
        uint8_t lengths[MAX_SYMBOLS];
        int length = (int)take(bits, 5);
        for (int symbol = 0; symbol < symbols; symbol++) {
            for (;;) {
                if (length < 1 || length > MAX_LENGTH)
                    return 0;
                if (!take(bits, 1))
                    break;
                length += take(bits, 1) ? -1 : 1;
            }
            lengths[symbol] = (uint8_t)length;
        }
        if (!make_code(&codes[group], lengths, symbols))
            return 0;
    }
    return symbols;
}

int xlmk_bz2_read_block(Lane *lane, Bits *bits, size_t end, Code *codes, uint8_t *selectors)
{
    uint8_t recent[256];
    uint32_t counts[257] = {0}, size = 0, run = 0, weight = 1;
    int selector_count, symbol, symbols, left = 0, selector = 0;
    const Code *code = NULL;
    uint64_t magic = (uint64_t)take(bits, 24) << 24;
    magic |= take(bits, 24);
    lane->checksum = take(bits, 32);
    if (magic != BLOCK_MAGIC || take(bits, 1))
        return 0;
    lane->origin = take(bits, 24);
    symbols = read_tables(bits, recent, codes, selectors, &selector_count);
    if (!symbols)
        return 0;
    for (;;) {
        if (!left) {
            if (selector >= selector_count || bits->bit > end)
                return 0;
            code = &codes[selectors[selector++]];
            left = GROUP_SIZE;
        }
        left--;
        symbol = symbol_of(code, bits);
        if (symbol < 0)
            return 0;
        if (symbol < 2) { /* a digit of a run's length, in base 2 with the digits 1 and 2 */
            if (weight > MAX_BLOCK)
                return 0;
            run += weight << symbol;
            weight <<= 1;
            continue;
        }
        if (run) {
            if (run > MAX_BLOCK - size)
                return 0;
            memset(lane->bytes + size, recent[0], run);
            counts[recent[0] + 1] += run;
            size += run;
            run = 0;
            weight = 1;
        }
        if (symbol == symbols - 1)
            break;
        if (size >= MAX_BLOCK)
            return 0;
        uint8_t byte = recent[symbol - 1];
        if (symbol <= 16)
            for (int i = symbol - 1; i; i--)
                recent[i] = recent[i - 1];
        else
            memmove(recent + 1, recent, symbol - 1);
        recent[0] = lane->bytes[size++] = byte;
        counts[byte + 1]++;
    }
    if (bits->bit != end || lane->origin >= size)
        return 0;
    for (int i = 1; i < 257; i++)
        counts[i] += counts[i - 1];
    for (uint32_t i = 0; i < size; i++)
        lane->links[i] = lane->bytes[i];
    for (uint32_t i = 0; i < size; i++)
        lane->links[counts[lane->bytes[i]]++] |= i << 8;
    lane->size = size;
    return 1;
}
