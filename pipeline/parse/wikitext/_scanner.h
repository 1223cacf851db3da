/* What the files of the scanner share: reading strings of any width, and the functions of the module. */
#ifndef XLMK_SCANNER_H
#define XLMK_SCANNER_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

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

PyObject *find_markup(PyObject *self, PyObject *const *args, Py_ssize_t count);
PyObject *mark_links(PyObject *self, PyObject *const *args, Py_ssize_t count);
PyObject *running_text(PyObject *self, PyObject *const *args, Py_ssize_t count);
PyObject *find_names(PyObject *self, PyObject *const *args, Py_ssize_t count);

#endif
