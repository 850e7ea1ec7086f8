/* Reading stored records. A part of _kernel.c, which includes it.

   A stored head is JSON of one form: {"record":[…]} with strings, lists of strings, whole numbers and nulls, without
   spaces. What is plain is read here; anything else, an escape in a string to begin with, is left to Python. */

#define MOST_FIELDS 64
#define HEAD_START "{\"record\":["

typedef struct {
    const char *at, *end;
} Text;

/* A string without escapes; NULL where there is none. */
static PyObject *plain_string(Text *text) {
    if (text->at == text->end || *text->at != '"') return NULL;
    const char *start = text->at + 1, *quote = memchr(start, '"', (size_t)(text->end - start));
    if (!quote || memchr(start, '\\', (size_t)(quote - start))) return NULL;
    text->at = quote + 1;
    return PyUnicode_DecodeUTF8(start, quote - start, NULL);
}

static PyObject *plain_list(Text *text) {
    PyObject *list = PyList_New(0), *tuple = NULL;
    for (text->at++; list && text->at < text->end && *text->at != ']'; text->at += text->at < text->end && *text->at == ',') {
        PyObject *one = plain_string(text);
        int added = one && PyList_Append(list, one) == 0;
        Py_XDECREF(one);
        if (!added || text->at == text->end || (*text->at != ',' && *text->at != ']')) goto done;
    }
    if (list && text->at < text->end && text->at[-1] != ',') {
        text->at++;
        tuple = PyList_AsTuple(list);
    }
done:
    Py_XDECREF(list);
    return tuple;
}

static PyObject *plain_number(Text *text) {
    int64_t number = 0;
    const char *start = text->at;
    for (; text->at < text->end && *text->at >= '0' && *text->at <= '9'; text->at++) {
        if (text->at - start == 18) return NULL;
        number = 10 * number + (*text->at - '0');
    }
    if (text->at == start || (*start == '0' && text->at - start > 1)) return NULL;
    return PyLong_FromLongLong(number);
}

static PyObject *plain_value(Text *text) {
    if (text->at == text->end) return NULL;
    if (*text->at == '"') return plain_string(text);
    if (*text->at == '[') return plain_list(text);
    if (*text->at != 'n') return plain_number(text);
    if (text->end - text->at < 4 || memcmp(text->at, "null", 4)) return NULL;
    text->at += 4;
    return Py_NewRef(Py_None);
}

/* The values of a head: how many, or -1. */
static Py_ssize_t plain_head(Text text, PyObject **values) {
    const size_t start = sizeof HEAD_START - 1;
    Py_ssize_t found = 0;
    if ((size_t)(text.end - text.at) < start || memcmp(text.at, HEAD_START, start)) return -1;
    text.at += start;
    while (found < MOST_FIELDS && (values[found] = plain_value(&text))) {
        found++;
        if (text.at == text.end) break;
        if (*text.at == ',') text.at++;
        else if (text.end - text.at == 2 && text.at[0] == ']' && text.at[1] == '}') return found;
        else break;
    }
    PyErr_Clear();
    while (found) Py_DECREF(values[--found]);
    return -1;
}

/* Gives a record the values that were read, if there is one for each name: 1, 0 if not, or -1 with an exception set.
   The values are used up. As object.__setattr__: the record itself lets nobody change it. */
static int fill(PyObject *record, PyObject *names, PyObject **values, Py_ssize_t found) {
    int fits = found == PyTuple_Size(names), failed = 0;
    for (Py_ssize_t at = 0; at < found; at++) {
        if (fits && !failed) failed = PyObject_GenericSetAttr(record, PyTuple_GetItem(names, at), values[at]) < 0;
        Py_DECREF(values[at]);
    }
    return failed ? -1 : fits;
}

/* head(record, names, bytes) -> whether the stored head was plain; then the record's attributes have its values */
static PyObject *head(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    (void)self;
    if (count != 3 || !PyTuple_Check(args[1])) return wrong("head: a record, a tuple of names and bytes are expected"), NULL;
    Array bytes = {0};
    PyObject *values[MOST_FIELDS];
    if (!array_open(args[2], &bytes, 0)) return NULL;
    Text text = {bytes.data, (const char *)bytes.data + bytes.view.len};
    Py_ssize_t found = plain_head(text, values);
    array_close(&bytes);
    int filled = fill(args[0], args[1], values, found);
    return filled < 0 ? NULL : PyBool_FromLong(filled);
}

/* A section of a file: which of its blocks were checked stands in `checked`, a byte each. */
typedef struct {
    Array items, checked;
    int shift; /* item >> shift is the block in which it lies */
} Section;

static int section_open(PyObject *parts, Section *section) {
    if (!PyTuple_Check(parts) || PyTuple_Size(parts) != 3) return wrong("stored: (items, checked, shift) is expected");
    section->shift = (int)PyLong_AsLong(PyTuple_GetItem(parts, 2));
    if (PyErr_Occurred() || !array_open(PyTuple_GetItem(parts, 0), &section->items, 0) ||
        !array_open(PyTuple_GetItem(parts, 1), &section->checked, 0))
        return 0;
    if (section->shift < 0 || section->shift > 32 || !array_is(&section->checked, 'u', 1) ||
        section->items.count > section->checked.count << section->shift)
        return wrong("stored: the parts of a section do not fit");
    return 1;
}

/* Whether items lo to hi (exclusive) are there and were checked. */
static int section_has(const Section *section, int64_t lo, int64_t hi) {
    if (lo < 0 || lo >= hi || hi > section->items.count) return 0;
    const uint8_t *checked = section->checked.data;
    for (int64_t block = lo >> section->shift; block <= (hi - 1) >> section->shift; block++)
        if (!checked[block]) return 0;
    return 1;
}

/* The stored heads of a segment, opened once and kept. */
typedef struct {
    Section heads, starts;
    PyObject *type, *names, *source_name, *doc_name;
} Stored;

#define STORED "casefinder.stored"

static void stored_free(Stored *stored) {
    array_close(&stored->heads.items), array_close(&stored->heads.checked);
    array_close(&stored->starts.items), array_close(&stored->starts.checked);
    Py_XDECREF(stored->type), Py_XDECREF(stored->names);
    Py_XDECREF(stored->source_name), Py_XDECREF(stored->doc_name);
    free(stored);
}

static void stored_closed(PyObject *capsule) {
    Stored *stored = PyCapsule_GetPointer(capsule, STORED);
    if (stored) stored_free(stored);
}

/* stored(heads, starts, type, names) -> what `records` reads; `heads` and `starts` are (items, checked, shift) */
static PyObject *open_stored(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    (void)self;
    if (count != 4 || !PyType_Check(args[2]) || !PyTuple_Check(args[3]))
        return wrong("stored: two sections, a type and a tuple of names are expected"), NULL;
    Stored *stored = calloc(1, sizeof(Stored));
    if (!stored) return PyErr_NoMemory();
    if (!section_open(args[0], &stored->heads) || !section_open(args[1], &stored->starts)) goto failed;
    if (!array_is(&stored->heads.items, 'u', 1) || stored->starts.items.kind != 'u') {
        wrong("stored: the sections do not fit");
        goto failed;
    }
    stored->type = Py_NewRef(args[2]), stored->names = Py_NewRef(args[3]);
    stored->source_name = PyUnicode_InternFromString("_source"), stored->doc_name = PyUnicode_InternFromString("_doc");
    if (!stored->source_name || !stored->doc_name) goto failed;
    PyObject *capsule = PyCapsule_New(stored, STORED, stored_closed);
    if (capsule) return capsule;
failed:
    stored_free(stored);
    return NULL;
}

/* A record that knows where it is stored, and its values where they can be read here; NULL with an exception set. */
static PyObject *record_of(const Stored *stored, PyObject *source, PyObject *number) {
    PyObject *record = PyType_GenericAlloc((PyTypeObject *)stored->type, 0), *values[MOST_FIELDS];
    int64_t doc = PyLong_AsLongLong(number);
    if (!record || PyErr_Occurred() || PyObject_GenericSetAttr(record, stored->source_name, source) < 0 ||
        PyObject_GenericSetAttr(record, stored->doc_name, number) < 0)
        goto failed;
    if (!section_has(&stored->starts, doc, doc < INT64_MAX - 1 ? doc + 2 : doc)) return record;
    const Array *starts = &stored->starts.items;
    int64_t start = (int64_t)item(starts->data, starts->width, doc), end = (int64_t)item(starts->data, starts->width, doc + 1);
    if (!section_has(&stored->heads, start, end)) return record;
    Text text = {(const char *)stored->heads.items.data + start, (const char *)stored->heads.items.data + end};
    if (fill(record, stored->names, values, plain_head(text, values)) >= 0) return record;
failed:
    Py_XDECREF(record);
    return NULL;
}

/* records(stored, source, docs) -> a record for each document
   Each knows `_source` and `_doc`. It has its other attributes where its head is plain and was checked before; where
   not, whoever looks at it reads it as if it had not been read here. */
static PyObject *records(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    (void)self;
    if (count != 3 || !PyList_Check(args[2])) return wrong("records: what is stored, a source and a list are expected"), NULL;
    const Stored *stored = PyCapsule_GetPointer(args[0], STORED);
    PyObject *made = stored ? PyList_New(PyList_Size(args[2])) : NULL;
    for (Py_ssize_t at = 0; made && at < PyList_Size(made); at++) {
        PyObject *record = record_of(stored, args[1], PyList_GetItem(args[2], at));
        if (record) PyList_SetItem(made, at, record);
        else Py_CLEAR(made);
    }
    return made;
}
