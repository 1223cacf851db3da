/* The bits of one bz2 block -> its bytes as the Burrows-Wheeler transform sorted them. Nothing of the input is trusted.
 *
 * A block: its magic, checksum, "randomised" flag and origin; which bytes it uses; two to six Huffman codes and which
 * of them each 50 symbols use; the symbols, which are runs of the most recent byte or places in the list of the recent
 * ones. See https://en.wikipedia.org/wiki/Bzip2#File_format.
 */
#include "_bz2_blocks.h"

#include <string.h>

#define GROUP_SIZE 50
#define BLOCK_MAGIC 0x314159265359ULL

static inline uint64_t word_at(const Bits *bits, size_t at) /* eight bytes, zero behind the end */
{
    uint64_t word = 0;
    if (bits->size >= 8 && at <= bits->size - 8) {
        const uint8_t *p = bits->data + at;
        return (uint64_t)p[0] << 56 | (uint64_t)p[1] << 48 | (uint64_t)p[2] << 40 | (uint64_t)p[3] << 32
               | (uint64_t)p[4] << 24 | (uint64_t)p[5] << 16 | (uint64_t)p[6] << 8 | p[7];
    }
    for (size_t i = at; i < at + 8; i++)
        word = word << 8 | (i < bits->size ? bits->data[i] : 0);
    return word;
}

static inline uint64_t peek(const Bits *bits)
{
    return word_at(bits, bits->bit >> 3) << (bits->bit & 7);
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

/* A code that is longer than LOOKUP_BITS, at the top of `word`: length << 16 | symbol, 0 where there is none. */
static uint32_t long_code(const Code *code, uint64_t word)
{
    for (int length = LOOKUP_BITS + 1; length <= MAX_LENGTH; length++) {
        int32_t value = (int32_t)(word >> (64 - length));
        if (value <= code->limit[length]) {
            int32_t place = value - code->base[length];
            return place >= 0 && place < code->count ? (uint32_t)length << 16 | code->symbols[place] : 0;
        }
    }
    return 0;
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

/* The most recent bytes, the last one first: sixteen in two numbers, the other ones in a list. */
typedef struct {
    uint64_t first, second;
    uint8_t rest[256];
} Recent;

/* The byte at a place, which moves to the front. In which of the numbers it stands nobody can foretell: both are made
 * anew, without a branch. */
static inline uint8_t recall(Recent *recent, int place)
{
    uint64_t first = recent->first, second = recent->second;
    uint8_t byte;
    if (place < 16) {
        int shift = 8 * (place & 7);
        uint64_t in_second = 0 - (uint64_t)(place >> 3), up_to = ~0ULL >> (56 - shift);
        uint64_t of_first = up_to | in_second, of_second = up_to & in_second; /* what moves */
        byte = (uint8_t)(((second & in_second) | (first & ~in_second)) >> shift);
        recent->second = (second & ~of_second) | ((second << 8 | first >> 56) & of_second);
        recent->first = (first & ~of_first) | (first << 8 & of_first) | byte;
        return byte;
    }
    byte = recent->rest[place - 16];
    memmove(recent->rest + 1, recent->rest, place - 16);
    recent->rest[0] = (uint8_t)(second >> 56);
    recent->second = second << 8 | first >> 56;
    recent->first = first << 8 | byte;
    return byte;
}

/* The symbols of a block, up to the last one -> block->runs. 0 where they are not a block's. */
static int read_symbols(Block *block, Bits *bits, size_t end, Recent *recent, int symbols, int selector_count)
{
    uint32_t weight = 1, *run = block->runs, *const most = block->runs + MAX_BLOCK;
    uint64_t word = 0; /* the next bits; `have` of them are there */
    size_t at = bits->bit >> 3;
    int have = 64 - (int)(bits->bit & 7), last = symbols - 1;
    word = word_at(bits, at) << (bits->bit & 7);
    at += 8;
    *run = (uint8_t)recent->first; /* of no bytes so far */
    for (int selector = 0; selector < selector_count; selector++) {
        const Code *code = &block->codes[block->selectors[selector]];
        if (8 * at - have > end)
            return 0;
        for (int left = GROUP_SIZE; left; left--) {
            if (have < 32) {
                word |= word_at(bits, at) >> have;
                at += (size_t)(63 - have) >> 3;
                have |= 56;
            }
            uint32_t symbol = code->lookup[word >> (64 - LOOKUP_BITS)], length = symbol & 31;
            symbol >>= 5;
            if (!length) {
                symbol = long_code(code, word);
                length = symbol >> 16;
                symbol &= 0xffff;
                if (!length)
                    return 0;
            }
            word <<= length;
            have -= (int)length;
            if ((int)symbol == last) {
                bits->bit = 8 * at - have;
                block->run_count = (uint32_t)(run + 1 - block->runs);
                return 1;
            }
            if (weight > MAX_BLOCK || run == most)
                return 0;
            /* Another byte, or a digit of the run's length (in base 2 with the digits 1 and 2): which of them comes
             * next nobody can foretell, so all is done for both, without a branch. */
            uint32_t is_byte = symbol > 1, if_byte = 0u - is_byte;
            uint8_t byte = recall(recent, (int)((symbol - 1) & if_byte)); /* place 0 changes nothing */
            run += is_byte;
            *run = ((1u << 8 | byte) & if_byte) | ((*run + (weight << (symbol & 1) << 8)) & ~if_byte);
            weight = (weight << 1 & ~if_byte) | is_byte;
        }
    }
    return 0;
}

/* Counts the bytes of all runs; 0 where they are more than a block has. */
static int count_runs(Block *block)
{
    uint64_t size = 0;
    memset(block->counts, 0, sizeof block->counts);
    for (uint32_t i = 0; i < block->run_count; i++) {
        uint32_t run = block->runs[i];
        block->counts[run & 255] += run >> 8;
        size += run >> 8;
    }
    block->size = (uint32_t)size;
    return size <= MAX_BLOCK;
}

int xlmk_bz2_read_block(Block *block, Bits *bits, size_t end)
{
    uint8_t used[272] = {0};
    Recent recent = {0};
    int selector_count, symbols;
    uint64_t magic = (uint64_t)take(bits, 24) << 24;
    magic |= take(bits, 24);
    block->checksum = take(bits, 32);
    if (magic != BLOCK_MAGIC || take(bits, 1))
        return 0;
    block->origin = take(bits, 24);
    symbols = read_tables(bits, used, block->codes, block->selectors, &selector_count);
    if (!symbols)
        return 0;
    for (int i = 7; i >= 0; i--) {
        recent.first = recent.first << 8 | used[i];
        recent.second = recent.second << 8 | used[8 + i];
    }
    memcpy(recent.rest, used + 16, 256);
    return read_symbols(block, bits, end, &recent, symbols, selector_count) && bits->bit == end && count_runs(block)
           && block->origin < block->size;
}
