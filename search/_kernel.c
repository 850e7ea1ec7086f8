/* The inner loops of one answer, compiled.

   Each function does on plain arrays what a numpy function of search/ does, to the last bit
   (proximity: to a rounding error): those are its specification and its test. What is gained is
   not arithmetic but the twenty passes and allocations that numpy needs for what is one loop here.

   Nothing is trusted: every index that comes out of a file is compared with the array that it goes into, at each call
   or once, when what is used again and again is opened. What is opened is never written. Arrays are contiguous and
   one-dimensional. */

#include "../index/_arrays.h"
#include <math.h>

#define WINDOW 4096 /* documents whose sums and marks are kept at a time: 20 KiB */
#define RELEASE_FROM 262144 /* postings from which other threads may run meanwhile */

/* A document of an array of documents. */
static inline int64_t doc_of(const Array *docs, Py_ssize_t at) {
    return docs->width == 4 ? ((const int32_t *)docs->data)[at] : ((const int64_t *)docs->data)[at];
}

#include "_kernel_lists.h"
#include "_kernel_best.h"
#include "_kernel_facets.h"
#include "_kernel_filters.h"
#include "_kernel_walk.h"
#include "_kernel_phrases.h"
#include "_kernel_near.h"
#include "_kernel_learned.h"
#include "_kernel_records.h"

static PyMethodDef methods[] = {
    {"combine", (PyCFunction)(void (*)(void))combine, METH_FASTCALL, NULL},
    {"distinct", (PyCFunction)(void (*)(void))distinct, METH_FASTCALL, NULL},
    {"intersect", (PyCFunction)(void (*)(void))intersect, METH_FASTCALL, NULL},
    {"best", (PyCFunction)(void (*)(void))best, METH_FASTCALL, NULL},
    {"facet", (PyCFunction)(void (*)(void))open_facet, METH_FASTCALL, NULL},
    {"count_values", (PyCFunction)(void (*)(void))count_values, METH_FASTCALL, NULL},
    {"passing", (PyCFunction)(void (*)(void))passing, METH_FASTCALL, NULL},
    {"phrase", (PyCFunction)(void (*)(void))phrase, METH_FASTCALL, NULL},
    {"places", (PyCFunction)(void (*)(void))open_places, METH_FASTCALL, NULL},
    {"near", (PyCFunction)(void (*)(void))near_words, METH_FASTCALL, NULL},
    {"lend", (PyCFunction)(void (*)(void))lend, METH_FASTCALL, NULL},
    {"alike", (PyCFunction)(void (*)(void))alike, METH_FASTCALL, NULL},
    {"head", (PyCFunction)(void (*)(void))head, METH_FASTCALL, NULL},
    {"stored", (PyCFunction)(void (*)(void))open_stored, METH_FASTCALL, NULL},
    {"records", (PyCFunction)(void (*)(void))records, METH_FASTCALL, NULL},
    {NULL, NULL, 0, NULL}};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_kernel", NULL, 0, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__kernel(void) { return PyModuleDef_Init(&module); }
