/* Rows -> the buffers of Arrow's columns (https://arrow.apache.org/docs/format/Columnar.html).
 *
 *     builder = Builder("[s]sl")          a list of strings, a string, an int64; twin: columns.PythonColumns
 *     builder.extend([(("a",), "b", 1)])
 *     builder.finish()                    for each column (length, nulls, (buffer, ...), (child, ...)); empty again
 *
 * Layouts: i int32, l int64, s string, ? before one of these: it may be None; [x] a list of x, {xyz} a struct.
 * A list is a tuple or list of Python, a struct a tuple. What does not fit its column is an error, after which the
 * builder, which then holds half a row, takes and gives nothing more.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdint.h>
#include <string.h>

#define FIRST_BYTES 256
#define MAX_DEPTH 8

typedef struct {
    PyObject *bytes; /* NULL before the first byte; it is longer than what is used of it */
    Py_ssize_t used;
} Buffer;

typedef struct Column {
    char kind;
    int nullable, count;
    Py_ssize_t length, nulls;
    Buffer validity, offsets, data;
    struct Column *children;
} Column;

typedef struct {
    PyObject_HEAD
    Column row; /* a struct of all columns */
    int broken;
} Builder;

/* Room for `size` more bytes; NULL on an error. */
static inline char *
room(Buffer *buffer, Py_ssize_t size)
{
    Py_ssize_t have = buffer->bytes ? PyBytes_GET_SIZE(buffer->bytes) : 0;
    if (!buffer->bytes || have - buffer->used < size) {
        if (size > PY_SSIZE_T_MAX / 4 || buffer->used > PY_SSIZE_T_MAX / 4)
            return (char *)PyErr_NoMemory();
        Py_ssize_t wanted = 2 * (buffer->used + size) + FIRST_BYTES;
        if (!buffer->bytes)
            buffer->bytes = PyBytes_FromStringAndSize(NULL, wanted);
        else if (_PyBytes_Resize(&buffer->bytes, wanted) < 0)
            buffer->used = 0;
        if (!buffer->bytes)
            return NULL;
    }
    return PyBytes_AS_STRING(buffer->bytes) + buffer->used;
}

static inline int
put(Buffer *buffer, const void *value, Py_ssize_t size)
{
    char *to = room(buffer, size);
    if (!to)
        return -1;
    memcpy(to, value, (size_t)size);
    buffer->used += size;
    return 0;
}

static int
put_offset(Buffer *offsets, Py_ssize_t at)
{
    int32_t offset = (int32_t)at;
    if (at > INT32_MAX) {
        PyErr_SetString(PyExc_OverflowError, "more than 2 GiB in one column");
        return -1;
    }
    return put(offsets, &offset, sizeof offset);
}

/* Puts a string as UTF-8; -1 on an error, which a lone surrogate is. */
static int
put_text(Buffer *buffer, PyObject *text)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(text);
    int kind = PyUnicode_KIND(text);
    const void *data = PyUnicode_DATA(text);
    if (PyUnicode_IS_ASCII(text))
        return put(buffer, data, length);
    if (length > PY_SSIZE_T_MAX / 8) {
        PyErr_NoMemory();
        return -1;
    }
    char *to = room(buffer, 4 * length);
    if (!to)
        return -1;
    char *first = to;
    for (Py_ssize_t i = 0; i < length; i++) {
        Py_UCS4 c = PyUnicode_READ(kind, data, i);
        if (c < 0x80) {
            *to++ = (char)c;
        } else if (c < 0x800) {
            *to++ = (char)(0xc0 | c >> 6);
            *to++ = (char)(0x80 | (c & 0x3f));
        } else if (c < 0x10000) {
            if (c >= 0xd800 && c < 0xe000) {
                PyObject *none = PyUnicode_AsUTF8String(text); /* says what is wrong */
                Py_XDECREF(none);
                return -1;
            }
            *to++ = (char)(0xe0 | c >> 12);
            *to++ = (char)(0x80 | (c >> 6 & 0x3f));
            *to++ = (char)(0x80 | (c & 0x3f));
        } else {
            *to++ = (char)(0xf0 | c >> 18);
            *to++ = (char)(0x80 | (c >> 12 & 0x3f));
            *to++ = (char)(0x80 | (c >> 6 & 0x3f));
            *to++ = (char)(0x80 | (c & 0x3f));
        }
    }
    buffer->used += to - first;
    return 0;
}

/* Says of the value that comes next whether it is one. */
static int
put_validity(Column *column, int valid)
{
    if (column->length % 8 == 0 && put(&column->validity, "", 1) < 0)
        return -1;
    if (valid)
        PyBytes_AS_STRING(column->validity.bytes)[column->length / 8] |= (char)(1 << column->length % 8);
    else
        column->nulls++;
    return 0;
}

static int append(Column *column, PyObject *value);

static int
append_number(Column *column, PyObject *value)
{
    int overflow = 0;
    long long number = value == Py_None ? 0 : PyLong_AsLongLongAndOverflow(value, &overflow);
    if (number == -1 && PyErr_Occurred())
        return -1;
    if (overflow || (column->kind == 'i' && (number > INT32_MAX || number < INT32_MIN))) {
        PyErr_SetString(PyExc_OverflowError, "a number that is too large for its column");
        return -1;
    }
    int32_t small = (int32_t)number;
    int64_t large = number;
    return column->kind == 'i' ? put(&column->data, &small, sizeof small) : put(&column->data, &large, sizeof large);
}

static int
append_text(Column *column, PyObject *value)
{
    if (value != Py_None && !PyUnicode_Check(value)) {
        PyErr_Format(PyExc_TypeError, "expected str, found %.100s", Py_TYPE(value)->tp_name);
        return -1;
    }
    if (value != Py_None && put_text(&column->data, value) < 0)
        return -1;
    return put_offset(&column->offsets, column->data.used);
}

static int
append_list(Column *column, PyObject *value)
{
    if (!PyTuple_Check(value) && !PyList_Check(value)) {
        PyErr_Format(PyExc_TypeError, "expected a tuple or list, found %.100s", Py_TYPE(value)->tp_name);
        return -1;
    }
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(value); i++)
        if (append(column->children, PySequence_Fast_GET_ITEM(value, i)) < 0)
            return -1;
    return put_offset(&column->offsets, column->children->length);
}

static int
append_struct(Column *column, PyObject *value)
{
    if (!PyTuple_Check(value) || PyTuple_GET_SIZE(value) != column->count) {
        PyErr_Format(PyExc_TypeError, "expected a tuple of %d, found %.100s", column->count, Py_TYPE(value)->tp_name);
        return -1;
    }
    for (int i = 0; i < column->count; i++)
        if (append(column->children + i, PyTuple_GET_ITEM(value, i)) < 0)
            return -1;
    return 0;
}

static int
append(Column *column, PyObject *value)
{
    int failed;
    if (value == Py_None && !column->nullable) {
        PyErr_SetString(PyExc_AssertionError, "null in a column that has none");
        return -1;
    }
    if (column->nullable && put_validity(column, value != Py_None) < 0)
        return -1;
    if (column->kind == 's')
        failed = append_text(column, value);
    else if (column->kind == '[')
        failed = append_list(column, value);
    else if (column->kind == '{')
        failed = append_struct(column, value);
    else
        failed = append_number(column, value);
    column->length++;
    return failed;
}

/* ------------------------------------------------------------- layouts */

static void
clear_column(Column *column)
{
    Py_CLEAR(column->validity.bytes);
    Py_CLEAR(column->offsets.bytes);
    Py_CLEAR(column->data.bytes);
    for (int i = 0; i < column->count; i++)
        clear_column(column->children + i);
    PyMem_Free(column->children);
    column->children = NULL;
    column->count = 0;
}

/* Ready for the first row: a list's and a string's offsets begin with 0. */
static int
begin(Column *column)
{
    column->length = column->nulls = 0;
    for (int i = 0; i < column->count; i++)
        if (begin(column->children + i) < 0)
            return -1;
    return column->kind == 's' || column->kind == '[' ? put_offset(&column->offsets, 0) : 0;
}

static const char *
refused(void)
{
    PyErr_SetString(PyExc_ValueError, "not a layout of columns");
    return NULL;
}

/* Reads the children of a column up to `close` -> what follows it; NULL on an error. */
static const char *
read_children(Column *parent, const char *layout, char close, int depth)
{
    while (depth && *layout && *layout != close) {
        Column *grown = PyMem_Realloc(parent->children, sizeof *grown * ((size_t)parent->count + 1));
        if (!grown)
            return (const char *)PyErr_NoMemory();
        parent->children = grown;
        Column *column = &grown[parent->count++];
        memset(column, 0, sizeof *column);
        column->nullable = *layout == '?';
        layout += column->nullable;
        column->kind = *layout;
        if (!*layout || !strchr(column->nullable ? "ils" : "ils[{", *layout))
            return refused();
        layout++;
        if (column->kind == '[' || column->kind == '{')
            layout = read_children(column, layout, column->kind == '[' ? ']' : '}', depth - 1);
        if (!layout)
            return NULL;
        if (column->kind == '[' && column->count != 1)
            return refused();
    }
    if (!depth || *layout != close)
        return refused();
    return close ? layout + 1 : layout;
}

/* ------------------------------------------------------------- the type */

static void
deallocate(Builder *self)
{
    clear_column(&self->row);
    Py_TYPE(self)->tp_free((PyObject *)self);
}

static PyObject *
new_builder(PyTypeObject *type, PyObject *args, PyObject *Py_UNUSED(named))
{
    const char *layout;
    if (!PyArg_ParseTuple(args, "s", &layout))
        return NULL;
    Builder *self = (Builder *)type->tp_alloc(type, 0);
    if (!self)
        return NULL;
    self->row.kind = '{';
    if (!read_children(&self->row, layout, 0, MAX_DEPTH) || begin(&self->row) < 0) {
        Py_DECREF(self);
        return NULL;
    }
    return (PyObject *)self;
}

static int
is_broken(Builder *self)
{
    if (self->broken)
        PyErr_SetString(PyExc_RuntimeError, "these columns hold half a row: an earlier one did not fit them");
    return self->broken;
}

static PyObject *
extend(Builder *self, PyObject *rows)
{
    if (is_broken(self))
        return NULL;
    if (!PyTuple_Check(rows) && !PyList_Check(rows)) {
        PyErr_SetString(PyExc_TypeError, "expected a tuple or list of rows");
        return NULL;
    }
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(rows); i++) {
        if (append(&self->row, PySequence_Fast_GET_ITEM(rows, i)) < 0) {
            self->broken = 1;
            return NULL;
        }
    }
    Py_RETURN_NONE;
}

/* The buffer's bytes, which it then has no more; None for one that is not there. */
static PyObject *
taken(Buffer *buffer, int is_there)
{
    if (!is_there)
        Py_RETURN_NONE;
    if (!buffer->bytes)
        return PyBytes_FromStringAndSize(NULL, 0);
    if (_PyBytes_Resize(&buffer->bytes, buffer->used) < 0)
        return NULL;
    PyObject *bytes = buffer->bytes;
    buffer->bytes = NULL;
    buffer->used = 0;
    return bytes;
}

static PyObject *finished(Column *column);

static PyObject *
finished_children(Column *column)
{
    PyObject *children = PyTuple_New(column->count);
    for (int i = 0; children && i < column->count; i++) {
        PyObject *child = finished(column->children + i);
        if (child)
            PyTuple_SET_ITEM(children, i, child);
        else
            Py_CLEAR(children);
    }
    return children;
}

static PyObject *
finished(Column *column)
{
    int offsets = column->kind == 's' || column->kind == '[', data = column->kind != '[' && column->kind != '{';
    PyObject *buffers = PyTuple_New(1 + offsets + data), *children = NULL, *result = NULL;
    Buffer *of[] = {&column->validity, offsets ? &column->offsets : &column->data, &column->data};
    for (int i = 0; buffers && i < 1 + offsets + data; i++) {
        PyObject *bytes = taken(of[i], i || column->nulls);
        if (bytes)
            PyTuple_SET_ITEM(buffers, i, bytes);
        else
            Py_CLEAR(buffers);
    }
    Py_CLEAR(column->validity.bytes); /* where nothing was null */
    column->validity.used = 0;
    if (buffers)
        children = finished_children(column);
    if (children)
        result = Py_BuildValue("nnOO", column->length, column->nulls, buffers, children);
    Py_XDECREF(buffers);
    Py_XDECREF(children);
    return result;
}

static PyObject *
finish(Builder *self, PyObject *Py_UNUSED(none))
{
    if (is_broken(self))
        return NULL;
    PyObject *columns = finished_children(&self->row);
    if (!columns || begin(&self->row) < 0) {
        self->broken = 1;
        Py_CLEAR(columns);
    }
    return columns;
}

static Py_ssize_t
row_count(Builder *self)
{
    return self->row.length;
}

static PyMethodDef builder_methods[] = {
    {"extend", (PyCFunction)extend, METH_O, "extend(rows): appends rows, a tuple for each."},
    {"finish", (PyCFunction)finish, METH_NOARGS, "finish() -> the columns so far; the builder is empty again."},
    {NULL, NULL, 0, NULL},
};

static PySequenceMethods builder_sequence = {.sq_length = (lenfunc)row_count};

static PyTypeObject builder_type = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "pipeline.parse._columns.Builder",
    .tp_basicsize = sizeof(Builder),
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_doc = "Builder(layout): columns that grow row by row.",
    .tp_new = new_builder,
    .tp_dealloc = (destructor)deallocate,
    .tp_methods = builder_methods,
    .tp_as_sequence = &builder_sequence,
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "pipeline.parse._columns", "Rows to the buffers of Arrow's columns.", -1, NULL,
    NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC
PyInit__columns(void)
{
    if (PyType_Ready(&builder_type) < 0)
        return NULL;
    PyObject *made = PyModule_Create(&module);
    if (made && (PyModule_AddObjectRef(made, "Builder", (PyObject *)&builder_type) < 0
                 || PyModule_AddStringConstant(made, "XLMK_SOURCES", XLMK_SOURCES) < 0))
        Py_CLEAR(made);
    return made;
}
