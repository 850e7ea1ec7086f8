/* Phrases. A part of _kernel.c, which includes it. */

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

static inline int64_t freq_at(const Places *list, Py_ssize_t at) {
    return list->has_freqs ? (int64_t)item(list->freqs.data, list->freqs.width, at) : 1;
}

/* Moves to a document (not before the last one): 1 it holds the term, 0 it does not, -1 the positions are cut short. */
static int places_seek(Places *list, int64_t doc) {
    Py_ssize_t at = advance(&list->docs, list->at, doc);
    list->before += list->has_freqs ? sum_between(&list->freqs, list->at, at) : at - list->at;
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
