/* One block of a bz2 file.
 *
 *     decode(data, start, end) -> bytes or None         start, end: its first bit, and the bit after its last one
 *
 * What is not a block exactly from its first to its last bit with the checksum that it names is None, and so is a
 * "randomised" one (bzip2 before 0.9.5): Python's bz2 is then asked.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "_bz2_blocks.h"

#include <stdlib.h>
#include <string.h>

static uint32_t crc_table[8][256];
static Block *spare; /* of the last call: to touch new memory for each block costs a tenth of the whole. Under the GIL */

static uint32_t checksum_of(const uint8_t *p, size_t size)
{
    uint32_t crc = 0xffffffff;
    for (; size >= 8; size -= 8, p += 8) {
        crc ^= (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
        crc = crc_table[7][crc >> 24] ^ crc_table[6][crc >> 16 & 255] ^ crc_table[5][crc >> 8 & 255]
              ^ crc_table[4][crc & 255] ^ crc_table[3][p[4]] ^ crc_table[2][p[5]] ^ crc_table[1][p[6]]
              ^ crc_table[0][p[7]];
    }
    while (size--)
        crc = crc << 8 ^ crc_table[0][crc >> 24 ^ *p++];
    return ~crc;
}

/* Where four equal bytes begin, at `at` or later; `size` where nowhere. */
static uint32_t next_run(const uint8_t *bytes, uint32_t at, uint32_t size)
{
    const uint64_t low = 0x7f7f7f7f7f7f7f7fULL;
    for (; at + 9 <= size; at += 6) { /* eight pairs of neighbours: three equal ones in a row begin in the first six */
        uint64_t one, other, equal;
        memcpy(&one, bytes + at, 8);
        memcpy(&other, bytes + at + 1, 8);
        one ^= other;
        equal = ~(((one & low) + low) | one | low); /* the high bit of each byte that is 0 */
        if (equal & equal << 8 & equal << 16)
            break;
    }
    for (; at + 4 <= size; at++)
        if (bytes[at] == bytes[at + 1] && bytes[at] == bytes[at + 2] && bytes[at] == bytes[at + 3])
            return at;
    return size;
}

/* Undoes the run lengths: four equal bytes are followed by the number of further ones. `out` may be NULL.
 * Returns the number of bytes that come out; -1 where a run has no number. */
static Py_ssize_t expand(const uint8_t *in, uint32_t size, uint8_t *out)
{
    Py_ssize_t made = 0;
    for (uint32_t at = 0; at < size;) {
        uint32_t run = next_run(in, at, size), end = run < size ? run + 4 : size;
        if (out)
            memcpy(out + made, in + at, end - at);
        made += end - at;
        at = end;
        if (run == size)
            break;
        if (at == size)
            return -1;
        if (out)
            memset(out + made, in[run], in[at]);
        made += in[at++];
    }
    return made;
}

static PyObject *decoded(Block *block, const Py_buffer *data, size_t start, size_t end)
{
    int valid;
    Py_ssize_t size = -1;
    Py_BEGIN_ALLOW_THREADS
    Bits bits = {data->buf, (size_t)data->len, start};
    valid = xlmk_bz2_read_block(block, &bits, end);
    if (valid) {
        xlmk_bz2_unsort(block);
        size = expand(block->bytes, block->size, NULL);
    }
    Py_END_ALLOW_THREADS
    if (size < 0)
        Py_RETURN_NONE;
    PyObject *result = PyBytes_FromStringAndSize(NULL, size);
    if (!result)
        return NULL;
    uint8_t *out = (uint8_t *)PyBytes_AS_STRING(result);
    Py_BEGIN_ALLOW_THREADS
    expand(block->bytes, block->size, out);
    valid = checksum_of(out, (size_t)size) == block->checksum;
    Py_END_ALLOW_THREADS
    if (valid)
        return result;
    Py_DECREF(result);
    Py_RETURN_NONE;
}

static PyObject *decode(PyObject *module, PyObject *args)
{
    Py_buffer data;
    PyObject *result = NULL;
    unsigned long long start, end;
    (void)module;
    if (!PyArg_ParseTuple(args, "y*KK", &data, &start, &end))
        return NULL;
    Block *block = spare;
    spare = NULL;
    if (!block)
        block = malloc(sizeof *block);
    if (start >= end || end > 8ULL * (unsigned long long)data.len)
        PyErr_SetString(PyExc_ValueError, "the block is not inside the data");
    else if (!block)
        PyErr_NoMemory();
    else
        result = decoded(block, &data, (size_t)start, (size_t)end);
    PyBuffer_Release(&data);
    free(spare);
    spare = block;
    return result;
}

static PyMethodDef methods[] = {
    {"decode", decode, METH_VARARGS, "decode(data, start, end): the bytes of a block, None where it is none."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "_bz2_blocks", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__bz2_blocks(void)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i << 24;
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 0x80000000 ? crc << 1 ^ 0x04c11db7 : crc << 1;
        crc_table[0][i] = crc;
    }
    for (int table = 1; table < 8; table++)
        for (int i = 0; i < 256; i++)
            crc_table[table][i] = crc_table[table - 1][i] << 8 ^ crc_table[0][crc_table[table - 1][i] >> 24];
    PyObject *made = PyModule_Create(&definition);
    if (made != NULL && PyModule_AddStringConstant(made, "XLMK_SOURCES", XLMK_SOURCES) < 0)
        Py_CLEAR(made);
    return made;
}
