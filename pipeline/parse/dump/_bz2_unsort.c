/* Undoes the Burrows-Wheeler transform of a block.
 *
 * The bytes' order is a chain: links[i] holds a byte and the number of the link that comes next. Followed from its
 * origin it is 900,000 reads of which each must wait for the one before, at random in 3.6 MB; most of the time that a
 * bz2 decoder takes it waits for them. So some 500 links, evenly spread, are marked as starts of pieces of the chain,
 * LANES pieces are followed in turns, each to the next mark, so that the waits overlap, and then the pieces are put
 * together in order. Links are a permutation whatever the block holds: every piece ends at a mark, no link is in two
 * pieces. The chain of a block that repeats itself returns to its origin early, and is followed round again.
 */
#include "_bz2_blocks.h"

#include <string.h>

#define MARK 0x80000000u
#define PIECES 512
#define AT_ONCE 8

typedef struct {
    uint32_t start, size;
    const uint8_t *bytes;
    int next;
} Piece;

/* Equal bytes come in runs, most of them short: eight links are written at once, without asking how many are meant, and
 * the byte's next ones are written over those too many. Only where they might be another byte's they are counted. */
static void make_links(Block *block)
{
    uint32_t places[256], ends[256], place = 0, link = 0, *links = block->links;
    for (int byte = 0; byte < 256; byte++) {
        places[byte] = place;
        place += block->counts[byte];
        ends[byte] = place;
    }
    for (uint32_t i = 0; i < block->run_count; i++) {
        uint32_t byte = block->runs[i] & 255, size = block->runs[i] >> 8, to = places[byte];
        link = (link & ~255u) | byte;
        places[byte] = to + size;
        if (ends[byte] - to >= size + AT_ONCE) {
            uint32_t j = 0;
            do {
                for (uint32_t k = 0; k < AT_ONCE; k++)
                    links[to + j + k] = link + 256 * (j + k);
                j += AT_ONCE;
            } while (j < size);
        } else {
            for (uint32_t j = 0; j < size; j++)
                links[to + j] = link + 256 * j;
        }
        link += 256 * size;
    }
}

/* The pieces by their starts, ascending: evenly spread ones, and the origin. */
static int mark_pieces(Block *block, Piece *pieces)
{
    int count = 0;
    uint32_t step = block->size / PIECES + 1, origin = block->origin;
    for (uint32_t start = 0; start < block->size; start += step) {
        if (origin >= start && origin - start < step && origin != start) {
            pieces[count++].start = start;
            pieces[count++].start = origin;
        } else {
            pieces[count++].start = start;
        }
    }
    for (int i = 0; i < count; i++)
        block->links[pieces[i].start] |= MARK;
    return count;
}

static int piece_at(const Piece *pieces, int count, uint32_t start)
{
    int low = 0;
    while (count - low > 1) {
        int middle = (low + count) / 2;
        if (pieces[middle].start <= start)
            low = middle;
        else
            count = middle;
    }
    return low;
}

static void follow(Block *block, Piece *pieces, int count)
{
    uint32_t at[LANES], link[LANES], *links = block->links, none = block->size;
    int of[LANES] = {0}, begun = 0, active = 0;
    uint8_t *to = block->lanes;
    links[none] = none << 8; /* where lanes go that have nothing more to do */
    for (int lane = 0; lane < LANES; lane++) {
        at[lane] = none;
        link[lane] = links[none];
        if (begun < count) {
            of[lane] = begun;
            at[lane] = pieces[begun].start;
            link[lane] = links[at[lane]] & ~MARK;
            pieces[begun++].bytes = to + (size_t)lane * LANE_BYTES;
            active++;
        }
    }
    for (;;) {
        for (int lane = 0; lane < LANES; lane++) {
            to[(size_t)lane * LANE_BYTES] = (uint8_t)link[lane];
            at[lane] = link[lane] >> 8;
        }
        to++;
        uint32_t any = 0;
        for (int lane = 0; lane < LANES; lane++)
            any |= link[lane] = links[at[lane]];
        if (!(any & MARK))
            continue;
        for (int lane = 0; lane < LANES; lane++) {
            if (!(link[lane] & MARK))
                continue;
            uint8_t *end = to + (size_t)lane * LANE_BYTES;
            Piece *piece = &pieces[of[lane]];
            piece->size = (uint32_t)(end - piece->bytes);
            piece->next = piece_at(pieces, count, at[lane]);
            if (begun < count) {
                of[lane] = begun;
                at[lane] = pieces[begun].start;
                link[lane] = links[at[lane]] & ~MARK;
                pieces[begun++].bytes = end;
            } else if (--active) {
                at[lane] = none;
                link[lane] = links[none];
            } else {
                return;
            }
        }
    }
}

void xlmk_bz2_unsort(Block *block)
{
    Piece pieces[PIECES + 1];
    make_links(block);
    int count = mark_pieces(block, pieces), piece = piece_at(pieces, count, block->origin);
    follow(block, pieces, count);
    for (uint32_t done = 0; done < block->size; piece = pieces[piece].next) {
        uint32_t left = block->size - done, size = pieces[piece].size < left ? pieces[piece].size : left;
        memcpy(block->bytes + done, pieces[piece].bytes, size);
        done += size;
    }
}
