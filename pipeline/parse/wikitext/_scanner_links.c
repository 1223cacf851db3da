/* The part of the scanner that reads internal links: where they begin and end, and those that need no more thought. */
#include "_scanner.h"

#define MAX_PLAIN_TITLE 63
#define ROUGH 1
#define PLAIN 2
#define ASCII 128
#define TRAIL 1
#define NO_TRAIL 2

/* What follows a `[[` at `start - 2`, up to the next one at `end`. */
typedef struct {
    Py_ssize_t start, bar, close, end; /* `bar` is -1 without a label, `close` -1 where no link is closed */
    Py_ssize_t rest;                   /* where a link ends with its trail, if it needs no thought */
    int kind;
} Piece;

/* What the caller says of the wiki. */
typedef struct {
    PyObject *capitals; /* what each of the first characters is at the beginning of a title, 0 where it needs thought */
    char behind[ASCII];   /* what each character is behind a link */
    int any_rest;         /* whether no character but the letters of a trail belongs to one */
} Rules;

ALWAYS_INLINE int
in_title(Py_UCS4 c)
{
    static const char never[ASCII] = {
        1, 1, 1, 1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
        ['<'] = 1, ['>'] = 1, ['['] = 1, [']'] = 1, ['{'] = 1, ['|'] = 1, ['}'] = 1, [0x7f] = 1,
    };
    return c >= ASCII || !never[c];
}

/* Where the next `[[` begins, `length` if there is none. */
ALWAYS_INLINE Py_ssize_t
next_opening(int kind, const void *data, Py_ssize_t i, Py_ssize_t length)
{
    while ((i = next_char(kind, data, i, length, '[')) + 1 < length) {
        if (READ(i + 1) == '[')
            return i;
        i++;
    }
    return length;
}

/* Whether a character of a title can only be itself; a space is asked about apart. */
ALWAYS_INLINE int
is_plain(Py_UCS4 c)
{
    if (c < 0x80)
        return c > 0x20 && c != '#' && c != '%' && c != '&' && c != '/' && c != ':' && c != '<' && c != '>' && c != '['
               && c != ']' && c != '_' && c != '{' && c != '|' && c != '}' && c != '~' && c != 0x7f;
    if (c < 0x1680)
        return c != 0xa0;
    return c != 0x1680 && c != 0x180e && !(c >= 0x2000 && c <= 0x200a) && c != 0x200e && c != 0x200f
           && !(c >= 0x2028 && c <= 0x202f) && c != 0x205f && c != 0x3000 && c != 0xfffd;
}

/* Whether what stands from `start` to `end` is a title as it stands: titles.PLAIN_TITLE, of no more characters. */
ALWAYS_INLINE int
plain_title(int kind, const void *data, Py_ssize_t start, Py_ssize_t end)
{
    if (start >= end || end - start > MAX_PLAIN_TITLE || READ(start) == '.' || READ(start) == ' '
        || READ(end - 1) == ' ')
        return 0;
    for (Py_ssize_t i = start; i < end; i++) {
        Py_UCS4 c = READ(i);
        if (c == ' ' ? READ(i + 1) == ' ' : !is_plain(c))
            return 0;
    }
    return 1;
}

ALWAYS_INLINE Piece
piece_at(int kind, const void *data, Py_ssize_t start, Py_ssize_t length)
{
    Piece piece = {.start = start, .bar = -1, .close = -1, .end = next_opening(kind, data, start, length)};
    Py_ssize_t i = start, end = piece.end;
    while (i < end && in_title(READ(i)))
        i++;
    if (i > start && i < end && READ(i) == '|') {
        piece.bar = i;
        for (i++; i < end; i++) {
            Py_UCS4 c = READ(i);
            if (c == ']' && i > piece.bar + 1 && i + 1 < end && READ(i + 1) == ']') {
                piece.close = i;
                break;
            }
            if (c == '[' || c == '\n' || c == 1 || (c == '\'' && i + 1 < end && READ(i + 1) == '\''))
                piece.kind = ROUGH;
        }
    }
    else if (i > start && i + 1 < end && READ(i) == ']' && READ(i + 1) == ']') {
        piece.close = i;
    }
    if (piece.close < 0)
        piece.kind = 0;
    else if (plain_title(kind, data, start, piece.bar < 0 ? piece.close : piece.bar))
        piece.kind += PLAIN;
    return piece;
}

/* What a character is at the beginning of a title, 0 where that needs thought. */
ALWAYS_INLINE Py_UCS4
capital_of(const Rules *rules, Py_UCS4 c)
{
    return c < (size_t)PyUnicode_GET_LENGTH(rules->capitals) ? PyUnicode_READ_CHAR(rules->capitals, c) : 0;
}

/* Whether the piece is a link that means what stands there, its label or its title as its surface, with letters of a
 * trail or none; where these end is noted. */
ALWAYS_INLINE int
needs_no_thought(int kind, const void *data, Piece *piece, const Rules *rules)
{
    if (piece->kind != PLAIN)
        return 0;
    if (!capital_of(rules, READ(piece->start)))
        return 0;
    Py_ssize_t rest = piece->close + 2;
    while (rest < piece->end && READ(rest) < ASCII && rules->behind[READ(rest)] == TRAIL)
        rest++;
    if (rest < piece->end && !rules->any_rest && !(READ(rest) < ASCII && rules->behind[READ(rest)] == NO_TRAIL))
        return 0;
    piece->rest = rest;
    if (piece->bar < 0)
        for (Py_ssize_t i = piece->start; i + 1 < piece->close; i++)
            if (READ(i) == '\'' && READ(i + 1) == '\'')
                return 0;
    return 1;
}

/* What stands from `start` to `end`, with its capital. */
static PyObject *
title_of(PyObject *text, Py_ssize_t start, Py_ssize_t end, const Rules *rules)
{
    PyObject *title = PyUnicode_Substring(text, start, end);
    Py_UCS4 first = PyUnicode_READ_CHAR(text, start), capital = capital_of(rules, first);
    if (title == NULL || capital == first)
        return title;
    if (first < ASCII && capital < ASCII && end - start > 1) {
        /* nobody else has the title yet (one of a single letter is shared by all of Python), and no width changes */
        PyUnicode_WRITE(PyUnicode_KIND(title), PyUnicode_DATA(title), 0, capital);
        return title;
    }
    PyObject *letter = PyUnicode_FromOrdinal((int)capital), *rest = PyUnicode_Substring(text, start + 1, end);
    Py_SETREF(title, letter == NULL || rest == NULL ? NULL : PyUnicode_Concat(letter, rest));
    Py_XDECREF(letter);
    Py_XDECREF(rest);
    return title;
}

static int
append_title(PyObject *titles, PyObject *text, Piece piece, const Rules *rules)
{
    PyObject *title = title_of(text, piece.start, piece.bar < 0 ? piece.close : piece.bar, rules);
    int failed = title == NULL ? -1 : PyList_Append(titles, title);
    Py_XDECREF(title);
    return failed;
}

/* Writes the text from `*position` on, up to the first piece that needs thought: 1 where there is one, -1 on an error.
 * `*position` is then where that piece ends. */
ALWAYS_INLINE int
mark_until(int kind, const void *data, Py_ssize_t length, PyObject *text, const Rules *rules, Py_ssize_t *position,
           TextParts *written, PyObject *titles, Piece *piece)
{
    Py_ssize_t opening = next_opening(kind, data, *position, length), from = *position;
    while (opening < length) {
        *piece = piece_at(kind, data, opening + 2, length);
        if (!needs_no_thought(kind, data, piece, rules))
            break;
        Py_ssize_t surface = piece->bar < 0 ? piece->start : piece->bar + 1, trail = piece->close + 2;
        int bare = piece->rest == trail; /* then the surface is in one part */
        if (write_part(written, kind, data, from, opening, 2) < 0
            || write_part(written, kind, data, surface, piece->close, bare ? 3 : 0) < 0
            || (!bare && write_part(written, kind, data, trail, piece->rest, 3) < 0)
            || append_title(titles, text, *piece, rules) < 0)
            return -1;
        from = piece->rest;
        opening = piece->end;
    }
    *position = opening < length ? piece->end : length;
    return write_part(written, kind, data, from, opening, 0) < 0 ? -1 : opening < length;
}

/* (target, label, kind, rest), None for what is not there. */
static PyObject *
piece_tuple(PyObject *text, Piece piece)
{
    int closed = piece.close >= 0, labelled = closed && piece.bar >= 0;
    return tuple_of(4, (PyObject *[]){
        closed ? PyUnicode_Substring(text, piece.start, labelled ? piece.bar : piece.close) : Py_NewRef(Py_None),
        labelled ? PyUnicode_Substring(text, piece.bar + 1, piece.close) : Py_NewRef(Py_None),
        PyLong_FromLong(piece.kind),
        PyUnicode_Substring(text, closed ? piece.close + 2 : piece.start, piece.end),
    });
}

/* What reads the links of a text; `position` is where it goes on. */
typedef struct {
    PyObject_HEAD
    PyObject *text;
    Py_ssize_t position;
    Rules rules;
} LinkReader;

static void
reader_dealloc(PyObject *self)
{
    Py_DECREF(((LinkReader *)self)->text);
    Py_DECREF(((LinkReader *)self)->rules.capitals);
    PyObject_Free(self);
}

/* stretch(out, titles) -> piece | None; what is appended to `out` is one part, or nothing */
static PyObject *
reader_stretch(PyObject *self, PyObject *const *args, Py_ssize_t count)
{
    if (count != 2 || !PyList_Check(args[0]) || !PyList_Check(args[1])) {
        PyErr_SetString(PyExc_TypeError, "stretch(out, titles)");
        return NULL;
    }
    LinkReader *reader = (LinkReader *)self;
    PyObject *text = reader->text, *part = NULL;
    TextParts written = {0};
    Piece piece = {0};
    int found, kind = PyUnicode_KIND(text);
    BY_KIND(text, found = mark_until(KIND, data, length, text, &reader->rules, &reader->position, &written, args[1],
                                     &piece));
    if (found >= 0 && written.length > 0) {
        part = PyUnicode_FromKindAndData(kind, written.text, (Py_ssize_t)(written.length / (size_t)kind));
        if (part == NULL || PyList_Append(args[0], part) < 0)
            found = -1;
    }
    Py_XDECREF(part);
    PyMem_Free(written.text);
    return found < 0 ? NULL : found ? piece_tuple(text, piece) : Py_NewRef(Py_None);
}

/* following() -> text; where it begins, a `[[` stands or the text ends, whenever a piece was read before */
static PyObject *
reader_following(PyObject *self, PyObject *Py_UNUSED(none))
{
    LinkReader *reader = (LinkReader *)self;
    Py_ssize_t start = reader->position;
    BY_KIND(reader->text, reader->position = next_opening(KIND, data, start + 2, length));
    return PyUnicode_Substring(reader->text, start, reader->position);
}

static PyMethodDef reader_methods[] = {
    {"stretch", (PyCFunction)(void (*)(void))reader_stretch, METH_FASTCALL, NULL},
    {"following", reader_following, METH_NOARGS, NULL},
    {NULL, NULL, 0, NULL},
};

PyTypeObject LinkReaderType = {
    PyVarObject_HEAD_INIT(NULL, 0).tp_name = "pipeline.parse.wikitext._scanner.LinkReader",
    .tp_basicsize = sizeof(LinkReader),
    .tp_dealloc = reader_dealloc,
    .tp_flags = Py_TPFLAGS_DEFAULT,
    .tp_methods = reader_methods,
};

/* Notes what the characters of `text` are behind a link. */
static void
note_behind(Rules *rules, PyObject *text, char what)
{
    for (Py_ssize_t i = 0; i < PyUnicode_GET_LENGTH(text); i++)
        if (PyUnicode_READ_CHAR(text, i) < ASCII)
            rules->behind[PyUnicode_READ_CHAR(text, i)] = what;
}

/* read_links(text, capitals, trail, no_trail) -> LinkReader */
PyObject *
read_links(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t count)
{
    if (count != 4 || !PyUnicode_Check(args[0]) || !PyUnicode_Check(args[1]) || !PyUnicode_Check(args[2])
        || (args[3] != Py_None && !PyUnicode_Check(args[3]))) {
        PyErr_SetString(PyExc_TypeError, "read_links(text, capitals, trail, no_trail)");
        return NULL;
    }
    LinkReader *reader = PyObject_New(LinkReader, &LinkReaderType);
    if (reader == NULL)
        return NULL;
    reader->text = Py_NewRef(args[0]);
    reader->position = 0;
    reader->rules = (Rules){.capitals = Py_NewRef(args[1]), .any_rest = args[3] == Py_None};
    note_behind(&reader->rules, args[2], TRAIL);
    if (args[3] != Py_None)
        note_behind(&reader->rules, args[3], NO_TRAIL);
    return (PyObject *)reader;
}
