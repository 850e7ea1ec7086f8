/* Arrays of numpy, as C sees them: contiguous, one-dimensional, in the machine's byte order. */

#ifndef CASEFINDER_ARRAYS_H
#define CASEFINDER_ARRAYS_H

#define Py_LIMITED_API 0x030b0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    Py_buffer view;
    const void *data;
    Py_ssize_t count;
    char kind; /* 'u' unsigned, 'i' signed, 'f' floating */
    int width; /* bytes an item */
} Array;

static int array_open(PyObject *object, Array *array, int writable) {
    int flags = PyBUF_C_CONTIGUOUS | PyBUF_FORMAT | (writable ? PyBUF_WRITABLE : 0);
    array->view.obj = NULL;
    if (PyObject_GetBuffer(object, &array->view, flags) < 0) return 0;
    const char *format = array->view.format ? array->view.format : "B";
    if (*format == '<' || *format == '=' || *format == '@') format++;
    array->data = array->view.buf;
    array->width = (int)array->view.itemsize;
    array->count = array->view.itemsize ? array->view.len / array->view.itemsize : 0;
    if (strchr("BHILQ?", *format)) array->kind = 'u';
    else if (strchr("bhilq", *format)) array->kind = 'i';
    else if (strchr("fd", *format)) array->kind = 'f';
    else {
        PyErr_Format(PyExc_TypeError, "an array of items %s is not understood", format);
        PyBuffer_Release(&array->view);
        array->view.obj = NULL;
        return 0;
    }
    return 1;
}

static void array_close(Array *array) {
    if (array->view.obj) PyBuffer_Release(&array->view);
    array->view.obj = NULL;
}

static inline int array_is(const Array *array, char kind, int width) { return array->kind == kind && array->width == width; }

static int wrong(const char *what) {
    PyErr_SetString(PyExc_ValueError, what);
    return 0;
}

/* The array arguments of a call, opened one by one; closed together. */
#define MOST_ARRAYS 12
typedef struct {
    Array arrays[MOST_ARRAYS];
    int count;
} Opened;

/* Opens an argument: `code` is its kind and width ("i4"), "u*" any unsigned, "docs" int32 or int64; "I4", "U1", "F4" are
   written to. */
static Array *opened(Opened *all, PyObject *object, const char *code) {
    int writable = code[0] >= 'A' && code[0] <= 'Z', docs = code[0] == 'd';
    char kind = docs ? 'i' : (char)(writable ? code[0] + 32 : code[0]);
    Array *array = &all->arrays[all->count];
    if (!array_open(object, array, writable)) return NULL;
    all->count++;
    if (array->kind == kind && (docs ? array->width >= 4 : code[1] == '*' || array->width == code[1] - '0')) return array;
    PyErr_Format(PyExc_TypeError, "an array of kind %s is expected", code);
    return NULL;
}

static void close_all(Opened *all) {
    while (all->count) array_close(&all->arrays[--all->count]);
}

/* An item of an array of unsigned whole numbers. */
static inline uint64_t item(const void *data, int width, Py_ssize_t at) {
    switch (width) {
        case 1: return ((const uint8_t *)data)[at];
        case 2: return ((const uint16_t *)data)[at];
        case 4: return ((const uint32_t *)data)[at];
        default: return ((const uint64_t *)data)[at];
    }
}

#endif
