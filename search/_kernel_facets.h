/* Counting facets. A part of _kernel.c, which includes it. */

/* A column of numbered sets, opened once and kept: set s holds the values set_values[set_starts[s]:set_starts[s + 1]],
   value v stands in the sets value_sets[value_starts[v]:value_starts[v + 1]], set 0 is "no value". */
typedef struct {
    Array set_of_doc, set_starts, set_values, value_starts, value_sets;
    Py_ssize_t set_count, value_count;
    PyObject *texts, *labels, *bucket; /* a text and a label for each value, the type of a bucket */
    allocfunc new_bucket;
} Facet;

#define FACET "casefinder.facet"

static void facet_free(Facet *facet) {
    array_close(&facet->set_of_doc), array_close(&facet->set_starts), array_close(&facet->set_values);
    array_close(&facet->value_starts), array_close(&facet->value_sets);
    Py_XDECREF(facet->texts), Py_XDECREF(facet->labels), Py_XDECREF(facet->bucket);
    free(facet);
}

static void facet_closed(PyObject *capsule) {
    Facet *facet = PyCapsule_GetPointer(capsule, FACET);
    if (facet) facet_free(facet);
}

/* Whether lists lie one after another in their items, which number something of which there are `limit`. */
static int lists_lie_inside(const Array *starts, const Array *items, Py_ssize_t limit) {
    const int64_t *start = starts->data;
    if (!array_is(starts, 'i', 8) || starts->count < 2 || items->kind != 'u' || (items->width != 2 && items->width != 4))
        return 0;
    if (start[0] != 0 || start[starts->count - 1] != items->count) return 0;
    for (Py_ssize_t at = 1; at < starts->count; at++)
        if (start[at] < start[at - 1]) return 0;
    for (Py_ssize_t at = 0; at < items->count; at++)
        if (item(items->data, items->width, at) >= (uint64_t)limit) return 0;
    return 1;
}

/* Whether all numbers of an array of 2 or 4 bytes are below a limit. Without a branch, so that it goes at memory speed. */
static int lie_below(const Array *numbers, uint32_t limit) {
    uint32_t above = 0;
    if (numbers->width == 2)
        for (Py_ssize_t at = 0; at < numbers->count; at++) above |= ((const uint16_t *)numbers->data)[at] >= limit;
    else
        for (Py_ssize_t at = 0; at < numbers->count; at++) above |= ((const uint32_t *)numbers->data)[at] >= limit;
    return !above;
}

static int buckets_open(Facet *facet, PyObject *texts, PyObject *labels, PyObject *bucket) {
    if (!PyTuple_Check(texts) || !PyTuple_Check(labels) || PyTuple_Size(texts) != facet->value_count ||
        PyTuple_Size(labels) != facet->value_count)
        return wrong("facet: a text and a label for each value are expected");
    if (!PyType_Check(bucket) || !PyType_IsSubtype((PyTypeObject *)bucket, &PyTuple_Type))
        return wrong("facet: the type of the buckets must be a tuple's");
    facet->new_bucket = (allocfunc)PyType_GetSlot((PyTypeObject *)bucket, Py_tp_alloc);
    facet->texts = Py_NewRef(texts), facet->labels = Py_NewRef(labels), facet->bucket = Py_NewRef(bucket);
    return 1;
}

/* facet(set_of_doc, set_starts, set_values, value_starts, value_sets, texts, labels, Bucket) -> what `count_values`
   counts */
static PyObject *open_facet(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    (void)self;
    if (count != 8) return wrong("facet: 8 arguments are expected"), NULL;
    Facet *facet = calloc(1, sizeof(Facet));
    if (!facet) return PyErr_NoMemory();
    Array *arrays[] = {&facet->set_of_doc, &facet->set_starts, &facet->set_values, &facet->value_starts,
                       &facet->value_sets};
    for (int i = 0; i < 5; i++)
        if (!array_open(args[i], arrays[i], 0)) goto failed;
    const Array *sets = &facet->set_of_doc;
    facet->set_count = facet->set_starts.count - 1, facet->value_count = facet->value_starts.count - 1;
    if (sets->kind != 'u' || (sets->width != 2 && sets->width != 4) ||
        !lists_lie_inside(&facet->set_starts, &facet->set_values, facet->value_count) ||
        !lists_lie_inside(&facet->value_starts, &facet->value_sets, facet->set_count)) {
        wrong("facet: the arrays do not fit");
        goto failed;
    }
    if (facet->set_count > INT32_MAX || !lie_below(sets, (uint32_t)facet->set_count)) {
        PyErr_SetString(PyExc_IndexError, "facet: a set lies outside");
        goto failed;
    }
    if (!buckets_open(facet, args[5], args[6], args[7])) goto failed;
    PyObject *capsule = PyCapsule_New(facet, FACET, facet_closed);
    if (capsule) return capsule;
failed:
    facet_free(facet);
    return NULL;
}

#define MOST_SHOWN 256
#define MOST_FACETS 16
#define TOGETHER 3 /* facets whose sets are counted in one pass over the documents */

/* The counts of one facet, while they are made. */
typedef struct {
    const Facet *facet;
    uint32_t *counted; /* documents of each set */
    int64_t *counts;   /* documents of each value */
    int64_t missing, largest[MOST_SHOWN];
    Py_ssize_t room, distinct, shown;
    Array out; /* where the caller wants the counts, if anywhere */
} Tally;

/* Few documents: straight from each to its values. `item` chooses by width, which costs little beside missing the cache. */
static int count_few(Tally *tally, const Array *docs) {
    const Facet *facet = tally->facet;
    const int64_t *start = facet->set_starts.data;
    const Array *sets = &facet->set_of_doc, *values = &facet->set_values;
    for (Py_ssize_t i = 0; i < docs->count; i++) {
        int64_t doc = doc_of(docs, i);
        if (doc < 0 || doc >= sets->count) return 0;
        uint64_t set = item(sets->data, sets->width, doc);
        tally->missing += set == 0;
        for (int64_t at = start[set]; at < start[set + 1]; at++) tally->counts[item(values->data, values->width, at)]++;
    }
    return 1;
}

/* One count waits for the one before it where two documents have the same set. Several facets at once wait together. */
#define COUNT_SETS(DOC, SET, FACETS)                                          \
    {                                                                         \
        const DOC *each = docs->data;                                         \
        const SET *sets[FACETS];                                              \
        uint64_t documents = UINT64_MAX;                                      \
        uint32_t *counted[FACETS];                                            \
        for (int f = 0; f < FACETS; f++) {                                    \
            const Facet *facet = tallies[f]->facet;                           \
            sets[f] = facet->set_of_doc.data, counted[f] = tallies[f]->counted; \
            if ((uint64_t)facet->set_of_doc.count < documents) documents = (uint64_t)facet->set_of_doc.count; \
        }                                                                     \
        for (Py_ssize_t i = 0, n = docs->count; i < n; i++) {                 \
            uint64_t doc = (uint64_t)each[i];                                 \
            if (doc >= documents) return 0;                                   \
            for (int f = 0; f < FACETS; f++) counted[f][sets[f][doc]]++;      \
        }                                                                     \
        return 1;                                                             \
    }
#define COUNT_FACETS(FACETS)                                                  \
    static int count_sets_##FACETS(Tally *const *tallies, const Array *docs) { \
        int narrow = tallies[0]->facet->set_of_doc.width == 2;                \
        if (narrow && docs->width == 4) COUNT_SETS(int32_t, uint16_t, FACETS) \
        if (narrow) COUNT_SETS(int64_t, uint16_t, FACETS)                     \
        if (docs->width == 4) COUNT_SETS(int32_t, uint32_t, FACETS)           \
        COUNT_SETS(int64_t, uint32_t, FACETS)                                 \
    }
COUNT_FACETS(1)
COUNT_FACETS(2)
COUNT_FACETS(3)

#define SUM_SETS(SET)                                                         \
    for (Py_ssize_t value = 0; value < facet->value_count; value++) {         \
        const SET *sets = facet->value_sets.data;                             \
        int64_t sum = 0;                                                      \
        for (int64_t i = start[value]; i < start[value + 1]; i++) sum += tally->counted[sets[i]]; \
        tally->counts[value] = sum;                                           \
    }

/* For each value the sum of its sets. */
static void sum_sets(Tally *tally) {
    const Facet *facet = tally->facet;
    const int64_t *start = facet->value_starts.data;
    if (facet->value_sets.width == 2) { SUM_SETS(uint16_t) } else { SUM_SETS(uint32_t) }
    tally->missing = tally->counted[0];
}

/* Many documents: first a count a set, for facets whose sets are numbered alike wide together. */
static int count_many(Tally *const *tallies, Py_ssize_t facets, const Array *docs) {
    for (Py_ssize_t from = 0, to; from < facets; from = to) {
        int width = tallies[from]->facet->set_of_doc.width, inside;
        for (to = from + 1; to < facets && to < from + TOGETHER && tallies[to]->facet->set_of_doc.width == width;) to++;
        if (to - from == 3) inside = count_sets_3(tallies + from, docs);
        else if (to - from == 2) inside = count_sets_2(tallies + from, docs);
        else inside = count_sets_1(tallies + from, docs);
        if (!inside) return 0;
    }
    for (Py_ssize_t at = 0; at < facets; at++) sum_sets(tallies[at]);
    return 1;
}

/* The values with the largest counts, largest first, equal ones in order. */
static void choose_largest(Tally *tally) {
    const int64_t *counts = tally->counts;
    int64_t *largest = tally->largest;
    Py_ssize_t shown = 0, room = tally->room;
    for (Py_ssize_t value = 0; value < tally->facet->value_count; value++) {
        int64_t count = counts[value];
        if (!count) continue;
        tally->distinct++;
        if (shown == room && (!shown || count <= counts[largest[shown - 1]])) continue;
        Py_ssize_t at = shown < room ? shown++ : shown - 1;
        for (; at > 0 && counts[largest[at - 1]] < count; at--) largest[at] = largest[at - 1];
        largest[at] = value;
    }
    tally->shown = shown;
}

/* Bucket(text, label, count, False, False) */
static PyObject *bucket_of(const Facet *facet, int64_t value, int64_t count) {
    PyObject *number = PyLong_FromLongLong(count), *bucket = number ? facet->new_bucket((PyTypeObject *)facet->bucket, 5) : NULL;
    if (!bucket) {
        Py_XDECREF(number);
        return NULL;
    }
    PyTuple_SetItem(bucket, 0, Py_NewRef(PyTuple_GetItem(facet->texts, value)));
    PyTuple_SetItem(bucket, 1, Py_NewRef(PyTuple_GetItem(facet->labels, value)));
    PyTuple_SetItem(bucket, 2, number);
    PyTuple_SetItem(bucket, 3, Py_NewRef(Py_False));
    PyTuple_SetItem(bucket, 4, Py_NewRef(Py_False));
    return bucket;
}

/* (documents without a value, values with a match, buckets of those that are shown first) */
static PyObject *told(const Tally *tally) {
    PyObject *buckets = PyList_New(tally->shown);
    for (Py_ssize_t at = 0; buckets && at < tally->shown; at++) {
        PyObject *bucket = bucket_of(tally->facet, tally->largest[at], tally->counts[tally->largest[at]]);
        if (bucket) PyList_SetItem(buckets, at, bucket);
        else Py_CLEAR(buckets);
    }
    return buckets ? Py_BuildValue("LnN", (long long)tally->missing, tally->distinct, buckets) : NULL;
}

/* From a document to its values costs some sixteen times what a set costs that need not be looked up. */
static inline int are_few(const Tally *tally, const Array *docs) { return docs->count < tally->facet->value_sets.count / 16; }

/* Opens one (facet, room, counts or None): 1, or 0 with an exception set. */
static int tally_open(PyObject *wanted, Tally *tally, const Array *docs) {
    if (!wanted || !PyTuple_Check(wanted) || PyTuple_Size(wanted) != 3)
        return wrong("count_values: (facet, room, counts or None) is expected");
    PyObject *counts = PyTuple_GetItem(wanted, 2);
    tally->facet = PyCapsule_GetPointer(PyTuple_GetItem(wanted, 0), FACET);
    tally->room = PyLong_AsSsize_t(PyTuple_GetItem(wanted, 1));
    if (!tally->facet || PyErr_Occurred()) return 0;
    Py_ssize_t values = tally->facet->value_count;
    if (tally->room < 0 || tally->room > MOST_SHOWN) return wrong("count_values: 0 to 256 buckets can be shown");
    if (counts != Py_None) {
        if (!array_open(counts, &tally->out, 1)) return 0;
        if (!array_is(&tally->out, 'i', 8) || tally->out.count != values) return wrong("count_values: the counts do not fit");
        tally->counts = (int64_t *)tally->out.data;
        memset(tally->counts, 0, sizeof(int64_t) * (size_t)values);
    } else if (!(tally->counts = calloc((size_t)values, sizeof(int64_t)))) return PyErr_NoMemory(), 0;
    if (!are_few(tally, docs) && !(tally->counted = calloc((size_t)tally->facet->set_count, sizeof(uint32_t))))
        return PyErr_NoMemory(), 0;
    return 1;
}

static void tally_close(Tally *tally) {
    free(tally->counted);
    if (!tally->out.view.obj) free(tally->counts);
    array_close(&tally->out);
}

static int count_all(Tally *tallies, Py_ssize_t facets, const Array *docs) {
    Tally *many[MOST_FACETS];
    Py_ssize_t large = 0;
    for (Py_ssize_t at = 0; at < facets; at++) {
        if (!are_few(&tallies[at], docs)) many[large++] = &tallies[at];
        else if (!count_few(&tallies[at], docs)) return 0;
    }
    if (!count_many(many, large, docs)) return 0;
    for (Py_ssize_t at = 0; at < facets; at++) choose_largest(&tallies[at]);
    return 1;
}

/* count_values(docs, [(facet, room, counts or None)])
   -> [(documents without a value, values with a match, buckets of those with the largest counts)]
   Counts the same documents by several facets. `counts` takes the count of every value. At most `room` buckets are
   made, of equal counts the first. */
static PyObject *count_values(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    (void)self;
    if (count != 2) return wrong("count_values: 2 arguments are expected"), NULL;
    Py_ssize_t facets = PyList_Check(args[1]) ? PyList_Size(args[1]) : -1, begun = 0;
    if (facets < 0 || facets > MOST_FACETS) return wrong("count_values: a list of at most 16 facets is expected"), NULL;
    Opened all = {0};
    Tally *tallies = NULL;
    PyObject *answer = NULL;
    Array *docs = opened(&all, args[0], "docs");
    if (!docs) goto done;
    if (docs->count > INT32_MAX) {
        wrong("count_values: these are more documents than a segment may have");
        goto done;
    }
    if (!(tallies = calloc((size_t)facets + 1, sizeof(Tally)))) {
        PyErr_NoMemory();
        goto done;
    }
    for (; begun < facets; begun++)
        if (!tally_open(PyList_GetItem(args[1], begun), &tallies[begun], docs)) {
            begun++;
            goto done;
        }
    PyThreadState *other = docs->count >= RELEASE_FROM ? PyEval_SaveThread() : NULL;
    int inside = count_all(tallies, facets, docs);
    if (other) PyEval_RestoreThread(other);
    if (!inside) {
        PyErr_SetString(PyExc_IndexError, "count_values: a document lies outside its segment");
        goto done;
    }
    answer = PyList_New(facets);
    for (Py_ssize_t at = 0; answer && at < facets; at++) {
        PyObject *one = told(&tallies[at]);
        if (one) PyList_SetItem(answer, at, one);
        else Py_CLEAR(answer);
    }
done:
    for (Py_ssize_t at = 0; at < begun; at++) tally_close(&tallies[at]);
    free(tallies);
    close_all(&all);
    return answer;
}
