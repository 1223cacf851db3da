/* The part of the scanner that reads running text: spaces and link marks, and where names stand. */
#include "_scanner.h"
#include <string.h>

/* --------------------------------------------------------------- running_text */

#define LINK_START 2
#define LINK_END 3
#define NO_BREAK_SPACE 0xa0
#define FIRST_GRAPHIC 0x20

typedef struct {
    Py_ssize_t length;    /* characters written */
    Py_ssize_t protected; /* end of the last link: what stands before it is not stripped from the end */
    PyObject *links;      /* list of the links so far */
    PyObject *type;       /* the tuple that a link is */
    PyObject *targets;    /* list of (title, fragment) */
    Py_ssize_t next;      /* the next of the targets */
} Written;

/* Takes the next target; appends the link (start, end, title, fragment) unless it is empty. 1 where targets lack. */
static int
append_link(Written *written, Py_ssize_t start, Py_ssize_t end)
{
    if (written->next >= PyList_GET_SIZE(written->targets))
        return 1;
    PyObject *target = PyList_GET_ITEM(written->targets, written->next++);
    if (!PyTuple_Check(target) || PyTuple_GET_SIZE(target) != 2)
        return 1;
    if (start == end)
        return 0;
    PyTypeObject *type = (PyTypeObject *)written->type;
    PyObject *first = PyLong_FromSsize_t(start), *last = PyLong_FromSsize_t(end), *link = NULL;
    if (first != NULL && last != NULL)
        link = type->tp_alloc(type, 4); /* what tuple's own `__new__` does for a class of tuples */
    if (link == NULL) {
        Py_XDECREF(first);
        Py_XDECREF(last);
        return -1;
    }
    PyTuple_SET_ITEM(link, 0, first);
    PyTuple_SET_ITEM(link, 1, last);
    PyTuple_SET_ITEM(link, 2, Py_NewRef(PyTuple_GET_ITEM(target, 0)));
    PyTuple_SET_ITEM(link, 3, Py_NewRef(PyTuple_GET_ITEM(target, 1)));
    int failed = PyList_Append(written->links, link);
    Py_DECREF(link);
    return failed;
}

/* Writes the text to `out`, which has room for `length` characters; 1 where its link marks are not in pairs or more
 * than the targets, -1 on an error. `meanings[c]` is what a control character stands for, 0 where that is nothing. */
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
                int failed = append_link(written, link == 2 ? start : n, n);
                if (failed)
                    return failed;
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

/* running_text(meanings, type, text, targets, first) -> (text, (link, ...), next)
 *
 * A space is only written before a character that follows it, so that `n` never passes `i`: the text fits its own
 * length. ValueError where link marks are not in pairs. */
PyObject *
running_text(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t count)
{
    Py_UCS4 meanings[FIRST_GRAPHIC];
    if (count != 5 || !PyUnicode_Check(args[0]) || PyUnicode_GET_LENGTH(args[0]) != FIRST_GRAPHIC
        || !PyUnicode_IS_ASCII(args[0]) || !PyType_Check(args[1])
        || !PyType_IsSubtype((PyTypeObject *)args[1], &PyTuple_Type) || !PyUnicode_Check(args[2])
        || !PyList_Check(args[3])) {
        PyErr_SetString(PyExc_TypeError, "running_text(meanings, type, text, targets, first)");
        return NULL;
    }
    Py_ssize_t first = PyLong_AsSsize_t(args[4]);
    if (first < 0) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_ValueError, "running_text: the first target is at 0 or later");
        return NULL;
    }
    for (int i = 0; i < FIRST_GRAPHIC; i++)
        meanings[i] = PyUnicode_READ_CHAR(args[0], i);
    PyObject *text = args[2], *result = NULL;
    Written written = {0, 0, PyList_New(0), args[1], args[3], first};
    void *out = PyMem_Malloc((size_t)PyUnicode_GET_LENGTH(text) * PyUnicode_KIND(text) + 1);
    int verdict = -1;
    if (out == NULL)
        PyErr_NoMemory();
    else if (written.links != NULL)
        BY_KIND(text, verdict = write_text(KIND, data, length, meanings, out, &written));
    if (verdict == 1)
        PyErr_SetString(PyExc_ValueError, "link marks are not in pairs, or more than their targets");
    else if (verdict == 0) {
        PyObject *plain = PyUnicode_FromKindAndData(PyUnicode_KIND(text), out, written.length);
        PyObject *links = PyList_AsTuple(written.links);
        if (plain != NULL && links != NULL)
            result = Py_BuildValue("(OOn)", plain, links, written.next);
        Py_XDECREF(plain);
        Py_XDECREF(links);
    }
    PyMem_Free(out);
    Py_XDECREF(written.links);
    return result;
}

/* ------------------------------------------------------------- character_data */

/* The character that an entity at `in` stands for, and its length; 0 where it is none of the exporter's. */
static char
entity_at(const unsigned char *in, const unsigned char *end, Py_ssize_t *length)
{
    static const struct {
        const char *written;
        Py_ssize_t length;
        char meant;
    } known[] = {{"&lt;", 4, '<'}, {"&gt;", 4, '>'}, {"&quot;", 6, '"'}, {"&amp;", 5, '&'}};
    for (size_t k = 0; k < sizeof known / sizeof *known; k++) {
        if (end - in >= known[k].length && memcmp(in, known[k].written, (size_t)known[k].length) == 0) {
            *length = known[k].length;
            return known[k].meant;
        }
    }
    return 0;
}

/* Whether a byte is more than itself, or may be. */
static inline int
is_special(unsigned char c)
{
    static const unsigned char special[256] = {
        1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
        ['&'] = 1, ['<'] = 1, [']'] = 1, [0xef] = 1,
    };
    return special[c];
}

/* Writes what the bytes mean to `out`, which has room for them all; -1 where a parser of XML has to decide. */
static Py_ssize_t
unescape(const unsigned char *in, const unsigned char *end, char *out)
{
    const char *first = out;
    while (in < end) {
        const unsigned char *from = in;
        while (in < end && !is_special(*in))
            in++;
        memcpy(out, from, (size_t)(in - from));
        out += in - from;
        if (in == end)
            break;
        unsigned char c = *in;
        if (c == '&') {
            Py_ssize_t length = 0;
            char meant = entity_at(in, end, &length);
            if (!meant)
                return -1;
            *out++ = meant;
            in += length;
            continue;
        }
        if ((c < ' ' && c != '\t' && c != '\n') || c == '<'
            || (c == ']' && end - in >= 3 && in[1] == ']' && in[2] == '>')
            || (c == 0xef && end - in >= 3 && in[1] == 0xbf && in[2] >= 0xbe))
            return -1;
        *out++ = (char)c;
        in++;
    }
    return out - first;
}

/* character_data(data, start, end) -> str | None */
PyObject *
character_data(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t count)
{
    if (count != 3 || !PyBytes_Check(args[0])) {
        PyErr_SetString(PyExc_TypeError, "character_data(data, start, end)");
        return NULL;
    }
    Py_ssize_t start = PyLong_AsSsize_t(args[1]), end = PyLong_AsSsize_t(args[2]);
    if ((start == -1 || end == -1) && PyErr_Occurred())
        return NULL;
    if (start < 0 || start > end || end > PyBytes_GET_SIZE(args[0])) {
        PyErr_SetString(PyExc_ValueError, "character_data: 0 <= start <= end <= len(data)");
        return NULL;
    }
    char *out = PyMem_Malloc((size_t)(end - start) + 1);
    if (out == NULL)
        return PyErr_NoMemory();
    const unsigned char *data = (const unsigned char *)PyBytes_AS_STRING(args[0]);
    Py_ssize_t length = unescape(data + start, data + end, out);
    PyObject *text = length < 0 ? Py_NewRef(Py_None) : PyUnicode_DecodeUTF8(out, length, "strict");
    PyMem_Free(out);
    if (text == NULL && PyErr_ExceptionMatches(PyExc_UnicodeDecodeError)) {
        PyErr_Clear();
        Py_RETURN_NONE;
    }
    return text;
}

/* ----------------------------------------------------------------- find_names */

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
    PyObject *found;     /* list of (index of the text, start, index of the name) */
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
append_name(PyObject *found, Py_ssize_t text, Py_ssize_t start, Py_ssize_t name)
{
    PyObject *place = Py_BuildValue("(nnn)", text, start, name);
    int failed = place == NULL ? -1 : PyList_Append(found, place);
    Py_XDECREF(place);
    return failed;
}

/* Appends every name at every place between `first` and `last` of the text; where all must stand alone, none is looked
 * for behind a letter. 1 where that is too much work, -1 on an
 * error. */
ALWAYS_INLINE int
search_part(int kind, const void *data, Py_ssize_t text, Py_ssize_t first, Py_ssize_t last, Search *search)
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
                && append_name(search->found, text, i, k) < 0)
                return -1;
        }
        if (search->work < 0)
            return 1;
    }
    return 0;
}

/* The same for a text without its links, which must lie apart and in order. */
ALWAYS_INLINE int
search_text(int kind, const void *data, Py_ssize_t length, Py_ssize_t text, PyObject *links, Search *search)
{
    Py_ssize_t position = 0;
    int verdict = 0;
    for (Py_ssize_t i = 0; verdict == 0 && i < PySequence_Fast_GET_SIZE(links); i++) {
        PyObject *link = PySequence_Fast_GET_ITEM(links, i);
        if (!PyTuple_Check(link) || PyTuple_GET_SIZE(link) < 2) {
            PyErr_SetString(PyExc_TypeError, "find_names: a link is a tuple");
            return -1;
        }
        Py_ssize_t start = PyLong_AsSsize_t(PyTuple_GET_ITEM(link, 0)), end = PyLong_AsSsize_t(PyTuple_GET_ITEM(link, 1));
        if ((start == -1 || end == -1) && PyErr_Occurred())
            return -1;
        if (start < position || end < start || end > length) {
            PyErr_SetString(PyExc_ValueError, "find_names: links overlap or lie outside of their text");
            return -1;
        }
        if (start == end)
            continue;
        verdict = search_part(kind, data, text, position, start, search);
        position = end;
    }
    return verdict ? verdict : search_part(kind, data, text, position, length, search);
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

/* Searches all texts; what `search_part` returns. */
static int
search_texts(PyObject *texts, PyObject *links, Search *search)
{
    int verdict = 0;
    for (Py_ssize_t t = 0; verdict == 0 && t < PyTuple_GET_SIZE(texts); t++) {
        PyObject *text = PyTuple_GET_ITEM(texts, t);
        if (!PyUnicode_Check(text)) {
            PyErr_SetString(PyExc_TypeError, "find_names: a text is a string");
            return -1;
        }
        PyObject *own = PySequence_Fast(PyTuple_GET_ITEM(links, t), "find_names: the links of a text are a sequence");
        if (own == NULL)
            return -1;
        search->work += WORK_PER_CHARACTER * PyUnicode_GET_LENGTH(text);
        BY_KIND(text, verdict = search_text(KIND, data, length, t, own, search));
        Py_DECREF(own);
    }
    return verdict;
}

/* find_names(texts, links, names, anywhere) -> [(index of the text, start, index of the name), ...] | None */
PyObject *
find_names(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t count)
{
    Search search; /* its buckets are not all in use: they are set apart */
    search.names = NULL;
    search.found = NULL;
    search.work = WORK_PER_CHARACTER * MOST_BUCKETS;
    search.anywhere = count == 4 ? PyLong_AsSsize_t(args[3]) : -1;
    if (search.anywhere < 0) {
        if (!PyErr_Occurred())
            PyErr_SetString(PyExc_TypeError, "find_names(texts, links, names, anywhere)");
        return NULL;
    }
    PyObject *texts = PySequence_Tuple(args[0]), *links = texts == NULL ? NULL : PySequence_Tuple(args[1]);
    PyObject *names = links == NULL ? NULL : PySequence_Tuple(args[2]);
    int verdict = -1;
    if (names == NULL)
        goto done;
    search.number = PyTuple_GET_SIZE(names);
    search.found = PyList_New(0);
    search.names = PyMem_Calloc((size_t)search.number + 1, sizeof(Name));
    if (search.names == NULL)
        PyErr_NoMemory();
    else if (PyTuple_GET_SIZE(texts) != PyTuple_GET_SIZE(links))
        PyErr_SetString(PyExc_ValueError, "find_names: each text has its links");
    else if (search.found != NULL && table_of_names(names, &search) == 0)
        verdict = search_texts(texts, links, &search);
    PyMem_Free(search.names);
done:
    Py_XDECREF(texts);
    Py_XDECREF(links);
    Py_XDECREF(names);
    if (verdict == 0)
        return search.found;
    Py_XDECREF(search.found);
    if (verdict == 1)
        Py_RETURN_NONE;
    return NULL;
}
