/* Phrases. A part of _kernel.c, which includes it. */

typedef struct {
    Walk walk;
    int64_t places; /* in the document at which the walk is, those of other words of the stem included */
    float factor;
} Term;

/* Whether a term stands at a position of the document at which its walk is: its places are ascending. */
static int stands_at(const Term *term, int64_t position) {
    const Word *word = term->walk.word;
    int64_t lo = term->walk.first, hi = lo + term->places;
    while (lo < hi) {
        int64_t middle = (lo + hi) / 2;
        if (place_at(word, middle) < position) lo = middle + 1;
        else hi = middle;
    }
    return lo < term->walk.first + term->places && place_at(word, lo) == position && is_its_own(word, lo);
}

/* Whether the terms stand one after another in the document at which all walks are. */
static int stand(const Term *terms, Py_ssize_t count, Py_ssize_t rarest) {
    const Term *base = &terms[rarest];
    for (int64_t i = base->walk.first; i < base->walk.first + base->places; i++) {
        if (!is_its_own(base->walk.word, i)) continue;
        int64_t first = place_at(base->walk.word, i) - rarest;
        Py_ssize_t term = 0;
        while (term < count && (term == rarest || stands_at(&terms[term], first + term))) term++;
        if (term == count) return 1;
    }
    return 0;
}

/* How often a term stands in the document at which its walk is. */
static int64_t times(const Term *term) {
    if (!term->walk.word->has_forms) return term->places;
    int64_t own = 0;
    for (int64_t i = term->walk.first; i < term->walk.first + term->places; i++) own += is_its_own(term->walk.word, i);
    return own;
}

/* Walks all terms to the next document that may hold the phrase: 1, 0 if there is none, -1 where positions are missing. */
static int meet(Term *terms, Py_ssize_t count, Py_ssize_t rarest) {
    Walk *lead = &terms[rarest].walk;
    for (Py_ssize_t term = 0; term < count; term++) {
        if (term == rarest) continue;
        if (!walk_to(&terms[term].walk, lead->doc)) return 0;
        if (terms[term].walk.doc == lead->doc) continue;
        if (!walk_to(lead, terms[term].walk.doc)) return 0;
        term = -1;
    }
    for (Py_ssize_t term = 0; term < count; term++)
        if ((terms[term].places = walk_places(&terms[term].walk)) < 0) return -1;
    return 1;
}

/* Opens the (factor, what `places` gave) of each term: the number of the rarest, or -1 with an exception set. */
static Py_ssize_t terms_open(PyObject *list, Term *terms, Py_ssize_t count) {
    Py_ssize_t rarest = 0;
    for (Py_ssize_t at = 0; at < count; at++) {
        PyObject *pair = PyList_GetItem(list, at);
        if (!pair || !PyTuple_Check(pair) || PyTuple_Size(pair) != 2) return wrong("phrase: (factor, places) is expected"), -1;
        const Word *word = PyCapsule_GetPointer(PyTuple_GetItem(pair, 1), WORD);
        if (!word) return -1;
        terms[at] = (Term){walk_start(word), 0, (float)PyFloat_AsDouble(PyTuple_GetItem(pair, 0))};
        if (PyErr_Occurred()) return -1;
        if (word->count < terms[rarest].walk.word->count) rarest = at;
    }
    return rarest;
}

/* phrase([(factor, what `places` gave)], lengths, base, slope, docs, scores) -> documents with the terms one after another
   There must be room for as many as hold the rarest term. Each term scores factor * tf / (tf + base + slope * length), in single precision like numpy's arrays. */
static PyObject *phrase(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    (void)self;
    if (count != 6) return wrong("phrase: 6 arguments are expected"), NULL;
    Py_ssize_t terms_count = PyList_Check(args[0]) ? PyList_Size(args[0]) : -1;
    if (terms_count < 2) return wrong("phrase: a list of 2 terms or more is expected"), NULL;
    float base = (float)PyFloat_AsDouble(args[2]), slope = (float)PyFloat_AsDouble(args[3]);
    if (PyErr_Occurred()) return NULL;
    Opened all = {0};
    Array *lengths, *docs, *scores;
    PyObject *answer = NULL;
    Term *terms = malloc(sizeof(Term) * (size_t)terms_count);
    if (!terms) return PyErr_NoMemory();
    Py_ssize_t rarest = terms_open(args[0], terms, terms_count), found = 0;
    if (rarest < 0 || !(lengths = opened(&all, args[1], "u*")) || !(docs = opened(&all, args[4], "I4")) ||
        !(scores = opened(&all, args[5], "F4")))
        goto done;
    Walk *lead = &terms[rarest].walk;
    if (scores->count != docs->count) {
        wrong("phrase: the arrays do not fit");
        goto done;
    }
    int met = 0;
    for (int more = lead->word->count > 0; more && (met = meet(terms, terms_count, rarest)) > 0; more = walk_next(lead)) {
        int64_t doc = lead->doc;
        if (doc >= lengths->count) {
            PyErr_SetString(PyExc_IndexError, "phrase: a document lies outside its segment");
            goto done;
        }
        if (!stand(terms, terms_count, rarest)) continue;
        if (found == docs->count) {
            wrong("phrase: more documents hold it than there is room for");
            goto done;
        }
        float norm = base + slope * (float)item(lengths->data, lengths->width, doc), sum = 0.0f;
        for (Py_ssize_t term = 0; term < terms_count; term++) {
            float tf = (float)times(&terms[term]);
            sum += tf / (tf + norm) * terms[term].factor;
        }
        ((int32_t *)docs->data)[found] = (int32_t)doc;
        ((float *)scores->data)[found++] = sum;
    }
    if (met < 0) PyErr_SetString(PyExc_IndexError, "phrase: positions are missing");
    else answer = PyLong_FromSsize_t(found);
done:
    free(terms);
    close_all(&all);
    return answer;
}
