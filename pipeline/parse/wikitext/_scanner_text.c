/* The part of the scanner that makes running text of a page's blocks: spaces and link marks. */
#include "_scanner.h"
#include <string.h>

#define LINK_START 2
#define LINK_END 3
#define NO_BREAK_SPACE 0xa0
#define FIRST_GRAPHIC 0x20

typedef struct {
    Py_ssize_t length;    /* characters written */
    int other;            /* whether one of them is not the one that was read */
    Py_ssize_t protected; /* end of the last link: what stands before it is not stripped from the end */
    PyObject *links;      /* list of the line's links so far, NULL for none */
    PyObject *titles;     /* list of the targets' titles */
    PyObject *fragments;  /* index of a target -> its fragment */
    Py_ssize_t next;      /* the next of the targets */
} Written;

/* The fragment of the target of that index, or None; NULL on an error. */
static PyObject *
fragment_of(PyObject *fragments, Py_ssize_t index)
{
    PyObject *found = NULL;
    if (PyDict_GET_SIZE(fragments) > 0) { /* few pages have any */
        PyObject *key = PyLong_FromSsize_t(index);
        if (key == NULL)
            return NULL;
        found = PyDict_GetItemWithError(fragments, key);
        Py_DECREF(key);
        if (found == NULL && PyErr_Occurred())
            return NULL;
    }
    return Py_NewRef(found == NULL ? Py_None : found);
}

/* Takes the next target; appends the link (start, end, title, fragment) unless it is empty. 1 where targets lack. */
static int
append_link(Written *written, Py_ssize_t start, Py_ssize_t end)
{
    if (written->next >= PyList_GET_SIZE(written->titles))
        return 1;
    Py_ssize_t index = written->next++;
    if (start == end)
        return 0;
    if (written->links == NULL && (written->links = PyList_New(0)) == NULL)
        return -1;
    PyObject *first = PyLong_FromSsize_t(start), *last = PyLong_FromSsize_t(end), *link = NULL;
    PyObject *fragment = fragment_of(written->fragments, index);
    if (first != NULL && last != NULL && fragment != NULL)
        link = PyTuple_New(4);
    if (link == NULL) {
        Py_XDECREF(first);
        Py_XDECREF(last);
        Py_XDECREF(fragment);
        return -1;
    }
    PyTuple_SET_ITEM(link, 0, first);
    PyTuple_SET_ITEM(link, 1, last);
    PyTuple_SET_ITEM(link, 2, Py_NewRef(PyList_GET_ITEM(written->titles, index)));
    PyTuple_SET_ITEM(link, 3, fragment);
    int failed = PyList_Append(written->links, link);
    Py_DECREF(link);
    return failed;
}

/* Writes a block to `out`, which has room for it; 1 where its link marks are not in pairs or more than the targets, -1
 * on an error. `meanings[c]` is what a control character stands for, 0 where that is nothing. A space is only written
 * before a character that follows it, so that `n` never passes the characters read: the block fits its own length. */
ALWAYS_INLINE int
write_block(int kind, const void *data, Py_ssize_t length, const Py_UCS4 *meanings, void *out, Written *written)
{
    Py_ssize_t n = 0, start = 0;
    int pending = 0, link = 0; /* link: 1 where one has opened, 2 where its text has begun */
    written->protected = 0;
    written->other = 0;
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
                int failed = append_link(written, link == 2 ? start : n, n);
                if (failed)
                    return failed;
                if (link == 2)
                    written->protected = n;
                link = 0;
                continue;
            }
            Py_UCS4 meaning = meanings[c];
            if (meaning == 0)
                continue;
            written->other |= meaning != c;
            c = meaning;
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
        Py_ssize_t end = i + 1; /* of what needs no thought: words, and one space before each */
        while (end < length && ((c = READ(end)) > ' ' || (c == ' ' && end + 1 < length && READ(end + 1) > ' ')))
            end++;
        memcpy((char *)out + n * kind, (const char *)data + (i + 1) * kind, (size_t)((end - i - 1) * kind));
        n += end - i - 1;
        i = end - 1;
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

/* Appends an object to a list and lets go of it; -1 on an error, which an object that is NULL is. */
static int
append_own(PyObject *list, PyObject *object)
{
    int failed = object == NULL ? -1 : PyList_Append(list, object);
    Py_XDECREF(object);
    return failed;
}

/* Writes one block after the other to `out`, which has room for each, and appends their texts and links to the lists. */
static int
write_blocks(PyObject *blocks, const Py_UCS4 *meanings, void *out, Written *written, PyObject *texts, PyObject *links,
             PyObject *no_links)
{
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(blocks); i++) {
        PyObject *block = PyTuple_GET_ITEM(blocks, i);
        int verdict = -1;
        BY_KIND(block, verdict = write_block(KIND, data, length, meanings, out, written));
        if (verdict)
            return verdict;
        int same = written->length == PyUnicode_GET_LENGTH(block) && !written->other;
        if (append_own(texts, same ? Py_NewRef(block)
                                   : PyUnicode_FromKindAndData(PyUnicode_KIND(block), out, written->length)) < 0)
            return -1;
        PyObject *found = written->links == NULL ? Py_NewRef(no_links) : PyList_AsTuple(written->links);
        Py_CLEAR(written->links);
        if (append_own(links, found) < 0)
            return -1;
    }
    return 0;
}

/* The bytes of the longest of the blocks; -1 with an error where one is no string. */
static Py_ssize_t
most_bytes(PyObject *blocks)
{
    Py_ssize_t most = 0;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(blocks); i++) {
        PyObject *block = PyTuple_GET_ITEM(blocks, i);
        if (!PyUnicode_Check(block)) {
            PyErr_SetString(PyExc_TypeError, "a block is no string");
            return -1;
        }
        Py_ssize_t bytes = PyUnicode_GET_LENGTH(block) * PyUnicode_KIND(block);
        most = bytes > most ? bytes : most;
    }
    return most;
}

/* running_text(meanings, blocks, titles, fragments) -> ([text, ...], [(link, ...), ...])
 *
 * ValueError where link marks are not in pairs. */
PyObject *
running_text(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t count)
{
    Py_UCS4 meanings[FIRST_GRAPHIC];
    if (count != 4 || !PyUnicode_Check(args[0]) || PyUnicode_GET_LENGTH(args[0]) != FIRST_GRAPHIC
        || !PyUnicode_IS_ASCII(args[0]) || !PyList_Check(args[1]) || !PyList_Check(args[2])
        || !PyDict_Check(args[3])) {
        PyErr_SetString(PyExc_TypeError, "running_text(meanings, blocks, titles, fragments)");
        return NULL;
    }
    PyObject *blocks = PyList_AsTuple(args[1]); /* none of them goes or changes meanwhile */
    Py_ssize_t bytes = blocks == NULL ? -1 : most_bytes(blocks);
    if (bytes < 0) {
        Py_XDECREF(blocks);
        return NULL;
    }
    for (int i = 0; i < FIRST_GRAPHIC; i++)
        meanings[i] = PyUnicode_READ_CHAR(args[0], i);
    PyObject *result = NULL;
    PyObject *texts = PyList_New(0), *links = PyList_New(0), *no_links = PyTuple_New(0);
    Written written = {0, 0, 0, NULL, args[2], args[3], 0};
    void *out = PyMem_Malloc((size_t)bytes + 1);
    int verdict = -1;
    if (out == NULL)
        PyErr_NoMemory();
    else if (texts != NULL && links != NULL && no_links != NULL)
        verdict = write_blocks(blocks, meanings, out, &written, texts, links, no_links);
    if (verdict == 1)
        PyErr_SetString(PyExc_ValueError, "link marks are not in pairs, or more than their targets");
    else if (verdict == 0)
        result = tuple_of(2, (PyObject *[]){Py_NewRef(texts), Py_NewRef(links)});
    PyMem_Free(out);
    Py_DECREF(blocks);
    Py_XDECREF(texts);
    Py_XDECREF(links);
    Py_XDECREF(no_links);
    Py_XDECREF(written.links);
    return result;
}
