/* A <page> as MediaWiki's exporter writes it; twin: page_layout.PythonReader, whose patterns say what is taken.
 *
 *     read_pages(RawPage, data, position, limit, end, max_text_chars) -> ([RawPage(...), ...], position)
 *
 * Nothing of the input is trusted: the first page that is not taken, byte by byte, ends it, and the XML parser decides.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define MAX_FIELD_BYTES 2000
#define BLOCK 16
#define FIELDS 10

typedef struct {
    const uint8_t *at, *end;
} Reader;

typedef struct {
    const uint8_t *start, *end; /* NULL where it is not there */
} Piece;

typedef struct {
    Piece title, ns, id, redirect, revision, model;
} Head;

/* What became of character data: bytes of UTF-8, characters, the highest first byte of one that is not ASCII. */
typedef struct {
    Py_ssize_t bytes, chars;
    uint8_t most;
    int has_delete;
} Text;

/* ------------------------------------------------------------- layout */

static inline int
literal(Reader *reader, const char *text, size_t size)
{
    if ((size_t)(reader->end - reader->at) < size || memcmp(reader->at, text, size) != 0)
        return 0;
    reader->at += size;
    return 1;
}

#define IS(reader, text) literal(reader, text, sizeof(text) - 1)

static inline int
spaces(Reader *reader)
{
    while (reader->at < reader->end && (*reader->at == ' ' || *reader->at == '\n' || *reader->at == '\t'))
        reader->at++;
    return 1;
}

/* All up to the next `<`, if that comes within so many bytes. */
static inline int
until_tag(Reader *reader, Py_ssize_t most, Piece *piece)
{
    Py_ssize_t left = reader->end - reader->at;
    const uint8_t *tag = memchr(reader->at, '<', (size_t)(left - 1 < most ? left : most + 1));
    if (!tag)
        return 0;
    *piece = (Piece){reader->at, tag};
    reader->at = tag;
    return 1;
}

/* `<name>field</name>` and spaces behind it. */
#define ELEMENT(reader, name, piece)                                                                                   \
    (IS(reader, "<" name ">") && until_tag(reader, MAX_FIELD_BYTES, piece) && IS(reader, "</" name ">")              \
     && spaces(reader))

/* The same if the next tag is this one; what is not whole then fails at the tag that must follow. */
#define OPTIONAL(reader, name, piece)                                                                                  \
    do {                                                                                                               \
        Reader before = *(reader);                                                                                     \
        Piece found;                                                                                                   \
        if (ELEMENT(reader, name, &found))                                                                             \
            *(piece) = found;                                                                                          \
        else                                                                                                           \
            *(reader) = before;                                                                                        \
    } while (0)

static int
closes(Reader *reader) /* ` />` or `/>` */
{
    if (reader->at < reader->end && *reader->at == ' ')
        reader->at++;
    return IS(reader, "/>");
}

static int
is_hidden(Reader *reader) /* the rest of a tag without content, perhaps as it was deleted */
{
    Reader before = *reader;
    IS(reader, " deleted=\"deleted\"");
    if (closes(reader))
        return 1;
    *reader = before;
    return 0;
}

static int
contributor(Reader *reader)
{
    Piece piece;
    if (!IS(reader, "<contributor"))
        return 0;
    if (is_hidden(reader))
        return spaces(reader);
    if (!IS(reader, ">"))
        return 0;
    for (spaces(reader); !IS(reader, "</contributor>"); spaces(reader)) {
        Reader before = *reader;
        if (ELEMENT(reader, "id", &piece))
            continue;
        *reader = before;
        if (ELEMENT(reader, "username", &piece))
            continue;
        *reader = before;
        if (ELEMENT(reader, "ip", &piece))
            continue;
        *reader = before;
        if (!(IS(reader, "<username") || IS(reader, "<ip")) || !closes(reader))
            return 0;
    }
    return spaces(reader);
}

static int
comment(Reader *reader)
{
    Piece piece;
    if (!IS(reader, "<comment"))
        return 1;
    if (!is_hidden(reader)
        && !(IS(reader, ">") && until_tag(reader, reader->end - reader->at, &piece) && IS(reader, "</comment>")))
        return 0;
    return spaces(reader);
}

static int
redirect(Reader *reader, Piece *piece)
{
    if (!IS(reader, "<redirect title=\""))
        return 1;
    piece->start = reader->at;
    while (reader->at < reader->end && !strchr("\"<\t\r\n", *reader->at))
        reader->at++;
    piece->end = reader->at;
    return IS(reader, "\"") && closes(reader) && spaces(reader);
}

/* `name="digits or also letters"` with a space before it; `least`: how many there must be. */
static int
attribute(Reader *reader, const char *name, size_t size, int letters, int least)
{
    Reader before = *reader;
    if (literal(reader, name, size)) {
        const uint8_t *first = reader->at;
        while (reader->at < reader->end
               && ((*reader->at >= '0' && *reader->at <= '9') || (letters && *reader->at >= 'a' && *reader->at <= 'z')))
            reader->at++;
        if (reader->at - first >= least && IS(reader, "\""))
            return 1;
    }
    *reader = before;
    return 0;
}

#define ATTRIBUTE(reader, name, letters, least) attribute(reader, " " name "=\"", sizeof(" " name "=\"") - 1, letters, least)

static int
opens_text(Reader *reader)
{
    if (!IS(reader, "<text"))
        return 0;
    int has_bytes = ATTRIBUTE(reader, "bytes", 0, 1);
    ATTRIBUTE(reader, "sha1", 1, 0);
    IS(reader, " xml:space=\"preserve\"");
    if (!has_bytes)
        ATTRIBUTE(reader, "bytes", 0, 1);
    return IS(reader, ">");
}

static int
read_head(Reader *reader, Head *head)
{
    Piece other;
    if (!(IS(reader, "<page>") && spaces(reader) && ELEMENT(reader, "title", &head->title)
          && ELEMENT(reader, "ns", &head->ns) && ELEMENT(reader, "id", &head->id)
          && redirect(reader, &head->redirect)))
        return 0;
    OPTIONAL(reader, "restrictions", &other);
    if (!(IS(reader, "<revision>") && spaces(reader) && ELEMENT(reader, "id", &head->revision)))
        return 0;
    OPTIONAL(reader, "parentid", &other);
    if (!(ELEMENT(reader, "timestamp", &other) && contributor(reader)))
        return 0;
    if (IS(reader, "<minor") && !(closes(reader) && spaces(reader)))
        return 0;
    if (!comment(reader))
        return 0;
    OPTIONAL(reader, "origin", &other);
    OPTIONAL(reader, "model", &head->model);
    OPTIONAL(reader, "format", &other);
    return opens_text(reader);
}

static int
read_tail(Reader *reader)
{
    if (!(IS(reader, "</text>") && spaces(reader)))
        return 0;
    if (IS(reader, "<sha1")) {
        if (IS(reader, ">")) {
            while (reader->at < reader->end
                   && ((*reader->at >= '0' && *reader->at <= '9') || (*reader->at >= 'a' && *reader->at <= 'z')))
                reader->at++;
            if (!IS(reader, "</sha1>"))
                return 0;
        } else if (!closes(reader)) {
            return 0;
        }
        spaces(reader);
    }
    return IS(reader, "</revision>") && spaces(reader) && IS(reader, "</page>");
}

/* ------------------------------------------------------------- character data */

static const uint8_t *
entity_at(const uint8_t *in, const uint8_t *end, uint8_t *meant)
{
    Reader reader = {in, end};
    *meant = IS(&reader, "&quot;") ? '"'
             : IS(&reader, "&lt;") ? '<'
             : IS(&reader, "&gt;") ? '>'
             : IS(&reader, "&amp;") ? '&'
                                    : 0;
    return *meant ? reader.at : NULL;
}

/* How many bytes the character has that begins at `in` with a byte above 0x7f; 0 where it is none, or not XML's. */
static Py_ssize_t
sequence_at(const uint8_t *in, const uint8_t *end)
{
    uint8_t c = in[0];
    Py_ssize_t size = c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;
    if (!size || end - in < size)
        return 0;
    for (Py_ssize_t i = 1; i < size; i++)
        if ((in[i] & 0xc0) != 0x80)
            return 0;
    if ((c == 0xe0 && in[1] < 0xa0) || (c == 0xed && in[1] >= 0xa0) || (c == 0xf0 && in[1] < 0x90)
        || (c == 0xf4 && in[1] >= 0x90) || (c == 0xef && in[1] == 0xbf && in[2] >= 0xbe))
        return 0;
    return size;
}

static inline int
is_special(uint8_t c) /* whether a byte is more than itself, or may be; 0x7f is, as it is asked for */
{
    return (c < ' ') & (c != '\n') || c == '&' || c == '<' || c == '>' || c >= 0x7f;
}

/* How many of the next bytes, of BLOCK at most, are no more than themselves. */
static inline int
plain_bytes(const uint8_t *block)
{
#ifdef __SSE2__
    __m128i bytes = _mm_loadu_si128((const __m128i *)block), special;
    special = _mm_cmplt_epi8(bytes, _mm_set1_epi8(' ')); /* as signed numbers: all above 0x7f too */
    special = _mm_andnot_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('\n')), special);
    special = _mm_or_si128(special, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('&')));
    special = _mm_or_si128(special, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('<')));
    special = _mm_or_si128(special, _mm_cmpeq_epi8(bytes, _mm_set1_epi8('>')));
    special = _mm_or_si128(special, _mm_cmpeq_epi8(bytes, _mm_set1_epi8(0x7f)));
    int found = _mm_movemask_epi8(special);
    return found ? __builtin_ctz((unsigned)found) : BLOCK;
#else
    int plain = 0;
    while (plain < BLOCK && !is_special(block[plain]))
        plain++;
    return plain;
#endif
}

/* Writes what the bytes mean as UTF-8 to `out`, which has room for them all; 0 where the XML parser has to decide.
 * `tags`: a `<` is no more than itself. */
static int
unescape(const uint8_t *in, const uint8_t *end, uint8_t *out, int tags, Text *text)
{
    const uint8_t *begin = in, *first = out;
    Py_ssize_t following = 0;
    *text = (Text){0, 0, 0, 0};
    while (in < end) {
        int plain = BLOCK;
        while (plain == BLOCK && end - in >= BLOCK) {
            plain = plain_bytes(in);
            memcpy(out, in, BLOCK); /* of a fixed size; what is too much is written over */
            in += plain;
            out += plain;
        }
        while (in < end && !is_special(*in))
            *out++ = *in++;
        if (in == end)
            break;
        uint8_t c = *in;
        if (c == '&') {
            in = entity_at(in, end, out++);
            if (!in)
                return 0;
        } else if (c >= 0x80) {
            while (in < end && *in >= 0x80) {
                Py_ssize_t size = sequence_at(in, end);
                if (!size)
                    return 0;
                if (*in > text->most)
                    text->most = *in;
                memcpy(out, in, (size_t)size);
                following += size - 1;
                in += size;
                out += size;
            }
        } else {
            if ((c < ' ' && c != '\t') || (c == '<' && !tags)
                || (c == '>' && in - begin >= 2 && in[-1] == ']' && in[-2] == ']'))
                return 0;
            text->has_delete |= c == 0x7f;
            *out++ = c;
            in++;
        }
    }
    text->bytes = out - first;
    text->chars = text->bytes - following;
    return 1;
}

#define WIDEN(Type)                                                                                                    \
    do {                                                                                                               \
        Type *to = PyUnicode_DATA(result);                                                                             \
        while (in < end) {                                                                                             \
            uint64_t eight;                                                                                            \
            if (end - in >= 8 && (memcpy(&eight, in, 8), !(eight & 0x8080808080808080ULL))) {                          \
                for (int i = 0; i < 8; i++)                                                                            \
                    to[i] = in[i];                                                                                     \
                to += 8;                                                                                               \
                in += 8;                                                                                               \
                continue;                                                                                              \
            }                                                                                                          \
            uint32_t c = *in++;                                                                                        \
            if (c >= 0x80) {                                                                                           \
                int more = c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;                                                            \
                for (c &= 0x3fu >> more; more; more--)                                                                 \
                    c = c << 6 | (*in++ & 0x3f);                                                                       \
            }                                                                                                          \
            *to++ = (Type)c;                                                                                           \
        }                                                                                                              \
    } while (0)

/* The str of what `unescape` wrote. */
static PyObject *
string_of(const uint8_t *in, const Text *text)
{
    const uint8_t *end = in + text->bytes;
    PyObject *result = PyUnicode_New(text->chars, !text->most         ? 0x7f
                                                  : text->most < 0xc4 ? 0xff
                                                  : text->most < 0xf0 ? 0xffff
                                                                      : 0x10ffff);
    if (!result || !text->chars)
        return result;
    if (!text->most)
        memcpy(PyUnicode_DATA(result), in, (size_t)text->bytes);
    else if (text->most < 0xc4)
        WIDEN(Py_UCS1);
    else if (text->most < 0xf0)
        WIDEN(Py_UCS2);
    else
        WIDEN(Py_UCS4);
    return result;
}

/* A field as str, None where it is not there; it was seen to be character data. */
static PyObject *
field(Piece piece, uint8_t *room)
{
    Text text;
    if (!piece.start)
        Py_RETURN_NONE;
    if (!unescape(piece.start, piece.end, room, 0, &text)) {
        PyErr_SetString(PyExc_AssertionError, "a field that is no character data");
        return NULL;
    }
    return string_of(room, &text);
}

/* ------------------------------------------------------------- the page */

static PyObject *
new_page(PyTypeObject *type, const Head *head, PyObject *string, int no_controls, uint8_t *room)
{
    PyObject *fields[FIELDS] = {
        field(head->id, room),        field(head->title, room),     field(head->ns, room),
        field(head->redirect, room),  field(head->revision, room),  field(head->model, room),
        Py_NewRef(string),            PyUnicode_InternFromString("present"),
        PyLong_FromLong(1),           PyBool_FromLong(no_controls),
    };
    PyObject *page = type->tp_alloc(type, FIELDS);
    int whole = page != NULL;
    for (int i = 0; i < FIELDS; i++)
        whole &= fields[i] != NULL;
    for (int i = 0; i < FIELDS; i++) {
        if (whole)
            PyTuple_SET_ITEM(page, i, fields[i]);
        else
            Py_XDECREF(fields[i]);
    }
    if (!whole)
        Py_CLEAR(page);
    return page;
}

/* The page at `start`, and where it ends; NULL without an error where the XML parser has to decide. */
static PyObject *
page_of(PyTypeObject *type, const uint8_t *start, const uint8_t *end, Py_ssize_t max_text_chars, const uint8_t **page_end)
{
    Reader reader = {start, end};
    Head head = {0};
    Piece text;
    Text in_head, in_text;
    if (!read_head(&reader, &head))
        return NULL;
    const uint8_t *head_end = reader.at;
    if (!until_tag(&reader, reader.end - reader.at, &text) || text.start == text.end || !read_tail(&reader))
        return NULL;
    size_t head_size = (size_t)(head_end - start), text_size = (size_t)(text.end - text.start);
    uint8_t *room = PyMem_RawMalloc(head_size > text_size ? head_size : text_size);
    if (!room)
        return PyErr_NoMemory();
    PyObject *page = NULL, *string = NULL;
    if (unescape(start, head_end, room, 1, &in_head) && unescape(text.start, text.end, room, 0, &in_text)
        && in_text.chars <= max_text_chars)
        string = string_of(room, &in_text);
    if (string)
        page = new_page(type, &head, string, !in_text.has_delete, room);
    PyMem_RawFree(room);
    Py_XDECREF(string);
    *page_end = reader.at;
    return page;
}

/* Where the next `<page>` is from `at` on; NULL if there is none. */
static const uint8_t *
next_page(const uint8_t *at, const uint8_t *end)
{
    static const char tag[] = "<page>";
    size_t size = sizeof(tag) - 1;
    while ((at = memchr(at, '<', (size_t)(end - at))) && ((size_t)(end - at) < size || memcmp(at, tag, size) != 0))
        at++;
    return at;
}

static PyObject *
read_pages(PyObject *Py_UNUSED(self), PyObject *args)
{
    PyTypeObject *type;
    PyObject *bytes;
    Py_ssize_t position, limit, end, max_text_chars;
    if (!PyArg_ParseTuple(args, "O!Snnnn", &PyType_Type, &type, &bytes, &position, &limit, &end, &max_text_chars))
        return NULL;
    if (!PyType_IsSubtype(type, &PyTuple_Type) || position < 0 || end < position || end > PyBytes_GET_SIZE(bytes)) {
        PyErr_SetString(PyExc_ValueError, "read_pages: a kind of tuple, and 0 <= position <= end <= len(data)");
        return NULL;
    }
    const uint8_t *data = (const uint8_t *)PyBytes_AS_STRING(bytes), *data_end = data + PyBytes_GET_SIZE(bytes);
    PyObject *pages = PyList_New(0);
    while (pages && position >= 0 && position < limit) {
        const uint8_t *page_end = NULL, *next;
        PyObject *page = position < end ? page_of(type, data + position, data + end, max_text_chars, &page_end) : NULL;
        if (!page && !PyErr_Occurred())
            break;
        if (!page || PyList_Append(pages, page) < 0)
            Py_CLEAR(pages);
        Py_XDECREF(page);
        if (pages) {
            next = next_page(page_end, data_end);
            position = next ? next - data : -1;
        }
    }
    return pages ? Py_BuildValue("(Nn)", pages, position) : NULL;
}

static PyMethodDef methods[] = {
    {"read_pages", read_pages, METH_VARARGS,
     "read_pages(type, data, position, limit, end, max_text_chars) -> (pages, position)"},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "pipeline.parse.dump._page_layout", "Pages as the exporter writes them.", 0, methods,
    NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC
PyInit__page_layout(void)
{
    PyObject *made = PyModule_Create(&module);
    if (made != NULL && PyModule_AddStringConstant(made, "XLMK_SOURCES", XLMK_SOURCES) < 0)
        Py_CLEAR(made);
    return made;
}
