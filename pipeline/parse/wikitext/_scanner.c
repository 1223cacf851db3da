/* Finds markup in wikitext: where tokens begin and end. What they mean is decided in Python.
 *
 * Every function has a twin in scanner_pure.py, text_pure.py or names_pure.py that says the same in Python; the tests
 * hold them together. Texts come from untrusted dumps: every read is bounded by the length of the string, and all
 * three widths of Python's strings (PEP 393) are read by the same code, compiled once for each.
 */
#include "_scanner.h"

/* ---------------------------------------------------------------- find_markup */

static inline int
ends_tag_name(Py_UCS4 c)
{
    return c == '/' || c == '>' || Py_UNICODE_ISSPACE(c);
}

static inline Py_UCS4
lower(Py_UCS4 c)
{
    return c >= 'A' && c <= 'Z' ? c + 32 : c;
}

#define MAX_TAG_NAME 24

/* End of `<name` or `</name` at `start` if `names` has it and it is followed by a space, `/` or `>`; 0 if not, -1 on an
 * error. The name is compared in small ASCII letters, with its slash. */
ALWAYS_INLINE Py_ssize_t
tag_at(int kind, const void *data, Py_ssize_t start, Py_ssize_t length, PyObject *names)
{
    char name[MAX_TAG_NAME];
    Py_ssize_t i = start + 1;
    int size = 0;
    if (i < length && READ(i) == '/') {
        name[size++] = '/';
        i++;
    }
    for (; i < length; i++) {
        Py_UCS4 c = lower(READ(i));
        if (!((c >= 'a' && c <= 'z') || c == '-'))
            break;
        if (size == MAX_TAG_NAME)
            return 0;
        name[size++] = (char)c;
    }
    if (size == 0 || i >= length || !ends_tag_name(READ(i)))
        return 0;
    PyObject *key = PyUnicode_FromKindAndData(PyUnicode_1BYTE_KIND, name, size);
    if (key == NULL)
        return -1;
    int known = PySet_Contains(names, key);
    Py_DECREF(key);
    return known < 0 ? -1 : known ? i : 0;
}

ALWAYS_INLINE int
says_ref(int kind, const void *data, Py_ssize_t i, Py_ssize_t length)
{
    return i + 3 <= length && lower(READ(i)) == 'r' && lower(READ(i + 1)) == 'e' && lower(READ(i + 2)) == 'f';
}

/* End of a whole `<ref … />` or `<ref …>…</ref>` without a tag inside that begins at `start`, 0 if there is none. */
ALWAYS_INLINE Py_ssize_t
reference_at(int kind, const void *data, Py_ssize_t start, Py_ssize_t length)
{
    Py_ssize_t i = start + 4;
    if (!says_ref(kind, data, start + 1, length) || i >= length || !ends_tag_name(READ(i)))
        return 0;
    while (i < length && READ(i) != '<' && READ(i) != '>')
        i++;
    if (i >= length || READ(i) != '>')
        return 0;
    if (READ(i - 1) == '/')
        return i + 1;
    i++;
    while (i < length && READ(i) != '<')
        i++;
    if (i + 1 >= length || READ(i + 1) != '/' || !says_ref(kind, data, i + 2, length))
        return 0;
    i += 5;
    while (i < length && Py_UNICODE_ISSPACE(READ(i)))
        i++;
    return i < length && READ(i) == '>' ? i + 1 : 0;
}

enum { BEGINS = 1, BEGINS_INSIDE = 2, BEGINS_VARIANT = 4 };

static const unsigned char events[256] = {
    ['{'] = BEGINS, ['<'] = BEGINS, ['['] = BEGINS_INSIDE, [']'] = BEGINS_INSIDE, ['}'] = BEGINS_INSIDE,
    ['-'] = BEGINS_VARIANT,
};

/* Whether a character may begin one of the wanted events. */
ALWAYS_INLINE int
begins(int kind, Py_UCS4 c, unsigned wanted)
{
    return (kind == PyUnicode_1BYTE_KIND || c <= 0xff) && (events[c] & wanted);
}

/* Where the first character at `i` or later stands that may begin an event inside of brackets; `length` if none does. */
ALWAYS_INLINE Py_ssize_t
content_end(int kind, const void *data, Py_ssize_t i, Py_ssize_t length)
{
    while (i < length && !begins(kind, READ(i), BEGINS | BEGINS_INSIDE))
        i++;
    return i;
}

/* `i + 2` if just two of the brackets stand at `i`; 0 if not. */
ALWAYS_INLINE Py_ssize_t
two_at(int kind, const void *data, Py_ssize_t i, Py_ssize_t length, Py_UCS4 bracket)
{
    if (i + 1 >= length || READ(i) != bracket || READ(i + 1) != bracket)
        return 0;
    return i + 2 < length && READ(i + 2) == bracket ? 0 : i + 2;
}

/* End of a link in just two brackets that has none within; 0 if there is more to it. */
ALWAYS_INLINE Py_ssize_t
plain_link_at(int kind, const void *data, Py_ssize_t start, Py_ssize_t length)
{
    Py_ssize_t inner = two_at(kind, data, start, length, '[');
    return inner ? two_at(kind, data, content_end(kind, data, inner, length), length, ']') : 0;
}

/* End of a template in just two braces that has nothing but such links within; 0 if there is more to it. */
ALWAYS_INLINE Py_ssize_t
simple_template_at(int kind, const void *data, Py_ssize_t start, Py_ssize_t length)
{
    Py_ssize_t i = start, after = two_at(kind, data, start, length, '{');
    while (after) {
        i = content_end(kind, data, after, length);
        after = plain_link_at(kind, data, i, length);
    }
    return i > start ? two_at(kind, data, i, length, '}') : 0;
}

ALWAYS_INLINE Py_ssize_t
run_at(int kind, const void *data, Py_ssize_t start, Py_ssize_t length)
{
    Py_UCS4 c = READ(start);
    Py_ssize_t i = start;
    while (i < length && READ(i) == c)
        i++;
    return i;
}

/* The event that begins at `i`: its end, 0 if none begins there, -1 on an error. */
ALWAYS_INLINE Py_ssize_t
event_at(int kind, const void *data, Py_ssize_t i, Py_ssize_t length, int inside, int variants, PyObject *names)
{
    Py_UCS4 c = READ(i), next = i + 1 < length ? READ(i + 1) : 0;
    Py_ssize_t end = 0;
    switch (c) {
    case '{':
    case '[':
        if (next != c || (c == '[' && !inside))
            return 0;
        end = c == '[' ? plain_link_at(kind, data, i, length) : simple_template_at(kind, data, i, length);
        return end ? end : run_at(kind, data, i, length);
    case '}':
        if (variants && inside && next == '-')
            return i + 2;
        /* fall through */
    case ']':
        return inside && next == c ? run_at(kind, data, i, length) : 0;
    case '-':
        return variants && next == '{' && (i + 2 >= length || READ(i + 2) != '{') ? i + 2 : 0;
    case '<':
        if (next == '!')
            return i + 3 < length && READ(i + 2) == '-' && READ(i + 3) == '-' ? i + 4 : 0;
        end = reference_at(kind, data, i, length);
        return end ? end : tag_at(kind, data, i, length, names);
    default:
        return 0;
    }
}

ALWAYS_INLINE Py_ssize_t
next_event(int kind, const void *data, Py_ssize_t start, Py_ssize_t length, int inside, int variants, PyObject *names,
           Py_ssize_t *end)
{
    const unsigned wanted = BEGINS | (inside ? BEGINS_INSIDE : 0) | (variants ? BEGINS_VARIANT : 0);
    for (Py_ssize_t i = start; i < length; i++) {
        if (!begins(kind, READ(i), wanted))
            continue;
        *end = event_at(kind, data, i, length, inside, variants, names);
        if (*end)
            return i;
    }
    return -1;
}

PyDoc_STRVAR(find_markup_doc, "find_markup(names, text, position, inside, variants) -> (start, end) | None");

PyObject *
find_markup(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t count)
{
    if (count != 5 || !PyAnySet_Check(args[0]) || !PyUnicode_Check(args[1])) {
        PyErr_SetString(PyExc_TypeError, find_markup_doc);
        return NULL;
    }
    Py_ssize_t position = PyLong_AsSsize_t(args[2]), end = 0, start = -1;
    int inside = PyObject_IsTrue(args[3]), variants = PyObject_IsTrue(args[4]);
    if ((position == -1 && PyErr_Occurred()) || inside < 0 || variants < 0)
        return NULL;
    if (position < 0)
        position = 0;
    BY_KIND(args[1], start = next_event(KIND, data, position, length, inside, variants, args[0], &end));
    if (end < 0)
        return NULL;
    if (start < 0)
        Py_RETURN_NONE;
    return tuple_of(2, (PyObject *[]){PyLong_FromSsize_t(start), PyLong_FromSsize_t(end)});
}

/* Appends the part of the text to the list. */
static int
append_part(PyObject *parts, PyObject *text, Py_ssize_t start, Py_ssize_t end)
{
    PyObject *part = PyUnicode_Substring(text, start, end);
    int failed = part == NULL ? -1 : PyList_Append(parts, part);
    Py_XDECREF(part);
    return failed;
}

ALWAYS_INLINE int
split_into(int kind, const void *data, Py_ssize_t length, PyObject *text, int variants, PyObject *names,
           PyObject *parts)
{
    Py_ssize_t position = 0, i = 0, angle = -1, brace = -1, end = 0;
    while (i < length) {
        if (variants) {
            i = next_event(kind, data, i, length, 0, 1, names, &end);
            if (i < 0)
                break;
        }
        else { /* there are but two beginnings, and each is sought faster by itself */
            if (angle < i)
                angle = next_char(kind, data, i, length, '<');
            if (brace < i)
                brace = next_char(kind, data, i, length, '{');
            i = angle < brace ? angle : brace;
            end = i < length ? event_at(kind, data, i, length, 0, 0, names) : 0;
            if (end == 0) {
                i++;
                continue;
            }
        }
        if (end < 0 || append_part(parts, text, position, i) < 0 || append_part(parts, text, i, end) < 0)
            return -1;
        i = position = end;
    }
    return append_part(parts, text, position, length);
}

PyDoc_STRVAR(split_markup_doc, "split_markup(names, text, variants) -> list of what is between events and the events");

PyObject *
split_markup(PyObject *Py_UNUSED(self), PyObject *const *args, Py_ssize_t count)
{
    if (count != 3 || !PyAnySet_Check(args[0]) || !PyUnicode_Check(args[1])) {
        PyErr_SetString(PyExc_TypeError, split_markup_doc);
        return NULL;
    }
    int variants = PyObject_IsTrue(args[2]), failed = -1;
    PyObject *parts = variants < 0 ? NULL : PyList_New(0);
    if (parts != NULL)
        BY_KIND(args[1], failed = split_into(KIND, data, length, args[1], variants, args[0], parts));
    if (failed < 0)
        Py_CLEAR(parts);
    return parts;
}

static PyMethodDef methods[] = {
    {"find_markup", (PyCFunction)(void (*)(void))find_markup, METH_FASTCALL, find_markup_doc},
    {"split_markup", (PyCFunction)(void (*)(void))split_markup, METH_FASTCALL, split_markup_doc},
    {"read_links", (PyCFunction)(void (*)(void))read_links, METH_FASTCALL, NULL},
    {"running_text", (PyCFunction)(void (*)(void))running_text, METH_FASTCALL, NULL},
    {"link_surfaces", link_surfaces, METH_O, NULL},
    {"find_names", (PyCFunction)(void (*)(void))find_names, METH_FASTCALL, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "pipeline.parse.wikitext._scanner", "Finds markup in wikitext.", 0, methods,
    NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC
PyInit__scanner(void)
{
    PyObject *made = PyType_Ready(&LinkReaderType) < 0 ? NULL : PyModule_Create(&module);
    if (made != NULL && PyModule_AddStringConstant(made, "XLMK_SOURCES", XLMK_SOURCES) < 0)
        Py_CLEAR(made);
    return made;
}
