/* What the files of the scanner share: reading strings of any width, and the functions of the module. */
#ifndef XLMK_SCANNER_H
#define XLMK_SCANNER_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <string.h>

#if defined(__GNUC__) || defined(__clang__)
#define ALWAYS_INLINE static inline __attribute__((always_inline))
#else
#define ALWAYS_INLINE static inline
#endif

/* The character at `i`; the caller has seen that 0 <= i < length. */
#define READ(i) PyUnicode_READ(kind, data, (i))

/* Runs a statement with `data`, `length` and the constant KIND of a ready string, so that it is compiled for each. */
#define BY_KIND(string, statement)                                                                                     \
    do {                                                                                                               \
        const void *data = PyUnicode_DATA(string);                                                                     \
        Py_ssize_t length = PyUnicode_GET_LENGTH(string);                                                              \
        (void)data;                                                                                                    \
        (void)length;                                                                                                  \
        switch (PyUnicode_KIND(string)) {                                                                              \
        case PyUnicode_1BYTE_KIND: {                                                                                   \
            enum { KIND = PyUnicode_1BYTE_KIND };                                                                      \
            statement;                                                                                                 \
            break;                                                                                                     \
        }                                                                                                              \
        case PyUnicode_2BYTE_KIND: {                                                                                   \
            enum { KIND = PyUnicode_2BYTE_KIND };                                                                      \
            statement;                                                                                                 \
            break;                                                                                                     \
        }                                                                                                              \
        default: {                                                                                                     \
            enum { KIND = PyUnicode_4BYTE_KIND };                                                                      \
            statement;                                                                                                 \
        }                                                                                                              \
        }                                                                                                              \
    } while (0)

/* Where a character of ASCII stands next, at `i` or later; `length` if it does not. Bytes are sought: of wide characters
 * others may have that byte too, and where one has, the next ones are looked at one by one. */
ALWAYS_INLINE Py_ssize_t
next_char(int kind, const void *data, Py_ssize_t i, Py_ssize_t length, char wanted)
{
    while (i < length) {
        const char *found = memchr((const char *)data + i * kind, wanted, (size_t)((length - i) * kind));
        if (found == NULL)
            return length;
        i = (found - (const char *)data) / kind;
        Py_ssize_t stop = length - i < 64 ? length : i + 64;
        for (; i < stop; i++)
            if (READ(i) == (Py_UCS4)wanted)
                return i;
    }
    return length;
}

/* A tuple of objects that it takes over; NULL where one of them is NULL, an error. `Py_BuildValue` reads its format anew
 * each time, which takes as long as the search that it tells of. */
static inline PyObject *
tuple_of(Py_ssize_t count, PyObject **items)
{
    PyObject *tuple = PyTuple_New(count);
    int failed = tuple == NULL;
    for (Py_ssize_t i = 0; i < count; i++) {
        failed |= items[i] == NULL;
        if (tuple == NULL)
            Py_XDECREF(items[i]);
        else
            PyTuple_SET_ITEM(tuple, i, items[i]);
    }
    if (failed)
        Py_CLEAR(tuple);
    return tuple;
}

/* A text that is being written from parts of another one. */
typedef struct {
    char *text;
    size_t length, room; /* in bytes */
} TextParts;

/* Appends what stands from `start` to `end`, and a mark if it is not 0; -1 on an error. */
static inline int
write_part(TextParts *written, int kind, const void *data, Py_ssize_t start, Py_ssize_t end, char mark)
{
    size_t size = (size_t)(end - start) * (size_t)kind;
    if (written->room - written->length < size + (size_t)kind) {
        size_t room = 2 * written->room + size + 256;
        char *text = PyMem_Realloc(written->text, room);
        if (text == NULL) {
            PyErr_NoMemory();
            return -1;
        }
        written->text = text;
        written->room = room;
    }
    memcpy(written->text + written->length, (const char *)data + start * kind, size);
    written->length += size;
    if (mark) {
        PyUnicode_WRITE(kind, written->text + written->length, 0, (Py_UCS4)mark);
        written->length += (size_t)kind;
    }
    return 0;
}

PyObject *find_markup(PyObject *self, PyObject *const *args, Py_ssize_t count);
PyObject *split_markup(PyObject *self, PyObject *const *args, Py_ssize_t count);
PyObject *read_links(PyObject *self, PyObject *const *args, Py_ssize_t count);
PyObject *running_text(PyObject *self, PyObject *const *args, Py_ssize_t count);
PyObject *link_surfaces(PyObject *self, PyObject *passages);
PyObject *find_names(PyObject *self, PyObject *const *args, Py_ssize_t count);

extern PyTypeObject LinkReaderType;

#endif
