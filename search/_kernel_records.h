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

/* head(record, names, bytes) -> whether the stored head was plain; then the record's attributes have its values */
static PyObject *head(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    (void)self;
    if (count != 3 || !PyTuple_Check(args[1])) return wrong("head: a record, a tuple of names and bytes are expected"), NULL;
    Array bytes = {0};
    PyObject *values[MOST_FIELDS];
    if (!array_open(args[2], &bytes, 0)) return NULL;
    Text text = {bytes.data, (const char *)bytes.data + bytes.view.len};
    Py_ssize_t found = plain_head(text, values), names = PyTuple_Size(args[1]);
    int filled = found == names, failed = 0;
    array_close(&bytes);
    for (Py_ssize_t at = 0; at < found; at++) {
        /* As object.__setattr__: the record itself lets nobody change it. */
        if (filled && !failed) failed = PyObject_GenericSetAttr(args[0], PyTuple_GetItem(args[1], at), values[at]) < 0;
        Py_DECREF(values[at]);
    }
    return failed ? NULL : PyBool_FromLong(filled);
}
