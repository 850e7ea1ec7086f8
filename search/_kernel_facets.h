/* Counting facets, and what filters let through. A part of _kernel.c, which includes it. */

/* A column of numbered sets, opened once and kept: set s holds the values set_values[set_starts[s]:set_starts[s + 1]],
   value v stands in the sets value_sets[value_starts[v]:value_starts[v + 1]], set 0 is "no value". */
typedef struct {
    Array set_of_doc, set_starts, set_values, value_starts, value_sets;
    Py_ssize_t set_count, value_count;
} Facet;

#define FACET "casefinder.facet"

static void facet_free(Facet *facet) {
    array_close(&facet->set_of_doc), array_close(&facet->set_starts), array_close(&facet->set_values);
    array_close(&facet->value_starts), array_close(&facet->value_sets);
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

/* facet(set_of_doc, set_starts, set_values, value_starts, value_sets) -> what `count_values` counts */
static PyObject *open_facet(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    (void)self;
    if (count != 5) return wrong("facet: 5 arguments are expected"), NULL;
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
    PyObject *capsule = PyCapsule_New(facet, FACET, facet_closed);
    if (capsule) return capsule;
failed:
    facet_free(facet);
    return NULL;
}

#define COUNT_SETS(DOC, SET)                                                  \
    for (Py_ssize_t i = 0; i < docs->count; i++) {                            \
        uint64_t doc = (uint64_t)((const DOC *)docs->data)[i];                \
        if (doc >= documents) return 0;                                       \
        uint64_t set = ((const SET *)set_of_doc)[doc];                        \
        if (set >= set_count) return 0;                                       \
        counted[set]++;                                                       \
    }
#define SUM_SETS(SET)                                                         \
    for (Py_ssize_t value = 0; value < facet->value_count; value++) {         \
        const SET *sets = facet->value_sets.data;                             \
        int64_t sum = 0;                                                      \
        for (int64_t i = start[value]; i < start[value + 1]; i++) sum += counted[sets[i]]; \
        counts[value] = sum;                                                  \
    }

/* Few documents: straight from each to its values. `item` chooses by width, which costs little beside missing the cache. */
static int count_few(const Facet *facet, const Array *docs, int64_t *counts, int64_t *missing) {
    const int64_t *start = facet->set_starts.data;
    const Array *sets = &facet->set_of_doc, *values = &facet->set_values;
    for (Py_ssize_t i = 0; i < docs->count; i++) {
        int64_t doc = doc_of(docs, i);
        if (doc < 0 || doc >= sets->count) return 0;
        uint64_t set = item(sets->data, sets->width, doc);
        if (set >= (uint64_t)facet->set_count) return 0;
        *missing += set == 0;
        for (int64_t at = start[set]; at < start[set + 1]; at++) counts[item(values->data, values->width, at)]++;
    }
    return 1;
}

/* Many documents: first a count a set, then for each value the sum of its sets. */
static int count_many(const Facet *facet, const Array *docs, int64_t *counts, int64_t *missing, uint32_t *counted) {
    uint64_t set_count = (uint64_t)facet->set_count, documents = (uint64_t)facet->set_of_doc.count;
    const int64_t *start = facet->value_starts.data;
    const void *set_of_doc = facet->set_of_doc.data;
    int narrow = facet->set_of_doc.width == 2;
    if (narrow && docs->width == 4) { COUNT_SETS(int32_t, uint16_t) }
    else if (narrow) { COUNT_SETS(int64_t, uint16_t) }
    else if (docs->width == 4) { COUNT_SETS(int32_t, uint32_t) }
    else { COUNT_SETS(int64_t, uint32_t) }
    if (facet->value_sets.width == 2) { SUM_SETS(uint16_t) } else { SUM_SETS(uint32_t) }
    *missing = counted[0];
    return 1;
}

/* The places of the largest counts, largest first, equal ones in order; at most `room`. */
static Py_ssize_t largest_counts(const int64_t *counts, Py_ssize_t n, int64_t *largest, Py_ssize_t room,
                                 Py_ssize_t *distinct) {
    Py_ssize_t kept = 0;
    for (Py_ssize_t value = 0; value < n; value++) {
        int64_t count = counts[value];
        if (!count) continue;
        ++*distinct;
        if (kept == room && (!kept || count <= counts[largest[kept - 1]])) continue;
        Py_ssize_t at = kept < room ? kept++ : kept - 1;
        for (; at > 0 && counts[largest[at - 1]] < count; at--) largest[at] = largest[at - 1];
        largest[at] = value;
    }
    return kept;
}

/* [(value, count)] of the values that are shown first. */
static PyObject *pairs_of(const int64_t *counts, const int64_t *largest, Py_ssize_t kept) {
    PyObject *pairs = PyList_New(kept);
    for (Py_ssize_t at = 0; pairs && at < kept; at++) {
        PyObject *pair = Py_BuildValue("LL", (long long)largest[at], (long long)counts[largest[at]]);
        if (!pair) {
            Py_CLEAR(pairs);
            break;
        }
        PyList_SetItem(pairs, at, pair);
    }
    return pairs;
}

#define MOST_SHOWN 256

/* count_values(facet, docs, counts, room)
   -> (documents without a value, values with a match, [(value, count)] of those with the largest counts)
   `counts` takes the count of every value. At most `room` values are told, of equal counts the first. */
static PyObject *count_values(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    (void)self;
    if (count != 4) return wrong("count_values: 4 arguments are expected"), NULL;
    Facet *facet = PyCapsule_GetPointer(args[0], FACET);
    if (!facet) return NULL;
    Array docs = {0}, out = {0};
    PyObject *answer = NULL;
    uint32_t *counted = NULL;
    int64_t most[MOST_SHOWN], missing = 0;
    Py_ssize_t room = PyLong_AsSsize_t(args[3]), distinct = 0, kept = 0;
    if (PyErr_Occurred() || !array_open(args[1], &docs, 0) || !array_open(args[2], &out, 1)) goto done;
    if (docs.kind != 'i' || docs.width < 4 || !array_is(&out, 'i', 8) || out.count != facet->value_count || room < 0 ||
        room > MOST_SHOWN || docs.count > INT32_MAX) {
        wrong("count_values: the arrays do not fit");
        goto done;
    }
    /* From a document to its values costs some sixteen times what a set costs that need not be looked up. */
    int few = docs.count < facet->value_sets.count / 16, inside;
    if (!few && !(counted = calloc((size_t)facet->set_count, sizeof(uint32_t)))) {
        PyErr_NoMemory();
        goto done;
    }
    PyThreadState *other = docs.count >= RELEASE_FROM ? PyEval_SaveThread() : NULL;
    int64_t *counts = (int64_t *)out.data;
    if (few) memset(counts, 0, (size_t)out.view.len);
    inside = few ? count_few(facet, &docs, counts, &missing) : count_many(facet, &docs, counts, &missing, counted);
    if (inside) kept = largest_counts(counts, out.count, most, room, &distinct);
    if (other) PyEval_RestoreThread(other);
    if (inside) answer = Py_BuildValue("LnN", (long long)missing, distinct, pairs_of(counts, most, kept));
    else PyErr_SetString(PyExc_IndexError, "count_values: a document or a set lies outside");
done:
    free(counted);
    array_close(&docs), array_close(&out);
    return answer;
}

#define MOST_FILTERS 16

/* One filter, as most questions have: no document is kept out by another. */
#define PASS_ONE(DOC, SET)                                                \
    {                                                                     \
        const DOC *each = docs.data;                                      \
        const SET *set_of = sets[0].data;                                 \
        const uint8_t *may = allowed[0].data;                             \
        uint64_t documents = (uint64_t)sets[0].count, most = (uint64_t)allowed[0].count; \
        for (Py_ssize_t i = 0, n = docs.count; i < n; i++) {              \
            uint64_t doc = (uint64_t)each[i];                             \
            if (doc >= documents || set_of[doc] >= most) goto outside;    \
            int passes = may[set_of[doc]] != 0;                           \
            place[passed] = i;                                            \
            passed += passes;                                             \
            miss[missed] = i;                                             \
            missed += !passes;                                            \
        }                                                                 \
    }

/* passing(docs, [(set_of_doc, allowed)], places, missed, which) -> (places, missed)
   `places` takes the places of the documents that lie in an allowed set of every filter, `missed` those of the
   documents that one filter alone keeps out, `which` that filter. All have room for one more than there are documents. */
static PyObject *passing(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    (void)self;
    if (count != 5) return wrong("passing: 5 arguments are expected"), NULL;
    Array docs = {0}, places = {0}, misses = {0}, whiches = {0}, sets[MOST_FILTERS], allowed[MOST_FILTERS];
    PyObject *answer = NULL;
    memset(sets, 0, sizeof sets), memset(allowed, 0, sizeof allowed);
    Py_ssize_t filters = PyList_Check(args[1]) ? PyList_Size(args[1]) : -1;
    if (filters < 1 || filters > MOST_FILTERS) return wrong("passing: a list of 1 to 16 filters is expected"), NULL;
    if (!array_open(args[0], &docs, 0) || !array_open(args[2], &places, 1) || !array_open(args[3], &misses, 1) ||
        !array_open(args[4], &whiches, 1))
        goto done;
    for (Py_ssize_t f = 0; f < filters; f++) {
        PyObject *pair = PyList_GetItem(args[1], f);
        if (!pair || !PyTuple_Check(pair) || PyTuple_Size(pair) != 2) {
            wrong("passing: (set_of_doc, allowed) is expected");
            goto done;
        }
        if (!array_open(PyTuple_GetItem(pair, 0), &sets[f], 0) || !array_open(PyTuple_GetItem(pair, 1), &allowed[f], 0))
            goto done;
        if (sets[f].kind != 'u' || (sets[f].width != 2 && sets[f].width != 4) || !array_is(&allowed[f], 'u', 1)) {
            wrong("passing: the filters do not fit");
            goto done;
        }
    }
    if (docs.kind != 'i' || docs.width < 4 || !array_is(&places, 'i', 8) || places.count <= docs.count ||
        !array_is(&misses, 'i', 8) || misses.count <= docs.count || !array_is(&whiches, 'u', 1) ||
        whiches.count <= docs.count) {
        wrong("passing: the arrays do not fit");
        goto done;
    }
    int64_t *restrict place = (int64_t *)places.data, *restrict miss = (int64_t *)misses.data;
    uint8_t *restrict which = (uint8_t *)whiches.data;
    Py_ssize_t passed = 0, missed = 0;
    if (filters == 1) {
        int narrow = sets[0].width == 2;
        memset(which, 0, (size_t)docs.count);
        if (narrow && docs.width == 4) { PASS_ONE(int32_t, uint16_t) }
        else if (narrow) { PASS_ONE(int64_t, uint16_t) }
        else if (docs.width == 4) { PASS_ONE(int32_t, uint32_t) }
        else { PASS_ONE(int64_t, uint32_t) }
        goto passed_all;
    }
    for (Py_ssize_t i = 0; i < docs.count; i++) {
        int64_t doc = doc_of(&docs, i);
        int failed = 0, last = 0;
        for (Py_ssize_t f = 0; f < filters; f++) {
            if (doc < 0 || doc >= sets[f].count) goto outside;
            uint64_t set = sets[f].width == 2 ? ((const uint16_t *)sets[f].data)[doc] : ((const uint32_t *)sets[f].data)[doc];
            if (set >= (uint64_t)allowed[f].count) goto outside;
            int fails = !((const uint8_t *)allowed[f].data)[set];
            failed += fails;
            last = fails ? (int)f : last;
        }
        /* Written before it is known to count, as in `collect`. */
        place[passed] = i;
        passed += failed == 0;
        miss[missed] = i;
        which[missed] = (uint8_t)last;
        missed += failed == 1;
    }
passed_all:
    answer = Py_BuildValue("nn", passed, missed);
    goto done;
outside:
    PyErr_SetString(PyExc_IndexError, "passing: a document or a set lies outside");
done:
    for (Py_ssize_t f = 0; f < MOST_FILTERS; f++) array_close(&sets[f]), array_close(&allowed[f]);
    array_close(&docs), array_close(&places), array_close(&misses), array_close(&whiches);
    return answer;
}
