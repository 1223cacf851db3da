/* The statements of one property, as msgspec decoded them -> the rows that name an item; twin: groups.python_rows.
 *
 *     prepare(Statement, DataValueDoc, EntityIdDoc, ValueType.ENTITY, END_OF_IDS, named_object)
 *     rows(42, 31, [StatementDoc, ...], kinds) -> [Statement, ...]      what is no row is counted in `kinds`
 *
 * What nearly all statements are like is done here; the others are asked of `named_object` one by one.
 */
#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* What `prepare` was given, and the names of what is read. */
static PyTypeObject *row_type, *value_type, *id_type;
static PyObject *entity_kind, *named_object;
static long long end_of_ids;
static PyObject *n_mainsnak, *n_datavalue, *n_snaktype, *n_type, *n_value, *n_name, *n_entity_type, *n_numeric_id,
    *n_rank, *n_item;

static int
count(PyObject *kinds, PyObject *kind)
{
    PyObject *before = PyDict_GetItemWithError(kinds, kind);
    if (!before && PyErr_Occurred())
        return -1;
    Py_ssize_t number = before ? PyLong_AsSsize_t(before) : 0;
    if (number == -1 && PyErr_Occurred())
        return -1;
    PyObject *after = PyLong_FromSsize_t(number + 1);
    int failed = after ? PyDict_SetItem(kinds, kind, after) : -1;
    Py_XDECREF(after);
    return failed;
}

/* Appends the row; takes over `object` and `rank`, either of which may be NULL after an error. */
static int
append_row(PyObject *found, PyObject *subject, PyObject *property, PyObject *object, PyObject *rank)
{
    PyObject *row = object && rank ? row_type->tp_alloc(row_type, 4) : NULL; /* as tuple.__new__ of a subclass does */
    if (!row) {
        Py_XDECREF(object);
        Py_XDECREF(rank);
        return -1;
    }
    PyTuple_SET_ITEM(row, 0, Py_NewRef(subject));
    PyTuple_SET_ITEM(row, 1, Py_NewRef(property));
    PyTuple_SET_ITEM(row, 2, object);
    PyTuple_SET_ITEM(row, 3, rank);
    int failed = PyList_Append(found, row);
    Py_DECREF(row);
    return failed;
}

/* Whether a value names an item by a number that is one -> `*number`, or NULL there; -1 on an error. */
static int
item_number(PyObject *target, PyObject **number)
{
    *number = NULL;
    if (Py_TYPE(target) != id_type)
        return 0;
    PyObject *type = PyObject_GetAttr(target, n_entity_type);
    if (!type)
        return -1;
    int same = type == n_item ? 1 : PyObject_RichCompareBool(type, n_item, Py_EQ);
    Py_DECREF(type);
    if (same <= 0)
        return same;
    PyObject *id = PyObject_GetAttr(target, n_numeric_id);
    if (!id)
        return -1;
    int overflow;
    long long value = PyLong_AsLongLongAndOverflow(id, &overflow);
    if (!overflow && value > 0 && value < end_of_ids)
        *number = Py_NewRef(id);
    Py_DECREF(id);
    return value == -1 && PyErr_Occurred() ? -1 : 0;
}

/* The common kinds of statements -> 1 done, 0 it is another one, -1 an error. */
static int
take_common(PyObject *statement, PyObject *subject, PyObject *property, PyObject *kinds, PyObject *found)
{
    PyObject *snak = PyObject_GetAttr(statement, n_mainsnak), *data = NULL, *snaktype = NULL, *kind = NULL;
    PyObject *target = NULL, *number = NULL, *name = NULL;
    int done = -1;
    if (!snak || !(data = PyObject_GetAttr(snak, n_datavalue)) || !(snaktype = PyObject_GetAttr(snak, n_snaktype)))
        goto end;
    int same = snaktype == n_value ? 1 : PyObject_RichCompareBool(snaktype, n_value, Py_EQ);
    if (same < 0)
        goto end;
    if (!same || Py_TYPE(data) != value_type) {
        done = 0;
        goto end;
    }
    kind = PyObject_GetAttr(data, n_type);
    if (!kind)
        goto end;
    if (kind != entity_kind) {
        name = PyObject_GetAttr(kind, n_name);
        if (name && count(kinds, name) == 0)
            done = 1;
        goto end;
    }
    target = PyObject_GetAttr(data, n_value);
    if (!target || item_number(target, &number) < 0)
        goto end;
    done = 0;
    if (number)
        done = append_row(found, subject, property, number, PyObject_GetAttr(statement, n_rank)) < 0 ? -1 : 1;
end:
    Py_XDECREF(snak);
    Py_XDECREF(data);
    Py_XDECREF(snaktype);
    Py_XDECREF(kind);
    Py_XDECREF(target);
    Py_XDECREF(name);
    return done;
}

/* Any other statement: `named_object` gives the number of its item, or the kind under which it is counted. */
static int
take_other(PyObject *statement, PyObject *subject, PyObject *property, PyObject *kinds, PyObject *found)
{
    PyObject *object = PyObject_CallOneArg(named_object, statement);
    if (!object)
        return -1;
    if (!PyUnicode_Check(object))
        return append_row(found, subject, property, object, PyObject_GetAttr(statement, n_rank));
    int failed = count(kinds, object);
    Py_DECREF(object);
    return failed;
}

static PyObject *
rows(PyObject *Py_UNUSED(module), PyObject *const *args, Py_ssize_t number)
{
    if (number != 4 || !PyList_Check(args[2]) || !PyDict_Check(args[3]) || !row_type) {
        PyErr_SetString(PyExc_TypeError, "expected rows(subject, property_id, list, dict), after prepare");
        return NULL;
    }
    PyObject *found = PyList_New(0);
    for (Py_ssize_t i = 0; found && i < PyList_GET_SIZE(args[2]); i++) {
        PyObject *statement = Py_NewRef(PyList_GET_ITEM(args[2], i));
        int done = take_common(statement, args[0], args[1], args[3], found);
        if (!done)
            done = take_other(statement, args[0], args[1], args[3], found);
        Py_DECREF(statement);
        if (done < 0)
            Py_CLEAR(found);
    }
    return found;
}

static PyObject *
prepare(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyTypeObject *row, *value, *id;
    PyObject *entity, *named;
    if (!PyArg_ParseTuple(args, "O!O!O!OLO", &PyType_Type, &row, &PyType_Type, &value, &PyType_Type, &id, &entity,
                          &end_of_ids, &named))
        return NULL;
    if (!PyType_IsSubtype(row, &PyTuple_Type)) {
        PyErr_SetString(PyExc_TypeError, "expected a class of tuples for the rows");
        return NULL;
    }
    Py_XSETREF(row_type, (PyTypeObject *)Py_NewRef(row));
    Py_XSETREF(value_type, (PyTypeObject *)Py_NewRef(value));
    Py_XSETREF(id_type, (PyTypeObject *)Py_NewRef(id));
    Py_XSETREF(entity_kind, Py_NewRef(entity));
    Py_XSETREF(named_object, Py_NewRef(named));
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"prepare", prepare, METH_VARARGS, "prepare(row, value, id, kind, end, named): what `rows` works with."},
    {"rows", (PyCFunction)(void (*)(void))rows, METH_FASTCALL, "rows(subject, property_id, statements, kinds)."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {
    PyModuleDef_HEAD_INIT, "pipeline.parse.wikidata._groups", "Statements of one property to rows.", -1, methods,
    NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC
PyInit__groups(void)
{
    const struct {
        PyObject **name;
        const char *text;
    } names[] = {
        {&n_mainsnak, "mainsnak"}, {&n_datavalue, "datavalue"},     {&n_snaktype, "snaktype"},
        {&n_type, "type"},         {&n_value, "value"},             {&n_name, "_value_"},
        {&n_rank, "rank"},         {&n_entity_type, "entity_type"}, {&n_numeric_id, "numeric_id"},
        {&n_item, "item"},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (!*names[i].name && !(*names[i].name = PyUnicode_InternFromString(names[i].text)))
            return NULL;
    PyObject *made = PyModule_Create(&module);
    if (made != NULL && PyModule_AddStringConstant(made, "XLMK_SOURCES", XLMK_SOURCES) < 0)
        Py_CLEAR(made);
    return made;
}
