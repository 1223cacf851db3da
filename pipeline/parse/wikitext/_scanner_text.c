/* The part of the scanner that reads running text: spaces and link marks, and where names stand. */
#include "_scanner.h"

/* --------------------------------------------------------------- running_text */

#define LINK_START 2
#define LINK_END 3
#define NO_BREAK_SPACE 0xa0
#define FIRST_GRAPHIC 0x20

typedef struct {
    Py_ssize_t length;    /* characters written */
    Py_ssize_t protected; /* end of the last link: what stands before it is not stripped from the end */
    PyObject *spans;
} Written;

static int
append_span(PyObject *spans, Py_ssize_t start, Py_ssize_t end)
{
    PyObject *pair = Py_BuildValue("(nn)", start, end);
    int failed = pair == NULL ? -1 : PyList_Append(spans, pair);
    Py_XDECREF(pair);
    return failed;
}

/* Writes the text to `out`, which has room for `length` characters; 1 where its link marks are not in pairs, -1 on an
 * error. `meanings[c]` is what a control character stands for, 0 where that is nothing. */
ALWAYS_INLINE int
write_text(int kind, const void *data, Py_ssize_t length, const Py_UCS4 *meanings, void *out, Written *written)
{
    Py_ssize_t n = 0, start = 0;
    int pending = 0, link = 0; /* link: 1 where one has opened, 2 where its text has begun */
    for (Py_ssize_t i = 0; i < length; i++) {
        Py_UCS4 c = READ(i);
        if (c < FIRST_GRAPHIC) {
            if (c == LINK_START) {
                if (link)
                    return 1;
                link = 1;
                continue;
            }
            if (c == LINK_END) {
                if (!link)
                    return 1;
                if (append_span(written->spans, link == 2 ? start : -1, link == 2 ? n : -1) < 0)
                    return -1;
                if (link == 2)
                    written->protected = n;
                link = 0;
                continue;
            }
            c = meanings[c];
            if (c == 0)
                continue;
        }
        if (c == ' ') {
            pending = 1;
            continue;
        }
        if (c == NO_BREAK_SPACE && n == 0 && !link)
            continue;
        if (pending) {
            if (n > 0) {
                PyUnicode_WRITE(kind, out, n, ' ');
                n++;
            }
            pending = 0;
        }
        if (link == 1) {
            start = n;
            link = 2;
        }
        PyUnicode_WRITE(kind, out, n, c);
        n++;
    }
    while (n > written->protected) {
        Py_UCS4 last = PyUnicode_READ(kind, out, n - 1);
        if (last != ' ' && last != NO_BREAK_SPACE)
            break;
        n--;
    }
    written->length = n;
    return link ? 1 : 0;
}

/* running_text(meanings, text) -> (text, [(start, end), ...]); ValueError where link marks are not in pairs
 *
 * A space is only written before a character that follows it, so that `n` never passes `i`: the text fits its own
 * length. */
PyObject *
running_text(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t count)
{
    Py_UCS4 meanings[FIRST_GRAPHIC];
    if (count != 2 || !PyUnicode_Check(args[0]) || !PyUnicode_Check(args[1])
        || PyUnicode_GET_LENGTH(args[0]) != FIRST_GRAPHIC || !PyUnicode_IS_ASCII(args[0])) {
        PyErr_SetString(PyExc_TypeError, "running_text(meanings, text): meanings are 32 ASCII characters");
        return NULL;
    }
    for (int i = 0; i < FIRST_GRAPHIC; i++)
        meanings[i] = PyUnicode_READ_CHAR(args[0], i);
    PyObject *text = args[1], *result = NULL;
    Written written = {0, 0, PyList_New(0)};
    void *out = PyMem_Malloc((size_t)PyUnicode_GET_LENGTH(text) * PyUnicode_KIND(text) + 1);
    int verdict = -1;
    if (out == NULL)
        PyErr_NoMemory();
    else if (written.spans != NULL)
        BY_KIND(text, verdict = write_text(KIND, data, length, meanings, out, &written));
    if (verdict == 1)
        PyErr_SetString(PyExc_ValueError, "link marks are not in pairs");
    else if (verdict == 0) {
        PyObject *plain = PyUnicode_FromKindAndData(PyUnicode_KIND(text), out, written.length);
        if (plain != NULL) {
            result = PyTuple_Pack(2, plain, written.spans);
            Py_DECREF(plain);
        }
    }
    PyMem_Free(out);
    Py_XDECREF(written.spans);
    return result;
}

/* ----------------------------------------------------------------- find_names */

#define BUCKETS 4096
#define WORK_PER_CHARACTER 64

typedef struct {
    const void *data;
    Py_ssize_t length;
    int kind;
    Py_ssize_t next; /* the next name of the bucket, -1 at its end */
} Name;

static inline unsigned
bucket_of(Py_UCS4 first, Py_UCS4 second)
{
    return (first * 67u + second) & (BUCKETS - 1);
}

static inline int
in_word(Py_UCS4 c)
{
    return c == '_' || Py_UNICODE_ISALNUM(c);
}

/* Whether what stands from `start` to `end` is no part of a longer word. */
ALWAYS_INLINE int
stands_alone(int kind, const void *data, Py_ssize_t length, Py_ssize_t start, Py_ssize_t end)
{
    if (start > 0) {
        Py_UCS4 before = READ(start - 1);
        if (in_word(before) || before == '\'' || before == '-' || before == 0x2019)
            return 0;
    }
    return end >= length || (READ(end) != '-' && !in_word(READ(end)));
}

/* Appends (start, index) of every name at every place; names before `anywhere` must stand alone. 1 where that is too
 * much work, -1 on an error. */
ALWAYS_INLINE int
search_names(int kind, const void *data, Py_ssize_t length, const Name *names, Py_ssize_t anywhere,
             const Py_ssize_t *buckets, PyObject *found)
{
    Py_ssize_t work = WORK_PER_CHARACTER * (length + BUCKETS);
    for (Py_ssize_t i = 0; i + 1 < length; i++) {
        for (Py_ssize_t k = buckets[bucket_of(READ(i), READ(i + 1))]; k >= 0; k = names[k].next) {
            const Name *name = &names[k];
            Py_ssize_t size = name->length, j = 0;
            if (size <= length - i)
                while (j < size && PyUnicode_READ(name->kind, name->data, j) == READ(i + j))
                    j++;
            work -= j + 1;
            if (j == size && (k >= anywhere || stands_alone(kind, data, length, i, i + size))
                && append_span(found, i, k) < 0)
                return -1;
        }
        if (work < 0)
            return 1;
    }
    return 0;
}

/* find_names(text, names, anywhere) -> [(start, index), ...] | None */
PyObject *
find_names(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t count)
{
    Py_ssize_t anywhere = count == 3 && PyUnicode_Check(args[0]) ? PyLong_AsSsize_t(args[2]) : -1;
    if (anywhere < 0) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_TypeError, "find_names(text, names, anywhere)");
        return NULL;
    }
    PyObject *text = args[0], *held = PySequence_Tuple(args[1]), *found = held == NULL ? NULL : PyList_New(0);
    Py_ssize_t number = found == NULL ? 0 : PyTuple_GET_SIZE(held), buckets[BUCKETS];
    Name *names = found == NULL ? NULL : PyMem_Calloc((size_t)number + 1, sizeof(Name));
    int verdict = -1;
    if (found != NULL && names == NULL)
        PyErr_NoMemory();
    if (names == NULL)
        goto done;
    for (int i = 0; i < BUCKETS; i++)
        buckets[i] = -1;
    for (Py_ssize_t k = 0; k < number; k++) {
        PyObject *name = PyTuple_GET_ITEM(held, k);
        if (!PyUnicode_Check(name) || PyUnicode_GET_LENGTH(name) < 2) {
            PyErr_SetString(PyExc_ValueError, "find_names: a name has at least two characters");
            goto done;
        }
        names[k] = (Name){PyUnicode_DATA(name), PyUnicode_GET_LENGTH(name), PyUnicode_KIND(name), -1};
        unsigned bucket = bucket_of(PyUnicode_READ_CHAR(name, 0), PyUnicode_READ_CHAR(name, 1));
        names[k].next = buckets[bucket];
        buckets[bucket] = k;
    }
    BY_KIND(text, verdict = search_names(KIND, data, length, names, anywhere, buckets, found));
done:
    PyMem_Free(names);
    Py_XDECREF(held);
    if (verdict == 0)
        return found;
    Py_XDECREF(found);
    if (verdict == 1)
        Py_RETURN_NONE;
    return NULL;
}
