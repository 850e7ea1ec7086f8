/* The inner loops of one answer, compiled.

   Each function does on plain arrays what a numpy function of search/ does, to the last bit
   (proximity: to a rounding error): those are its specification and its test. What is gained is
   not arithmetic but the twenty passes and allocations that numpy needs for what is one loop here.

   Nothing is trusted: every index that comes out of a file is compared with the array that it goes into, at each call
   or once, when what is used again and again is opened. What is opened is never written. Arrays are contiguous and
   one-dimensional. */

#define Py_LIMITED_API 0x030b0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW 4096 /* documents whose sums and marks are kept at a time: 20 KiB */
#define RELEASE_FROM 262144 /* postings from which other threads may run meanwhile */

/* ---- Arrays ---- */

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
}

static int array_is(const Array *array, char kind, int width) { return array->kind == kind && array->width == width; }

static int wrong(const char *what) {
    PyErr_SetString(PyExc_ValueError, what);
    return 0;
}

/* An item of an array of whole numbers. */
static inline uint64_t item(const void *data, int width, Py_ssize_t at) {
    switch (width) {
        case 1: return ((const uint8_t *)data)[at];
        case 2: return ((const uint16_t *)data)[at];
        case 4: return ((const uint32_t *)data)[at];
        default: return ((const uint64_t *)data)[at];
    }
}

/* A document of an array of documents. */
static inline int64_t doc_of(const Array *docs, Py_ssize_t at) {
    return docs->width == 4 ? ((const int32_t *)docs->data)[at] : ((const int64_t *)docs->data)[at];
}

/* ---- Lists: what a query part matches ---- */

typedef struct {
    Array docs;    /* i4 or i8 */
    Array weights; /* u1, u2 or f4; none: every document counts `factor` */
    int has_weights;
    float factor;
} List;

static void lists_close(List *lists, Py_ssize_t count) {
    for (Py_ssize_t i = 0; i < count; i++) {
        array_close(&lists[i].docs);
        if (lists[i].has_weights) array_close(&lists[i].weights);
    }
    free(lists);
}

/* Opens a list of (docs, weights or None, factor) tuples; NULL with an exception set when they are none. */
static List *lists_open(PyObject *parts, Py_ssize_t *count, Py_ssize_t *total) {
    *count = PyList_Check(parts) ? PyList_Size(parts) : -1;
    if (*count < 1) {
        wrong("parts: a list of tuples is expected");
        return NULL;
    }
    List *lists = calloc((size_t)*count, sizeof(List));
    if (!lists) {
        PyErr_NoMemory();
        return NULL;
    }
    *total = 0;
    for (Py_ssize_t i = 0; i < *count; i++) {
        PyObject *part = PyList_GetItem(parts, i);
        List *list = &lists[i];
        if (!part || !PyTuple_Check(part) || PyTuple_Size(part) != 3) {
            wrong("parts: (docs, weights, factor) is expected");
            goto failed;
        }
        PyObject *weights = PyTuple_GetItem(part, 1);
        list->factor = (float)PyFloat_AsDouble(PyTuple_GetItem(part, 2));
        if (PyErr_Occurred() || !array_open(PyTuple_GetItem(part, 0), &list->docs, 0)) goto failed;
        if (list->docs.kind != 'i' || list->docs.width < 4) {
            wrong("docs: int32 or int64 is expected");
            goto failed;
        }
        if (weights != Py_None) {
            if (!array_open(weights, &list->weights, 0)) goto failed;
            list->has_weights = 1;
            const Array *w = &list->weights;
            if (!(array_is(w, 'u', 1) || array_is(w, 'u', 2) || array_is(w, 'f', 4)) || w->count != list->docs.count) {
                wrong("weights: uint8, uint16 or float32, one a document, is expected");
                goto failed;
            }
        }
        *total += list->docs.count;
    }
    return lists;
failed:
    lists_close(lists, *count);
    return NULL;
}

static inline float list_score(const List *list, Py_ssize_t at) {
    if (!list->has_weights) return list->factor;
    const Array *w = &list->weights;
    if (w->kind == 'f') return ((const float *)w->data)[at] * list->factor;
    if (w->width == 2) return (float)((const uint16_t *)w->data)[at] * list->factor;
    return (float)((const uint8_t *)w->data)[at] * list->factor;
}

/* ---- Union ----

   Documents are taken a window at a time, so that the sums stay in the nearest cache however large the segment is
   (as Lucene's BooleanScorer does). Each list has a cursor, and where no list has a document no window is opened. */

#define EACH(DOC, WEIGHT, SCORE, ADD)                            \
    {                                                            \
        const DOC *doc = list->docs.data;                        \
        const WEIGHT *weight = list->weights.data;               \
        (void)weight;                                            \
        for (; at < n; at++) {                                   \
            uint64_t d = (uint64_t)(doc[at] - base);             \
            if (d >= WINDOW) break;                              \
            float score = (SCORE);                               \
            ADD;                                                 \
            marks[d] = 1;                                        \
        }                                                        \
    }
#define EACH_WEIGHT(DOC, ADD)                                                                          \
    if (!list->has_weights) EACH(DOC, float, factor, ADD)                                              \
    else if (list->weights.kind == 'f') EACH(DOC, float, weight[at] * factor, ADD)                     \
    else if (list->weights.width == 2) EACH(DOC, uint16_t, (float)weight[at] * factor, ADD)            \
    else EACH(DOC, uint8_t, (float)weight[at] * factor, ADD)

/* Adds what a list has in the window into `sums`, or keeps the larger; where the list goes on after it. */
static Py_ssize_t pour(const List *list, Py_ssize_t at, int largest, int64_t base, float *restrict sums,
                       uint8_t *restrict marks) {
    Py_ssize_t n = list->docs.count;
    float factor = list->factor;
    if (largest) {
        if (list->docs.width == 4) { EACH_WEIGHT(int32_t, if (score > sums[d]) sums[d] = score) }
        else { EACH_WEIGHT(int64_t, if (score > sums[d]) sums[d] = score) }
    } else {
        if (list->docs.width == 4) { EACH_WEIGHT(int32_t, sums[d] += score) }
        else { EACH_WEIGHT(int64_t, sums[d] += score) }
    }
    return at;
}

/* The 64 documents from a place of the window on whose marks are set, as bits; the marks are cleared.
   A multiplication moves the lowest bits of eight bytes beside each other. */
static inline uint64_t marked(uint8_t *marks) {
    uint64_t eight[8], any = 0, bits = 0;
    memcpy(eight, marks, sizeof eight);
    for (int i = 0; i < 8; i++) any |= eight[i];
    if (!any) return 0;
    for (int i = 0; i < 8; i++) bits |= (eight[i] * 0x0102040810204080u >> 56) << (8 * i);
    memset(marks, 0, sizeof eight);
    return bits;
}

/* Hands out the documents of the window whose sum is not 0, ascending, and leaves zeros behind. */
static Py_ssize_t collect(float *sums, uint8_t *marks, int64_t base, int32_t *docs, float *scores) {
    Py_ssize_t found = 0;
    for (int from = 0; from < WINDOW; from += 64)
        for (uint64_t left = marked(marks + from); left; left &= left - 1) {
            int d = from + __builtin_ctzll(left);
            float sum = sums[d];
            sums[d] = 0.0f;
            /* Written before it is known to count: without a branch. */
            docs[found] = (int32_t)(base + d);
            scores[found] = sum;
            found += sum != 0.0f;
        }
    return found;
}

static Py_ssize_t combine_lists(const List *lists, Py_ssize_t parts, int largest, Py_ssize_t *at, int32_t *docs,
                                float *scores) {
    float sums[WINDOW] = {0};
    uint8_t marks[WINDOW] = {0};
    Py_ssize_t found = 0;
    for (;;) {
        int64_t next = INT64_MAX;
        for (Py_ssize_t p = 0; p < parts; p++)
            if (at[p] < lists[p].docs.count && doc_of(&lists[p].docs, at[p]) < next)
                next = doc_of(&lists[p].docs, at[p]);
        if (next == INT64_MAX) return found;
        int64_t base = next & ~(int64_t)(WINDOW - 1);
        for (Py_ssize_t p = 0; p < parts; p++) at[p] = pour(&lists[p], at[p], largest, base, sums, marks);
        found += collect(sums, marks, base, docs + found, scores + found);
    }
}

/* combine([(docs, weights or None, factor)], largest, docs, scores) -> documents that any part matches
   Every score must be above 0; the results have room for one more than all parts together. */
static PyObject *combine(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    (void)self;
    if (count != 4) return wrong("combine: 4 arguments are expected"), NULL;
    Array docs = {0}, scores = {0};
    PyObject *answer = NULL;
    Py_ssize_t parts, total, *at = NULL;
    List *lists = lists_open(args[0], &parts, &total);
    if (!lists) return NULL;
    int largest = PyObject_IsTrue(args[1]);
    if (!array_open(args[2], &docs, 1) || !array_open(args[3], &scores, 1)) goto done;
    if (!array_is(&docs, 'i', 4) || !array_is(&scores, 'f', 4) || docs.count <= total || scores.count <= total) {
        wrong("combine: the results do not fit");
        goto done;
    }
    at = calloc((size_t)parts, sizeof(Py_ssize_t));
    if (!at) {
        PyErr_NoMemory();
        goto done;
    }
    PyThreadState *other = total >= RELEASE_FROM ? PyEval_SaveThread() : NULL;
    Py_ssize_t found = combine_lists(lists, parts, largest, at, (int32_t *)docs.data, (float *)scores.data);
    if (other) PyEval_RestoreThread(other);
    answer = PyLong_FromSsize_t(found);
done:
    free(at);
    array_close(&docs), array_close(&scores);
    lists_close(lists, parts);
    return answer;
}

/* distinct(docs, size, out) -> the documents (all below `size`) ascending and each once */
static PyObject *distinct(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    (void)self;
    if (count != 3) return wrong("distinct: 3 arguments are expected"), NULL;
    Array docs = {0}, out = {0};
    PyObject *answer = NULL;
    uint64_t *bits = NULL;
    Py_ssize_t size = PyLong_AsSsize_t(args[1]), found = 0;
    if (PyErr_Occurred() || !array_open(args[0], &docs, 0) || !array_open(args[2], &out, 1)) goto done;
    Py_ssize_t most = docs.count < size ? docs.count : size;
    if (docs.kind != 'i' || docs.width < 4 || size < 0 || !array_is(&out, 'i', 4) || out.count < most) {
        wrong("distinct: the arrays do not fit");
        goto done;
    }
    Py_ssize_t words = size / 64 + 1;
    bits = calloc((size_t)words, sizeof(uint64_t));
    if (!bits) {
        PyErr_NoMemory();
        goto done;
    }
    for (Py_ssize_t i = 0; i < docs.count; i++) {
        int64_t doc = doc_of(&docs, i);
        if (doc < 0 || doc >= size) {
            PyErr_SetString(PyExc_IndexError, "distinct: a document lies outside its segment");
            goto done;
        }
        bits[doc >> 6] |= (uint64_t)1 << (doc & 63);
    }
    for (Py_ssize_t word = 0; word < words; word++)
        for (uint64_t left = bits[word]; left; left &= left - 1)
            ((int32_t *)out.data)[found++] = (int32_t)(word * 64 + __builtin_ctzll(left));
    answer = PyLong_FromSsize_t(found);
done:
    free(bits);
    array_close(&docs), array_close(&out);
    return answer;
}

/* ---- Intersection ---- */

#define NEAR_BY 16

/* The first place from `at` on whose document is not below `doc`: steps that double, then halves, and the last few
   documents are counted all together, so that hardly a branch has to be guessed. */
#define ADVANCE(DOC)                                                                  \
    static inline Py_ssize_t advance_##DOC(const DOC *docs, Py_ssize_t count, Py_ssize_t at, DOC doc) { \
        if (at >= count || docs[at] >= doc) return at;                                \
        Py_ssize_t lo = at, step = NEAR_BY;                                           \
        while (lo + step < count && docs[lo + step] < doc) {                          \
            lo += step;                                                               \
            step <<= 1;                                                               \
        }                                                                             \
        Py_ssize_t left = step < count - lo ? step : count - lo, below = 0;           \
        while (left > NEAR_BY) {                                                      \
            Py_ssize_t half = left >> 1;                                              \
            lo = docs[lo + half] < doc ? lo + half : lo;                              \
            left -= half;                                                             \
        }                                                                             \
        if (count - lo >= NEAR_BY)                                                    \
            for (int i = 0; i < NEAR_BY; i++) below += docs[lo + i] < doc;            \
        else                                                                          \
            for (Py_ssize_t i = 0; i < left; i++) below += docs[lo + i] < doc;        \
        return lo + below;                                                            \
    }
ADVANCE(int32_t)
ADVANCE(int64_t)

static inline Py_ssize_t advance(const Array *docs, Py_ssize_t at, int64_t doc) {
    if (docs->width == 8) return advance_int64_t(docs->data, docs->count, at, doc);
    return doc > INT32_MAX ? docs->count : advance_int32_t(docs->data, docs->count, at, (int32_t)doc);
}

static Py_ssize_t shortest(const List *lists, Py_ssize_t parts) {
    Py_ssize_t best = 0;
    for (Py_ssize_t i = 1; i < parts; i++)
        if (lists[i].docs.count < lists[best].docs.count) best = i;
    return best;
}

static PyObject *intersect(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    (void)self;
    if (count != 3) return wrong("intersect: 3 arguments are expected"), NULL;
    Array docs = {0}, scores = {0};
    PyObject *answer = NULL;
    Py_ssize_t parts, total;
    List *lists = lists_open(args[0], &parts, &total);
    if (!lists) return NULL;
    Py_ssize_t *at = calloc((size_t)parts, sizeof(Py_ssize_t));
    if (!at) {
        PyErr_NoMemory();
        goto done;
    }
    if (!array_open(args[1], &docs, 1) || !array_open(args[2], &scores, 1)) goto done;
    Py_ssize_t rarest = shortest(lists, parts), found = 0;
    if (!array_is(&docs, 'i', 4) || !array_is(&scores, 'f', 4) || docs.count < lists[rarest].docs.count ||
        scores.count < lists[rarest].docs.count) {
        wrong("intersect: the results do not fit");
        goto done;
    }
    for (Py_ssize_t i = 0; i < lists[rarest].docs.count; i++) {
        int64_t doc = doc_of(&lists[rarest].docs, i);
        at[rarest] = i;
        int everywhere = 1;
        for (Py_ssize_t p = 0; p < parts; p++) {
            if (p == rarest) continue;
            at[p] = advance(&lists[p].docs, at[p], doc);
            if (at[p] == lists[p].docs.count) goto all;
            if (doc_of(&lists[p].docs, at[p]) != doc) {
                everywhere = 0;
                break;
            }
        }
        if (!everywhere) continue;
        float sum = 0.0f;
        for (Py_ssize_t p = 0; p < parts; p++) sum += list_score(&lists[p], at[p]);
        ((int32_t *)docs.data)[found] = (int32_t)doc;
        ((float *)scores.data)[found++] = sum;
    }
all:
    answer = PyLong_FromSsize_t(found);
done:
    free(at);
    array_close(&docs), array_close(&scores);
    lists_close(lists, parts);
    return answer;
}

/* ---- The best k ---- */

typedef struct {
    uint64_t worth; /* the key above, the rank turned round below: larger is better, and no two are the same */
    int64_t place;
} Entry;

/* Numbers in the order of keys. Adding 0 makes -0 the same as 0. */
static inline uint64_t worth_of(float key) {
    uint32_t bits;
    key += 0.0f;
    memcpy(&bits, &key, sizeof bits);
    bits ^= bits >> 31 ? 0xffffffffu : 0x80000000u;
    return (uint64_t)bits << 32;
}

static int best_first(const void *a, const void *b) {
    uint64_t x = ((const Entry *)a)->worth, y = ((const Entry *)b)->worth;
    return (x < y) - (x > y);
}

/* Brings the k largest of n items to the front, in any order (Hoare's selection). */
#define SELECT(NAME, ITEM)                                     \
    static void NAME(ITEM *items, Py_ssize_t n, Py_ssize_t k) {       \
        Py_ssize_t lo = 0, hi = n - 1;                                \
        while (lo < hi) {                                             \
            ITEM pivot = items[lo + (hi - lo) / 2];                   \
            Py_ssize_t i = lo, j = hi;                                \
            while (i <= j) {                                          \
                while (items[i] > pivot) i++;       \
                while (items[j] < pivot) j--;       \
                if (i <= j) {                                         \
                    ITEM moved = items[i];                            \
                    items[i++] = items[j];                            \
                    items[j--] = moved;                               \
                }                                                     \
            }                                                         \
            if (k - 1 <= j) hi = j;                                   \
            else if (k - 1 >= i) lo = i;                              \
            else return;                                              \
        }                                                             \
    }
SELECT(select_floats, float)
SELECT(select_numbers, uint64_t)

#define BESIDE 16

typedef float Four __attribute__((vector_size(16), aligned(4), may_alias));
typedef int64_t Two __attribute__((vector_size(16)));

/* Most keys are below the floor: sixteen are passed over by four comparisons of vectors. */
static inline int any_reaches(const float *keys, float floor) {
    const Four *four = (const Four *)keys, least = {floor, floor, floor, floor};
    Two any = (Two)((four[0] >= least) | (four[1] >= least) | (four[2] >= least) | (four[3] >= least));
    return (any[0] | any[1]) != 0;
}

/* A key that at least k keys reach: the k-th largest of the maxima of 4k lanes. `rows` keys stand in each lane. */
static float floor_of(const float *keys, Py_ssize_t rows, Py_ssize_t k, float *maxima) {
    Py_ssize_t lanes = 4 * k;
    memcpy(maxima, keys, sizeof(float) * (size_t)lanes);
    for (Py_ssize_t row = 1; row < rows; row++) {
        const float *key = keys + row * lanes;
        for (Py_ssize_t lane = 0; lane < lanes; lane++) maxima[lane] = key[lane] > maxima[lane] ? key[lane] : maxima[lane];
    }
    select_floats(maxima, lanes, k);
    float floor = maxima[0];
    for (Py_ssize_t at = 1; at < k; at++) floor = maxima[at] < floor ? maxima[at] : floor;
    return floor;
}

/* Leaves the entries that the k best reach, in their order: how many, more than k where worths are the same at the
   end, or -1 without memory. */
static Py_ssize_t keep_best(Entry *entries, Py_ssize_t count, Py_ssize_t k) {
    if (count <= k) return count;
    uint64_t *worths = malloc(sizeof(uint64_t) * (size_t)count);
    if (!worths) return -1;
    for (Py_ssize_t at = 0; at < count; at++) worths[at] = entries[at].worth;
    select_numbers(worths, count, k);
    uint64_t least = UINT64_MAX;
    for (Py_ssize_t at = 0; at < k; at++) least = worths[at] < least ? worths[at] : least;
    free(worths);
    Py_ssize_t kept = 0;
    for (Py_ssize_t at = 0; at < count; at++)
        if (entries[at].worth >= least) entries[kept++] = entries[at];
    return kept;
}

/* Adds the rank of each entry's document to its worth: 1, or 0 where one lies outside. */
static int rank_entries(Entry *entries, Py_ssize_t count, const Array *docs, const Array *ranks) {
    for (Py_ssize_t at = 0; at < count; at++) {
        int64_t doc = doc_of(docs, entries[at].place);
        if (doc < 0 || doc >= ranks->count) return 0;
        entries[at].worth |= ~(uint32_t)((const int32_t *)ranks->data)[doc] ^ 0x80000000u;
    }
    return 1;
}

/* best(keys, docs, ranks, ascending, places) -> places found: those of the best keys, as many as there is room for,
   the best first or in ascending order */
static PyObject *best(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    (void)self;
    if (count != 5) return wrong("best: 5 arguments are expected"), NULL;
    Array keys = {0}, docs = {0}, ranks = {0}, out = {0};
    PyObject *answer = NULL;
    Entry *entries = NULL;
    int ascending = PyObject_IsTrue(args[3]);
    if (!array_open(args[0], &keys, 0) || !array_open(args[1], &docs, 0) || !array_open(args[2], &ranks, 0) ||
        !array_open(args[4], &out, 1))
        goto done;
    Py_ssize_t n = keys.count, k = out.count < n ? out.count : n, size = 0;
    if (!array_is(&keys, 'f', 4) || docs.kind != 'i' || docs.width < 4 || docs.count != n ||
        !array_is(&ranks, 'i', 4) || !array_is(&out, 'i', 8)) {
        wrong("best: the arrays do not fit");
        goto done;
    }
    const float *key = keys.data;
    Py_ssize_t rows = k ? n / (4 * k) : 0, room = 2 * k + 64, passed = 0;
    float floor = -INFINITY;
    if (rows > 1) {
        float *maxima = malloc(sizeof(float) * 4 * (size_t)k);
        if (!maxima) goto memory;
        floor = floor_of(key, rows, k, maxima);
        free(maxima);
    }
    if (!(entries = malloc(sizeof(Entry) * (size_t)room))) goto memory;
    for (Py_ssize_t base = 0; k && base < n; base += BESIDE) {
        Py_ssize_t end = base + BESIDE < n ? base + BESIDE : n;
        if (end - base == BESIDE && !any_reaches(key + base, floor)) continue;
        for (Py_ssize_t i = base; i < end; i++) {
            if (key[i] < floor) continue;
            if (size == room) {
                Entry *more = realloc(entries, sizeof(Entry) * 2 * (size_t)room);
                if (!more) goto memory;
                entries = more, room *= 2;
            }
            entries[size++] = (Entry){worth_of(key[i]), i};
        }
    }
    if ((passed = keep_best(entries, size, k)) < 0) goto memory;
    /* Ranks lie anywhere in memory, so they are looked up only where they decide. */
    if (!ascending || passed > k) {
        if (!rank_entries(entries, passed, &docs, &ranks)) {
            PyErr_SetString(PyExc_IndexError, "best: a document lies outside its segment");
            goto done;
        }
        if ((passed = keep_best(entries, passed, k)) < 0) goto memory;
        /* A rank that two documents share, which no index has, may leave more. */
        if (passed > k) passed = k;
    }
    if (!ascending) qsort(entries, (size_t)passed, sizeof(Entry), best_first);
    for (Py_ssize_t at = 0; at < passed; at++) ((int64_t *)out.data)[at] = entries[at].place;
    answer = PyLong_FromSsize_t(passed);
    goto done;
memory:
    PyErr_NoMemory();
done:
    free(entries);
    array_close(&keys), array_close(&docs), array_close(&ranks), array_close(&out);
    return answer;
}

#include "_kernel_facets.h"
#include "_kernel_records.h"

/* ---- Positions ---- */

typedef struct {
    Array docs, freqs, positions;
    int has_freqs;
    Py_ssize_t at;    /* the posting that was looked at last */
    int64_t before;   /* positions of all postings before it */
} Places;

/* Opens a (docs, freqs or None, positions) tuple from the `from`-th member on. */
static int places_open(PyObject *tuple, Py_ssize_t from, Places *list) {
    memset(list, 0, sizeof *list);
    if (!tuple || !PyTuple_Check(tuple) || PyTuple_Size(tuple) != from + 3)
        return wrong("a tuple with docs, freqs and positions is expected");
    PyObject *freqs = PyTuple_GetItem(tuple, from + 1);
    if (!array_open(PyTuple_GetItem(tuple, from), &list->docs, 0)) return 0;
    if (!array_open(PyTuple_GetItem(tuple, from + 2), &list->positions, 0)) return 0;
    if (freqs != Py_None) {
        if (!array_open(freqs, &list->freqs, 0)) return 0;
        list->has_freqs = 1;
        if (list->freqs.kind != 'u' || list->freqs.count != list->docs.count) return wrong("the freqs do not fit");
    }
    if (list->docs.kind != 'i' || list->docs.width < 4 || list->positions.kind != 'u')
        return wrong("docs: int32 or int64, positions: unsigned are expected");
    return 1;
}

static void places_close(Places *list) {
    array_close(&list->docs), array_close(&list->freqs), array_close(&list->positions);
}

#define PLACES "casefinder.places"

static void places_closed(PyObject *capsule) {
    Places *list = PyCapsule_GetPointer(capsule, PLACES);
    if (!list) return;
    places_close(list);
    free(list);
}

/* places(docs, freqs or None, positions) -> where a word stands, as `near` takes it */
static PyObject *open_places(PyObject *self, PyObject *args) {
    (void)self;
    Places *list = malloc(sizeof(Places));
    if (!list) return PyErr_NoMemory();
    PyObject *capsule = places_open(args, 0, list) ? PyCapsule_New(list, PLACES, places_closed) : NULL;
    if (capsule) return capsule;
    places_close(list);
    free(list);
    return NULL;
}

static inline int64_t freq_at(const Places *list, Py_ssize_t at) {
    return list->has_freqs ? (int64_t)item(list->freqs.data, list->freqs.width, at) : 1;
}

/* The sum of bytes, eight at a time: pairs of them are added in lanes of 16 bits, which 128 rounds cannot fill. */
static uint64_t sum_bytes(const uint8_t *bytes, Py_ssize_t n) {
    const uint64_t even = 0x00ff00ff00ff00ffu;
    uint64_t sum = 0;
    while (n >= 8) {
        uint64_t lanes = 0;
        for (int round = 0; round < 128 && n >= 8; round++, bytes += 8, n -= 8) {
            uint64_t eight;
            memcpy(&eight, bytes, 8);
            lanes += (eight & even) + (eight >> 8 & even);
        }
        sum += (lanes & 0xffff) + (lanes >> 16 & 0xffff) + (lanes >> 32 & 0xffff) + (lanes >> 48);
    }
    while (n-- > 0) sum += *bytes++;
    return sum;
}

#define SUM(TYPE) for (Py_ssize_t i = lo; i < hi; i++) sum += ((const TYPE *)list->freqs.data)[i]

static int64_t freqs_between(const Places *list, Py_ssize_t lo, Py_ssize_t hi) {
    if (!list->has_freqs) return hi - lo;
    uint64_t sum = 0;
    switch (list->freqs.width) {
        case 1: return (int64_t)sum_bytes((const uint8_t *)list->freqs.data + lo, hi - lo);
        case 2: SUM(uint16_t); break;
        case 4: SUM(uint32_t); break;
        default: SUM(uint64_t);
    }
    return (int64_t)sum;
}

/* Moves to a document (not before the last one): 1 it holds the term, 0 it does not, -1 the positions are cut short. */
static int places_seek(Places *list, int64_t doc) {
    Py_ssize_t at = advance(&list->docs, list->at, doc);
    list->before += freqs_between(list, list->at, at);
    list->at = at;
    if (at >= list->docs.count || doc_of(&list->docs, at) != doc) return 0;
    return list->before + freq_at(list, at) <= list->positions.count ? 1 : -1;
}

static inline int64_t position_at(const Places *list, int64_t i) {
    return (int64_t)item(list->positions.data, list->positions.width, list->before + i);
}

/* Whether the terms stand one after another in the document at which all lists are. */
static int stands(const Places *lists, Py_ssize_t terms, Py_ssize_t rarest) {
    const Places *base = &lists[rarest];
    int64_t starts = freq_at(base, base->at);
    for (int64_t i = 0; i < starts; i++) {
        int64_t first = position_at(base, i) - rarest;
        Py_ssize_t term = 0;
        for (; term < terms; term++) {
            if (term == rarest) continue;
            const Places *list = &lists[term];
            int64_t lo = 0, hi = freq_at(list, list->at), wanted = first + term;
            while (lo < hi) {
                int64_t middle = (lo + hi) / 2;
                if (position_at(list, middle) < wanted) lo = middle + 1;
                else hi = middle;
            }
            if (lo == freq_at(list, list->at) || position_at(list, lo) != wanted) break;
        }
        if (term == terms) return 1;
    }
    return 0;
}

/* phrase([(factor, docs, freqs, positions)], lengths, base, slope, docs, scores)
   -> documents with the terms one after another
   Each term scores factor * tf / (tf + base + slope * length), in single precision like numpy's arrays. */
static PyObject *phrase(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    (void)self;
    if (count != 6) return wrong("phrase: 6 arguments are expected"), NULL;
    Py_ssize_t terms = PyList_Check(args[0]) ? PyList_Size(args[0]) : -1, opened = 0;
    if (terms < 2) return wrong("phrase: a list of 2 terms or more is expected"), NULL;
    Array lengths = {0}, docs = {0}, scores = {0};
    PyObject *answer = NULL;
    float base = (float)PyFloat_AsDouble(args[2]), slope = (float)PyFloat_AsDouble(args[3]);
    if (PyErr_Occurred()) return NULL;
    Places *lists = calloc((size_t)terms, sizeof(Places));
    float *factors = calloc((size_t)terms, sizeof(float));
    if (!lists || !factors) {
        PyErr_NoMemory();
        goto done;
    }
    for (; opened < terms; opened++) {
        PyObject *term = PyList_GetItem(args[0], opened);
        if (!places_open(term, 1, &lists[opened])) {
            opened++;
            goto done;
        }
        factors[opened] = (float)PyFloat_AsDouble(PyTuple_GetItem(term, 0));
    }
    if (PyErr_Occurred() || !array_open(args[1], &lengths, 0) || !array_open(args[4], &docs, 1) ||
        !array_open(args[5], &scores, 1))
        goto done;
    Py_ssize_t rarest = 0, found = 0;
    for (Py_ssize_t i = 1; i < terms; i++)
        if (lists[i].docs.count < lists[rarest].docs.count) rarest = i;
    Py_ssize_t most = lists[rarest].docs.count;
    if (lengths.kind != 'u' || !array_is(&docs, 'i', 4) || docs.count < most || !array_is(&scores, 'f', 4) ||
        scores.count < most) {
        wrong("phrase: the arrays do not fit");
        goto done;
    }
    for (Py_ssize_t i = 0; i < most; i++) {
        int64_t doc = doc_of(&lists[rarest].docs, i);
        int held = 1;
        for (Py_ssize_t p = 0; p < terms && held > 0; p++) held = places_seek(&lists[p], doc);
        if (held < 0) {
            PyErr_SetString(PyExc_IndexError, "phrase: positions are missing");
            goto done;
        }
        if (held && doc >= lengths.count) {
            PyErr_SetString(PyExc_IndexError, "phrase: a document lies outside its segment");
            goto done;
        }
        if (!held || !stands(lists, terms, rarest)) continue;
        float norm = base + slope * (float)item(lengths.data, lengths.width, doc), sum = 0.0f;
        for (Py_ssize_t p = 0; p < terms; p++) {
            float tf = (float)freq_at(&lists[p], lists[p].at);
            sum += tf / (tf + norm) * factors[p];
        }
        ((int32_t *)docs.data)[found] = (int32_t)doc;
        ((float *)scores.data)[found++] = sum;
    }
    answer = PyLong_FromSsize_t(found);
done:
    for (Py_ssize_t i = 0; i < opened; i++) places_close(&lists[i]);
    free(lists), free(factors);
    array_close(&lengths), array_close(&docs), array_close(&scores);
    return answer;
}

/* ---- Proximity ---- */

#define MOST_WORDS 64

typedef struct {
    int16_t ordered[MOST_WORDS][MOST_WORDS], unordered[MOST_WORDS][MOST_WORDS]; /* number of the pair, -1: none */
    int ordered_count, unordered_count;
} Pairs;

static void pairs_number(Pairs *pairs, const uint8_t *sequence, Py_ssize_t length, Py_ssize_t words, int reach) {
    for (Py_ssize_t word = 0; word < words; word++) {
        memset(pairs->ordered[word], 0xff, sizeof(int16_t) * (size_t)words);
        memset(pairs->unordered[word], 0xff, sizeof(int16_t) * (size_t)words);
    }
    pairs->ordered_count = pairs->unordered_count = 0;
    for (Py_ssize_t i = 0; i < length; i++)
        for (Py_ssize_t j = i + 1; j < length && j <= i + reach; j++) {
            int left = sequence[i], right = sequence[j];
            if (left == right) continue;
            if (pairs->unordered[left][right] < 0)
                pairs->unordered[left][right] = pairs->unordered[right][left] = (int16_t)pairs->unordered_count++;
            if (j == i + 1 && pairs->ordered[left][right] < 0)
                pairs->ordered[left][right] = (int16_t)pairs->ordered_count++;
        }
}

typedef struct {
    uint64_t *codes; /* candidate << 40 | field << 32 | position << 8 | slot */
    Py_ssize_t count, room;
} Marks;

static int marks_add(Marks *marks, uint64_t code) {
    if (marks->count == marks->room) {
        Py_ssize_t room = marks->room ? 2 * marks->room : 1024;
        uint64_t *codes = realloc(marks->codes, sizeof(uint64_t) * (size_t)room);
        if (!codes) return 0;
        marks->codes = codes, marks->room = room;
    }
    marks->codes[marks->count++] = code;
    return 1;
}

static int by_size(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Sorts the marks: a counting sort by candidate, then each candidate's few by insertion. 0: no memory. */
static int marks_sort(Marks *marks, Py_ssize_t candidates) {
    Py_ssize_t *ends = calloc((size_t)candidates + 1, sizeof(Py_ssize_t));
    uint64_t *sorted = malloc(sizeof(uint64_t) * (size_t)marks->count);
    if (!ends || !sorted) {
        free(ends), free(sorted);
        return 0;
    }
    for (Py_ssize_t i = 0; i < marks->count; i++) ends[(marks->codes[i] >> 40) + 1]++;
    for (Py_ssize_t c = 0; c < candidates; c++) ends[c + 1] += ends[c];
    for (Py_ssize_t i = 0; i < marks->count; i++) sorted[ends[marks->codes[i] >> 40]++] = marks->codes[i];
    /* Now ends[c] is where candidate c ends. */
    Py_ssize_t lo = 0;
    for (Py_ssize_t c = 0; c < candidates; lo = ends[c], c++) {
        Py_ssize_t n = ends[c] - lo;
        if (n > 64) {
            qsort(sorted + lo, (size_t)n, sizeof(uint64_t), by_size);
            continue;
        }
        for (Py_ssize_t i = lo + 1; i < ends[c]; i++) {
            uint64_t moved = sorted[i];
            Py_ssize_t j = i;
            for (; j > lo && sorted[j - 1] > moved; j--) sorted[j] = sorted[j - 1];
            sorted[j] = moved;
        }
    }
    free(ends), free(marks->codes);
    marks->codes = sorted, marks->room = marks->count;
    return 1;
}

/* What the pairs of one kind add to each candidate. `counted` is candidates × pairs. 0: no memory. */
static int pairs_score(const uint32_t *counted, Py_ssize_t candidates, int count, int16_t table[MOST_WORDS][MOST_WORDS],
                       int words, const float *idfs, const float *damping, double documents, double weight, float *out) {
    if (!count) return 1;
    double *worth = calloc((size_t)count, sizeof(double));
    if (!worth) return 0;
    for (int a = 0; a < words; a++)
        for (int b = 0; b < words; b++)
            if (table[a][b] >= 0) worth[table[a][b]] = idfs[a] + idfs[b];
    for (int p = 0; p < count; p++) {
        double df = 0;
        for (Py_ssize_t c = 0; c < candidates; c++) df += counted[c * count + p] > 0;
        double idf = log1p((documents - df + 0.5) / (df + 0.5));
        worth[p] = weight * (idf < worth[p] ? idf : worth[p]);
    }
    for (Py_ssize_t c = 0; c < candidates; c++) {
        double sum = 0.0;
        for (int p = 0; p < count; p++) {
            double tf = counted[c * count + p];
            if (tf) sum += tf / (tf + damping[c]) * worth[p];
        }
        out[c] += (float)sum;
    }
    free(worth);
    return 1;
}

/* Marks where a word stands in the candidates: 1, or 0 with an exception set. The shorter of the two lists leads. */
static int marks_of(const Places *opened, const Array *candidates, uint64_t field, uint64_t slot, Marks *marks) {
    Places list = *opened;
    for (Py_ssize_t c = 0; c < candidates->count;) {
        int held = places_seek(&list, doc_of(candidates, c));
        if (held < 0) {
            PyErr_SetString(PyExc_IndexError, "near: positions are missing");
            return 0;
        }
        if (list.at >= list.docs.count) break;
        if (!held) {
            c = advance(candidates, c + 1, doc_of(&list.docs, list.at));
            continue;
        }
        int64_t places = freq_at(&list, list.at);
        for (int64_t i = 0; i < places; i++) {
            uint64_t position = (uint64_t)position_at(&list, i) & 0xffffff;
            if (!marks_add(marks, (uint64_t)c << 40 | field << 32 | position << 8 | slot)) {
                PyErr_NoMemory();
                return 0;
            }
        }
        c++;
    }
    return 1;
}

/* Reads the words' idfs and marks where they stand: 1, or 0 with an exception set. */
static int words_marked(PyObject *words, const Array *candidates, float *idfs, Marks *marks) {
    for (Py_ssize_t slot = 0; slot < PyList_Size(words); slot++) {
        PyObject *word = PyList_GetItem(words, slot);
        if (!word || !PyTuple_Check(word) || PyTuple_Size(word) != 2) return wrong("near: (idf, places) is expected");
        PyObject *fields = PyTuple_GetItem(word, 1);
        idfs[slot] = (float)PyFloat_AsDouble(PyTuple_GetItem(word, 0));
        if (PyErr_Occurred()) return 0;
        if (!PyTuple_Check(fields)) return wrong("near: a tuple of places is expected");
        for (Py_ssize_t at = 0; at < PyTuple_Size(fields); at++) {
            unsigned int field;
            PyObject *opened;
            if (!PyArg_ParseTuple(PyTuple_GetItem(fields, at), "IO", &field, &opened)) return 0;
            const Places *list = PyCapsule_GetPointer(opened, PLACES);
            if (!list) return 0;
            if (field > 0xff) return wrong("near: a field is out of range");
            if (!marks_of(list, candidates, field, (uint64_t)slot, marks)) return 0;
        }
    }
    return 1;
}

/* near(words, candidates, sequence, lengths, (base, slope, documents, ordered, unordered, window, reach), out)
   -> places found
   words: (idf, ((field, what `places` gave), ...)) by slot; `sequence` is the question in slots; a document's pairs
   are damped by base + slope * its length. */
static PyObject *near_words(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    (void)self;
    if (count != 6) return wrong("near: 6 arguments are expected"), NULL;
    double base, slope, documents, ordered_weight, unordered_weight;
    int window, reach;
    if (!PyArg_ParseTuple(args[4], "dddddii", &base, &slope, &documents, &ordered_weight, &unordered_weight, &window, &reach))
        return NULL;
    Py_ssize_t words = PyList_Check(args[0]) ? PyList_Size(args[0]) : -1;
    if (words < 0 || words > MOST_WORDS) return wrong("near: a list of 64 words at most is expected"), NULL;
    Array candidates = {0}, sequence = {0}, lengths = {0}, out = {0};
    Marks marks = {0};
    Pairs *pairs = NULL;
    uint32_t *counted = NULL;
    float idfs[MOST_WORDS], *damping = NULL;
    PyObject *answer = NULL;
    if (!array_open(args[1], &candidates, 0) || !array_open(args[2], &sequence, 0) || !array_open(args[3], &lengths, 0) ||
        !array_open(args[5], &out, 1))
        goto done;
    Py_ssize_t n = candidates.count;
    if (candidates.kind != 'i' || candidates.width < 4 || n >= 1 << 24 || !array_is(&sequence, 'u', 1) ||
        !array_is(&lengths, 'f', 4) || !array_is(&out, 'f', 4) || out.count != n) {
        wrong("near: the arrays do not fit");
        goto done;
    }
    for (Py_ssize_t i = 0; i < sequence.count; i++)
        if (((const uint8_t *)sequence.data)[i] >= words) {
            wrong("near: a word has no number");
            goto done;
        }
    if (!(damping = malloc(sizeof(float) * (size_t)(n + 1)))) goto memory;
    for (Py_ssize_t c = 0; c < n; c++) {
        int64_t doc = doc_of(&candidates, c);
        if (doc < 0 || doc >= lengths.count) {
            PyErr_SetString(PyExc_IndexError, "near: a document lies outside its segment");
            goto done;
        }
        damping[c] = (float)base + (float)slope * ((const float *)lengths.data)[doc];
    }
    if (!words_marked(args[0], &candidates, idfs, &marks)) goto done;
    if (marks.count >= 2) {
        pairs = malloc(sizeof(Pairs));
        if (!pairs || !marks_sort(&marks, n)) goto memory;
        pairs_number(pairs, sequence.data, sequence.count, words, reach);
        int ordered = pairs->ordered_count, unordered = pairs->unordered_count;
        counted = calloc((size_t)n * (size_t)(ordered + unordered) + 1, sizeof(uint32_t));
        if (!counted) goto memory;
        uint32_t *beside = counted + n * unordered;
        for (Py_ssize_t i = 0; i < marks.count; i++)
            for (Py_ssize_t j = i + 1; j < marks.count; j++) {
                uint64_t distance = (marks.codes[j] >> 8) - (marks.codes[i] >> 8);
                if (distance > (uint64_t)window) break;
                int left = (int)(marks.codes[i] & 0xff), right = (int)(marks.codes[j] & 0xff);
                uint64_t candidate = marks.codes[i] >> 40;
                int number = pairs->unordered[left][right];
                if (number >= 0) counted[candidate * (uint64_t)unordered + (uint64_t)number]++;
                if (distance == 1 && (number = pairs->ordered[left][right]) >= 0)
                    beside[candidate * (uint64_t)ordered + (uint64_t)number]++;
            }
        if (!pairs_score(beside, n, ordered, pairs->ordered, (int)words, idfs, damping, documents, ordered_weight,
                         (float *)out.data) ||
            !pairs_score(counted, n, unordered, pairs->unordered, (int)words, idfs, damping, documents,
                         unordered_weight, (float *)out.data))
            goto memory;
    }
    answer = PyLong_FromSsize_t(marks.count);
    goto done;
memory:
    PyErr_NoMemory();
done:
    free(pairs), free(counted), free(marks.codes), free(damping);
    array_close(&candidates), array_close(&sequence), array_close(&lengths), array_close(&out);
    return answer;
}

static PyMethodDef methods[] = {
    {"combine", (PyCFunction)(void (*)(void))combine, METH_FASTCALL, NULL},
    {"distinct", (PyCFunction)(void (*)(void))distinct, METH_FASTCALL, NULL},
    {"intersect", (PyCFunction)(void (*)(void))intersect, METH_FASTCALL, NULL},
    {"best", (PyCFunction)(void (*)(void))best, METH_FASTCALL, NULL},
    {"facet", (PyCFunction)(void (*)(void))open_facet, METH_FASTCALL, NULL},
    {"count_values", (PyCFunction)(void (*)(void))count_values, METH_FASTCALL, NULL},
    {"passing", (PyCFunction)(void (*)(void))passing, METH_FASTCALL, NULL},
    {"phrase", (PyCFunction)(void (*)(void))phrase, METH_FASTCALL, NULL},
    {"places", open_places, METH_VARARGS, NULL},
    {"near", (PyCFunction)(void (*)(void))near_words, METH_FASTCALL, NULL},
    {"head", (PyCFunction)(void (*)(void))head, METH_FASTCALL, NULL},
    {NULL, NULL, 0, NULL}};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_kernel", NULL, 0, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__kernel(void) { return PyModuleDef_Init(&module); }
