/* What filters let through. A part of _kernel.c, which includes it. */

#define MOST_FILTERS 16

/* One filter, as most questions have: what it keeps out is all the rest. */
#define PASS_ONE(DOC, SET)                                                \
    {                                                                     \
        const DOC *each = docs->data;                                      \
        const SET *set_of = sets[0].data;                                 \
        const uint8_t *may = allowed[0].data;                             \
        uint64_t documents = (uint64_t)sets[0].count, most = (uint64_t)allowed[0].count; \
        for (Py_ssize_t i = 0, n = docs->count; i < n; i++) {              \
            uint64_t doc = (uint64_t)each[i];                             \
            if (doc >= documents || set_of[doc] >= most) goto outside;    \
            place[passed] = i;                                            \
            passed += may[set_of[doc]] != 0;                              \
        }                                                                 \
    }

/* passing(docs, [(set_of_doc, allowed)], places, missed, which) -> (places, missed)
   `places` takes the places of the documents that lie in an allowed set of every filter, `missed` those of the
   documents that one of several filters alone keeps out, `which` that filter. All have room for one more than there are
   documents, but that one filter alone needs neither `missed` nor `which`, which are None then. */
static PyObject *passing(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    (void)self;
    if (count != 5) return wrong("passing: 5 arguments are expected"), NULL;
    Opened all = {0};
    Array *docs, *places, *misses = NULL, *whiches = NULL, sets[MOST_FILTERS], allowed[MOST_FILTERS];
    PyObject *answer = NULL;
    memset(sets, 0, sizeof sets), memset(allowed, 0, sizeof allowed);
    Py_ssize_t filters = PyList_Check(args[1]) ? PyList_Size(args[1]) : -1;
    if (filters < 1 || filters > MOST_FILTERS) return wrong("passing: a list of 1 to 16 filters is expected"), NULL;
    if (!(docs = opened(&all, args[0], "docs")) || !(places = opened(&all, args[2], "I8"))) goto done;
    if (filters > 1 && (!(misses = opened(&all, args[3], "I8")) || !(whiches = opened(&all, args[4], "U1")))) goto done;
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
    if (places->count <= docs->count ||
        (filters > 1 && (misses->count <= docs->count || whiches->count <= docs->count))) {
        wrong("passing: the arrays do not fit");
        goto done;
    }
    int64_t *restrict place = (int64_t *)places->data, *restrict miss = misses ? (int64_t *)misses->data : NULL;
    uint8_t *restrict which = whiches ? (uint8_t *)whiches->data : NULL;
    Py_ssize_t passed = 0, missed = 0;
    if (filters == 1) {
        int narrow = sets[0].width == 2;
        if (narrow && docs->width == 4) { PASS_ONE(int32_t, uint16_t) }
        else if (narrow) { PASS_ONE(int64_t, uint16_t) }
        else if (docs->width == 4) { PASS_ONE(int32_t, uint32_t) }
        else { PASS_ONE(int64_t, uint32_t) }
        goto passed_all;
    }
    for (Py_ssize_t i = 0; i < docs->count; i++) {
        int64_t doc = doc_of(docs, i);
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
    close_all(&all);
    return answer;
}
