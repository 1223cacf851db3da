/* Several blocks of a bz2 file at once.
 *
 *     decode(data, spans) -> list of bytes or None          spans: [(first bit, bit after the last), ...] in data
 *
 * Most of the time that a bz2 decoder takes, it waits: undoing the Burrows-Wheeler transform follows a chain of some
 * 900,000 links through 3.6 MB, and each link says where the next one is. Here the chains of LANES blocks are followed
 * in turns, so that their waits overlap. A block that is not decoded exactly from its first to its last bit with the
 * checksum that it names is None, and so is a "randomised" one (bzip2 before 0.9.5): Python's bz2 then says why.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "_bz2_blocks.h"

#include <stdlib.h>
#include <string.h>

#define LANES 4

static uint32_t crc_table[8][256];

/* Follows the chains of all lanes in turns. */
static void follow(Lane *lanes, int count)
{
    uint32_t at[LANES], shared = MAX_BLOCK;
    int active = 0;
    Lane *of[LANES];
    for (int i = 0; i < count; i++)
        if (lanes[i].valid) {
            of[active] = &lanes[i];
            at[active++] = lanes[i].links[lanes[i].origin] >> 8;
            shared = lanes[i].size < shared ? lanes[i].size : shared;
        }
    uint32_t done = 0;
    if (active == LANES) {
        const uint32_t *a = of[0]->links, *b = of[1]->links, *c = of[2]->links, *d = of[3]->links;
        uint8_t *p = of[0]->bytes, *q = of[1]->bytes, *r = of[2]->bytes, *s = of[3]->bytes;
        uint32_t i = at[0], j = at[1], k = at[2], l = at[3];
        for (; done < shared; done++) {
            i = a[i]; p[done] = (uint8_t)i; i >>= 8;
            j = b[j]; q[done] = (uint8_t)j; j >>= 8;
            k = c[k]; r[done] = (uint8_t)k; k >>= 8;
            l = d[l]; s[done] = (uint8_t)l; l >>= 8;
        }
        at[0] = i; at[1] = j; at[2] = k; at[3] = l;
    } else if (active > 1) {
        for (; done < shared; done++)
            for (int lane = 0; lane < active; lane++) {
                uint32_t link = of[lane]->links[at[lane]];
                of[lane]->bytes[done] = (uint8_t)link;
                at[lane] = link >> 8;
            }
    }
    for (int lane = 0; lane < active; lane++) {
        const uint32_t *links = of[lane]->links;
        uint32_t i = at[lane];
        for (uint32_t n = done; n < of[lane]->size; n++) {
            i = links[i];
            of[lane]->bytes[n] = (uint8_t)i;
            i >>= 8;
        }
    }
}

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

/* Undoes the run lengths: four equal bytes are followed by the number of further ones. Returns a new object or NULL. */
static PyObject *expanded(const Lane *lane)
{
    const uint8_t *in = lane->bytes;
    size_t size = 0;
    uint32_t n = lane->size;
    int run = 0, last = -1;
    for (uint32_t i = 0; i < n; i++) { /* how many bytes come out */
        run = in[i] == last ? run + 1 : 1;
        last = in[i];
        size++;
        if (run == 4) {
            if (++i == n)
                Py_RETURN_NONE;
            size += in[i];
            last = -1;
        }
    }
    PyObject *result = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)size);
    if (!result)
        return NULL;
    uint8_t *out = (uint8_t *)PyBytes_AS_STRING(result), *start = out;
    last = -1;
    for (uint32_t i = 0; i < n; i++) {
        uint8_t byte = in[i];
        run = byte == last ? run + 1 : 1;
        last = *out++ = byte;
        if (run == 4) {
            uint8_t more = in[++i];
            memset(out, byte, more);
            out += more;
            last = -1;
        }
    }
    if (checksum_of(start, size) == lane->checksum)
        return result;
    Py_DECREF(result);
    Py_RETURN_NONE;
}

static int decode_some(const Py_buffer *data, PyObject *spans, Py_ssize_t first, int count, PyObject *result)
{
    int good = 0;
    Lane lanes[LANES] = {{0}};
    Code *codes = malloc(MAX_GROUPS * sizeof(Code));
    uint8_t *selectors = malloc(MAX_SELECTORS);
    size_t starts[LANES], ends[LANES];
    int memory = codes && selectors;
    for (int i = 0; i < count; i++) {
        unsigned long long start, end;
        if (!PyArg_ParseTuple(PyTuple_GET_ITEM(spans, first + i), "KK", &start, &end))
            goto done;
        if (start >= end || end > 8ULL * (unsigned long long)data->len) {
            PyErr_SetString(PyExc_ValueError, "a span is not inside the data");
            goto done;
        }
        starts[i] = (size_t)start;
        ends[i] = (size_t)end;
        lanes[i].links = malloc(MAX_BLOCK * sizeof(uint32_t));
        lanes[i].bytes = malloc(MAX_BLOCK);
        memory = memory && lanes[i].links && lanes[i].bytes;
    }
    if (!memory) {
        PyErr_NoMemory();
        goto done;
    }
    Py_BEGIN_ALLOW_THREADS
    for (int i = 0; i < count; i++) {
        Bits bits = {data->buf, (size_t)data->len, starts[i]};
        lanes[i].valid = xlmk_bz2_read_block(&lanes[i], &bits, ends[i], codes, selectors);
    }
    follow(lanes, count);
    Py_END_ALLOW_THREADS
    for (int i = 0; i < count; i++) {
        PyObject *block = lanes[i].valid ? expanded(&lanes[i]) : Py_NewRef(Py_None);
        if (!block || PyList_SetItem(result, first + i, block) < 0)
            goto done;
    }
    good = 1;
done:
    for (int i = 0; i < LANES; i++) {
        free(lanes[i].links);
        free(lanes[i].bytes);
    }
    free(codes);
    free(selectors);
    return good;
}

static PyObject *decode(PyObject *module, PyObject *args)
{
    Py_buffer data;
    PyObject *spans, *result;
    (void)module;
    if (!PyArg_ParseTuple(args, "y*O!", &data, &PyTuple_Type, &spans))
        return NULL;
    Py_ssize_t count = PyTuple_GET_SIZE(spans);
    result = PyList_New(count);
    for (Py_ssize_t first = 0; result && first < count; first += LANES) {
        int some = (int)(count - first < LANES ? count - first : LANES);
        if (!decode_some(&data, spans, first, some, result))
            Py_CLEAR(result);
    }
    PyBuffer_Release(&data);
    return result;
}

static PyMethodDef methods[] = {
    {"decode", decode, METH_VARARGS, "decode(data, spans): the bytes of each block, None where it is not one."},
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
    PyObject *module = PyModule_Create(&definition);
    if (module && PyModule_AddIntConstant(module, "LANES", LANES) < 0)
        Py_CLEAR(module);
    return module;
}
