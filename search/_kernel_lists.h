/* Unions, intersections and distinct documents. A part of _kernel.c, which includes it. */

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
    Opened all = {0};
    Array *docs, *scores;
    PyObject *answer = NULL;
    Py_ssize_t parts, total, *at = NULL;
    List *lists = lists_open(args[0], &parts, &total);
    if (!lists) return NULL;
    int largest = PyObject_IsTrue(args[1]);
    if (!(docs = opened(&all, args[2], "I4")) || !(scores = opened(&all, args[3], "F4"))) goto done;
    if (docs->count <= total || scores->count <= total) {
        wrong("combine: the results do not fit");
        goto done;
    }
    at = calloc((size_t)parts, sizeof(Py_ssize_t));
    if (!at) {
        PyErr_NoMemory();
        goto done;
    }
    PyThreadState *other = total >= RELEASE_FROM ? PyEval_SaveThread() : NULL;
    Py_ssize_t found = combine_lists(lists, parts, largest, at, (int32_t *)docs->data, (float *)scores->data);
    if (other) PyEval_RestoreThread(other);
    answer = PyLong_FromSsize_t(found);
done:
    free(at);
    close_all(&all);
    lists_close(lists, parts);
    return answer;
}

/* distinct(docs, size, out) -> the documents (all below `size`) ascending and each once */
static PyObject *distinct(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    (void)self;
    if (count != 3) return wrong("distinct: 3 arguments are expected"), NULL;
    Opened all = {0};
    Array *docs, *out;
    PyObject *answer = NULL;
    uint64_t *bits = NULL;
    Py_ssize_t size = PyLong_AsSsize_t(args[1]), found = 0;
    if (PyErr_Occurred() || !(docs = opened(&all, args[0], "docs")) || !(out = opened(&all, args[2], "I4"))) goto done;
    if (size < 0 || out->count < (docs->count < size ? docs->count : size)) {
        wrong("distinct: the arrays do not fit");
        goto done;
    }
    Py_ssize_t words = size / 64 + 1;
    bits = calloc((size_t)words, sizeof(uint64_t));
    if (!bits) {
        PyErr_NoMemory();
        goto done;
    }
    for (Py_ssize_t i = 0; i < docs->count; i++) {
        int64_t doc = doc_of(docs, i);
        if (doc < 0 || doc >= size) {
            PyErr_SetString(PyExc_IndexError, "distinct: a document lies outside its segment");
            goto done;
        }
        bits[doc >> 6] |= (uint64_t)1 << (doc & 63);
    }
    for (Py_ssize_t word = 0; word < words; word++)
        for (uint64_t left = bits[word]; left; left &= left - 1)
            ((int32_t *)out->data)[found++] = (int32_t)(word * 64 + __builtin_ctzll(left));
    answer = PyLong_FromSsize_t(found);
done:
    free(bits);
    close_all(&all);
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
    Opened all = {0};
    Array *docs, *scores;
    PyObject *answer = NULL;
    Py_ssize_t parts, total;
    List *lists = lists_open(args[0], &parts, &total);
    if (!lists) return NULL;
    Py_ssize_t *at = calloc((size_t)parts, sizeof(Py_ssize_t));
    if (!at) {
        PyErr_NoMemory();
        goto done;
    }
    if (!(docs = opened(&all, args[1], "I4")) || !(scores = opened(&all, args[2], "F4"))) goto done;
    Py_ssize_t rarest = shortest(lists, parts), found = 0;
    if (docs->count < lists[rarest].docs.count || scores->count < lists[rarest].docs.count) {
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
        ((int32_t *)docs->data)[found] = (int32_t)doc;
        ((float *)scores->data)[found++] = sum;
    }
all:
    answer = PyLong_FromSsize_t(found);
done:
    free(at);
    close_all(&all);
    lists_close(lists, parts);
    return answer;
}
