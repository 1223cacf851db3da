/* The part of the scanner that reads the surfaces of links and finds names in running text. */
#include "_scanner.h"
#include <string.h>

#define MOST_BUCKETS 4096
#define LEAST_BUCKETS 64
#define BUCKETS_PER_NAME 8
#define WORK_PER_CHARACTER 64

typedef struct {
    const void *data;
    Py_ssize_t length;
    int kind;
    Py_ssize_t next; /* the next name of the bucket, -1 at its end */
} Name;

typedef struct {
    Name *names;
    Py_ssize_t number;
    Py_ssize_t anywhere; /* names before this one must stand alone */
    unsigned last;       /* the last bucket in use: a power of two less one */
    Py_ssize_t work;     /* comparisons that are left */
    PyObject *found;     /* list of (start among all texts, index of the name) */
    char first[256];     /* whether a name begins with a character of that low byte */
    Py_ssize_t buckets[MOST_BUCKETS]; /* the first name of each, -1 for none */
} Search;

static inline unsigned
bucket_of(Py_UCS4 first, Py_UCS4 second, const Search *search)
{
    return (first * 67u + second) & search->last;
}

static inline int
in_word(Py_UCS4 c)
{
    return c == '_' || Py_UNICODE_ISALNUM(c);
}

static inline int
is_ascii_letter(Py_UCS4 c)
{
    return (c | 0x20) - 'a' < 26u;
}

/* Whether what stands from `start` to `end` is no part of a longer word between `first` and `last`. */
ALWAYS_INLINE int
stands_alone(int kind, const void *data, Py_ssize_t first, Py_ssize_t last, Py_ssize_t start, Py_ssize_t end)
{
    if (start > first) {
        Py_UCS4 before = READ(start - 1);
        if (in_word(before) || before == '\'' || before == '-' || before == 0x2019)
            return 0;
    }
    return end >= last || (READ(end) != '-' && !in_word(READ(end)));
}

static int
append_name(PyObject *found, Py_ssize_t start, Py_ssize_t name)
{
    PyObject *place = tuple_of(2, (PyObject *[]){PyLong_FromSsize_t(start), PyLong_FromSsize_t(name)});
    int failed = place == NULL ? -1 : PyList_Append(found, place);
    Py_XDECREF(place);
    return failed;
}

/* Appends every name at every place between `first` and `last` of the text, before which there are `begin` characters;
 * where all must stand alone, none is looked for behind a letter. 1 where that is too much work, -1 on an error. */
ALWAYS_INLINE int
search_part(int kind, const void *data, Py_ssize_t begin, Py_ssize_t first, Py_ssize_t last, Search *search)
{
    const int bounded = search->anywhere >= search->number;
    for (Py_ssize_t i = first; i + 1 < last; i++) {
        if (!search->first[READ(i) & 0xff] || (bounded && i > first && is_ascii_letter(READ(i - 1))))
            continue;
        for (Py_ssize_t k = search->buckets[bucket_of(READ(i), READ(i + 1), search)]; k >= 0; k = search->names[k].next) {
            const Name *name = &search->names[k];
            Py_ssize_t size = name->length, j = 0;
            if (size <= last - i)
                while (j < size && PyUnicode_READ(name->kind, name->data, j) == READ(i + j))
                    j++;
            search->work -= j + 1;
            if (j == size && (k >= search->anywhere || stands_alone(kind, data, first, last, i, i + size))
                && append_name(search->found, begin + i, k) < 0)
                return -1;
        }
        if (search->work < 0)
            return 1;
    }
    return 0;
}

/* Where a link is; -1 where it is no tuple, or not behind `position` in a text of that length. */
static int
span_of_link(PyObject *link, Py_ssize_t position, Py_ssize_t length, Py_ssize_t *start, Py_ssize_t *end)
{
    if (!PyTuple_Check(link) || PyTuple_GET_SIZE(link) < 3) {
        PyErr_SetString(PyExc_TypeError, "names: a link is a tuple");
        return -1;
    }
    *start = PyLong_AsSsize_t(PyTuple_GET_ITEM(link, 0));
    *end = PyLong_AsSsize_t(PyTuple_GET_ITEM(link, 1));
    if ((*start == -1 || *end == -1) && PyErr_Occurred())
        return -1;
    if (*start < position || *end < *start || *end > length) {
        PyErr_SetString(PyExc_ValueError, "names: links overlap or lie outside of their text");
        return -1;
    }
    return 0;
}

/* The text of a passage, borrowed, and its links, which the caller lets go; NULL on an error. */
static PyObject *
read_passage(PyObject *passage, PyObject **links)
{
    if (!PyTuple_Check(passage) || PyTuple_GET_SIZE(passage) < 4 || !PyUnicode_Check(PyTuple_GET_ITEM(passage, 2))) {
        PyErr_SetString(PyExc_TypeError, "names: a passage is a tuple with a text and links");
        return NULL;
    }
    *links = PySequence_Fast(PyTuple_GET_ITEM(passage, 3), "names: the links of a passage are a sequence");
    return *links == NULL ? NULL : PyTuple_GET_ITEM(passage, 2);
}

/* Enters what the links of a text say; -1 on an error. */
static int
read_surfaces(PyObject *text, PyObject *links, PyObject *targets, PyObject *ambiguous)
{
    Py_ssize_t start, end = 0;
    for (Py_ssize_t i = 0; i < PySequence_Fast_GET_SIZE(links); i++) {
        PyObject *link = PySequence_Fast_GET_ITEM(links, i);
        if (span_of_link(link, end, PyUnicode_GET_LENGTH(text), &start, &end) < 0)
            return -1;
        PyObject *surface = PyUnicode_Substring(text, start, end), *target = PyTuple_GET_ITEM(link, 2);
        PyObject *known = surface == NULL ? NULL : PyDict_SetDefault(targets, surface, target);
        int other = known == NULL ? -1 : known == target ? 0 : PyObject_RichCompareBool(known, target, Py_NE);
        int failed = other > 0 ? PySet_Add(ambiguous, surface) : other;
        Py_XDECREF(surface);
        if (failed < 0)
            return -1;
    }
    return 0;
}

/* link_surfaces(passages) -> ({surface: target, ...}, {surface of several targets, ...}, characters, None) */
PyObject *
link_surfaces(PyObject *Py_UNUSED(self), PyObject *passages)
{
    PyObject *all = PySequence_Tuple(passages), *targets = PyDict_New(), *ambiguous = PySet_New(NULL);
    Py_ssize_t characters = 0;
    int failed = all == NULL || targets == NULL || ambiguous == NULL;
    for (Py_ssize_t t = 0; !failed && t < PyTuple_GET_SIZE(all); t++) {
        PyObject *links = NULL, *text = read_passage(PyTuple_GET_ITEM(all, t), &links);
        failed = text == NULL || read_surfaces(text, links, targets, ambiguous) < 0;
        characters += failed ? 0 : PyUnicode_GET_LENGTH(text);
        Py_XDECREF(links);
    }
    Py_XDECREF(all);
    if (!failed)
        return tuple_of(4, (PyObject *[]){targets, ambiguous, PyLong_FromSsize_t(characters), Py_NewRef(Py_None)});
    Py_XDECREF(targets);
    Py_XDECREF(ambiguous);
    return NULL;
}

/* Appends the names of a text without its links, which must lie apart and in order; what `search_part` returns. */
ALWAYS_INLINE int
search_text(int kind, const void *data, Py_ssize_t length, Py_ssize_t begin, PyObject *links, Search *search)
{
    Py_ssize_t position = 0, start, end = 0;
    int verdict = 0;
    for (Py_ssize_t i = 0; verdict == 0 && i < PySequence_Fast_GET_SIZE(links); i++) {
        if (span_of_link(PySequence_Fast_GET_ITEM(links, i), end, length, &start, &end) < 0)
            return -1;
        if (start == end)
            continue;
        verdict = search_part(kind, data, begin, position, start, search);
        position = end;
    }
    return verdict ? verdict : search_part(kind, data, begin, position, length, search);
}

/* Fills the table of names; -1 on an error. The names of a bucket are in order. */
static int
table_of_names(PyObject *names, Search *search)
{
    Py_ssize_t number = LEAST_BUCKETS;
    while (number < MOST_BUCKETS && number < BUCKETS_PER_NAME * search->number)
        number *= 2;
    search->last = (unsigned)number - 1;
    memset(search->first, 0, sizeof search->first);
    for (Py_ssize_t i = 0; i < number; i++)
        search->buckets[i] = -1;
    for (Py_ssize_t k = search->number - 1; k >= 0; k--) {
        PyObject *name = PyTuple_GET_ITEM(names, k);
        if (!PyUnicode_Check(name) || PyUnicode_GET_LENGTH(name) < 2) {
            PyErr_SetString(PyExc_ValueError, "find_names: a name has at least two characters");
            return -1;
        }
        search->names[k] = (Name){PyUnicode_DATA(name), PyUnicode_GET_LENGTH(name), PyUnicode_KIND(name), -1};
        search->first[PyUnicode_READ_CHAR(name, 0) & 0xff] = 1;
        unsigned bucket = bucket_of(PyUnicode_READ_CHAR(name, 0), PyUnicode_READ_CHAR(name, 1), search);
        search->names[k].next = search->buckets[bucket];
        search->buckets[bucket] = k;
    }
    return 0;
}

/* Searches all passages; what `search_part` returns. */
static int
search_passages(PyObject *passages, Search *search)
{
    Py_ssize_t begin = 0;
    int verdict = 0;
    for (Py_ssize_t t = 0; verdict == 0 && t < PyTuple_GET_SIZE(passages); t++) {
        PyObject *links = NULL, *text = read_passage(PyTuple_GET_ITEM(passages, t), &links);
        if (text == NULL)
            return -1;
        search->work += WORK_PER_CHARACTER * PyUnicode_GET_LENGTH(text);
        BY_KIND(text, verdict = search_text(KIND, data, length, begin, links, search));
        begin += PyUnicode_GET_LENGTH(text) + 1;
        Py_DECREF(links);
    }
    return verdict;
}

/* find_names(passages, names, anywhere) -> [(start among all passages, index of the name), ...] | None */
PyObject *
find_names(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t count)
{
    Search search; /* its buckets are not all in use: they are set apart */
    search.names = NULL;
    search.found = NULL;
    search.work = WORK_PER_CHARACTER * MOST_BUCKETS;
    search.anywhere = count == 3 ? PyLong_AsSsize_t(args[2]) : -1;
    if (search.anywhere < 0) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_TypeError, "find_names(passages, names, anywhere)");
        return NULL;
    }
    PyObject *passages = PySequence_Tuple(args[0]), *names = passages == NULL ? NULL : PySequence_Tuple(args[1]);
    int verdict = -1;
    if (names == NULL)
        goto done;
    search.number = PyTuple_GET_SIZE(names);
    search.found = PyList_New(0);
    search.names = PyMem_Calloc((size_t)search.number + 1, sizeof(Name));
    if (search.names == NULL)
        PyErr_NoMemory();
    else if (search.found != NULL && table_of_names(names, &search) == 0)
        verdict = search_passages(passages, &search);
    PyMem_Free(search.names);
done:
    Py_XDECREF(passages);
    Py_XDECREF(names);
    if (verdict == 0)
        return search.found;
    Py_XDECREF(search.found);
    if (verdict == 1)
        Py_RETURN_NONE;
    return NULL;
}
