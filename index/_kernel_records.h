/* Writing the values of a record as JSON, as json's encoder does with ensure_ascii=False. */

#include <stdio.h>

typedef struct {
    char *bytes;
    size_t used, room;
} Text;

static int text_room(Text *text, size_t more) {
    if (more <= text->room - text->used) return 1;
    size_t room = 2 * text->room + more;
    char *bytes = realloc(text->bytes, room);
    if (!bytes) return PyErr_NoMemory(), 0;
    text->bytes = bytes;
    text->room = room;
    return 1;
}

/* Whether one of eight bytes is to be escaped; it may also say so of others. */
static inline int escapes(uint64_t x) {
    const uint64_t ones = 0x0101010101010101u, tops = 0x8080808080808080u;
    uint64_t quote = x ^ ones * '"', slash = x ^ ones * '\\';
    return (((x - ones * 0x20) | (quote - ones) | (slash - ones)) & tops) != 0;
}

static void escape(Text *text, unsigned char c) {
    static const char hex[] = "0123456789abcdef", plain[] = "\"\\\n\r\t\f\b", named[] = "\"\\nrtfb";
    char *out = text->bytes + text->used;
    const char *known = c ? strchr(plain, c) : NULL;
    *out++ = '\\';
    if (known) *out++ = named[known - plain];
    else {
        *out++ = 'u', *out++ = '0', *out++ = '0';
        *out++ = hex[c >> 4], *out++ = hex[c & 15];
    }
    text->used = (size_t)(out - text->bytes);
}

/* Appends a string; 1, 0 after an error, -1 where the value is none that UTF-8 can hold. */
static int text_string(Text *text, PyObject *value) {
    if (!PyUnicode_Check(value)) return -1;
    Py_ssize_t size;
    const char *from = PyUnicode_AsUTF8AndSize(value, &size);
    if (!from) {
        if (!PyErr_ExceptionMatches(PyExc_UnicodeEncodeError)) return 0;
        PyErr_Clear();
        return -1;
    }
    if ((size_t)size > (SIZE_MAX - 2) / 6) return PyErr_NoMemory(), 0;
    if (!text_room(text, 6 * (size_t)size + 2)) return 0;
    text->bytes[text->used++] = '"';
    for (Py_ssize_t at = 0; at < size;) {
        uint64_t eight;
        if (size - at >= 8) {
            memcpy(&eight, from + at, 8);
            if (!escapes(eight & 0x7f7f7f7f7f7f7f7fu)) {
                memcpy(text->bytes + text->used, from + at, 8);
                text->used += 8, at += 8;
                continue;
            }
        }
        for (Py_ssize_t end = size - at >= 8 ? at + 8 : size; at < end; at++) {
            unsigned char c = (unsigned char)from[at];
            if (c < 0x20 || c == '"' || c == '\\') escape(text, c);
            else text->bytes[text->used++] = (char)c;
        }
    }
    text->bytes[text->used++] = '"';
    return 1;
}

static int text_list(Text *text, PyObject *values) {
    int tuple = PyTuple_Check(values);
    if (!tuple && !PyList_Check(values)) return -1;
    Py_ssize_t count = tuple ? PyTuple_Size(values) : PyList_Size(values);
    if (!text_room(text, 2)) return 0;
    text->bytes[text->used++] = '[';
    for (Py_ssize_t i = 0; i < count; i++) {
        int done = text_string(text, tuple ? PyTuple_GetItem(values, i) : PyList_GetItem(values, i));
        if (done != 1) return done;
        if (!text_room(text, 2)) return 0;
        text->bytes[text->used++] = ',';
    }
    if (count) text->used--;
    text->bytes[text->used++] = ']';
    return 1;
}

static int text_number(Text *text, PyObject *value) {
    if (!text_room(text, 32)) return 0;
    if (value == Py_None) {
        memcpy(text->bytes + text->used, "null", 4);
        text->used += 4;
        return 1;
    }
    if (!PyLong_Check(value)) return -1;
    int overflow;
    long long number = PyLong_AsLongLongAndOverflow(value, &overflow);
    if (number == -1 && PyErr_Occurred()) return 0;
    if (overflow) return -1;
    text->used += (size_t)snprintf(text->bytes + text->used, 32, "%lld", number);
    return 1;
}

/* json_values(values, kinds) -> a list of bytes, or None

   The JSON text of each value of a tuple, in UTF-8; kinds[i] is 's' for a string, 'l' for a list or tuple of strings,
   'n' for a whole number or None. None: a value is of another kind, or holds half of a surrogate pair. */
static PyObject *json_values(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    (void)self;
    if (count != 2 || !PyTuple_Check(args[0]) || !PyBytes_Check(args[1]))
        return wrong("json_values takes a tuple and the kinds of its values"), NULL;
    Py_ssize_t n = PyTuple_Size(args[0]);
    if (PyBytes_Size(args[1]) != n) return wrong("json_values: a kind is expected for each value"), NULL;
    const char *kinds = PyBytes_AsString(args[1]);
    Text text = {NULL, 0, 0};
    PyObject *answer = PyList_New(n);
    int done = answer != NULL;
    for (Py_ssize_t i = 0; done == 1 && i < n; i++) {
        PyObject *value = PyTuple_GetItem(args[0], i), *bytes;
        text.used = 0;
        switch (kinds[i]) {
            case 's': done = text_string(&text, value); break;
            case 'l': done = text_list(&text, value); break;
            case 'n': done = text_number(&text, value); break;
            default: done = wrong("json_values: an unknown kind");
        }
        if (done == 1 && !(bytes = PyBytes_FromStringAndSize(text.bytes, (Py_ssize_t)text.used))) done = 0;
        if (done == 1) PyList_SetItem(answer, i, bytes);
    }
    free(text.bytes);
    if (done == 1) return answer;
    Py_XDECREF(answer);
    return done ? Py_NewRef(Py_None) : NULL;
}
