/* Writing posting lists. */

/* ascends(dfs, docs) -> the largest document, -1 where the numbers of documents do not fit, -2 where an order is broken */
static PyObject *ascends(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    (void)self;
    Opened all = {0};
    PyObject *answer = NULL;
    if (count != 2) return wrong("ascends takes 2 arguments"), NULL;
    Array *dfs, *docs;
    if (!(dfs = opened(&all, args[0], "i8")) || !(docs = opened(&all, args[1], "i4"))) goto done;
    const int64_t *df = dfs->data;
    const int32_t *doc = docs->data;
    long found = -1;
    int64_t at = 0;
    PyThreadState *others = PyEval_SaveThread();
    for (Py_ssize_t term = 0; term < dfs->count; term++) {
        if (df[term] < 1 || df[term] > docs->count - at) {
            at = -1;
            break;
        }
        int64_t end = at + df[term];
        int rises = doc[at] >= 0;
        for (at++; at < end; at++) rises &= doc[at] > doc[at - 1];
        if (!rises) {
            found = -2;
            break;
        }
        if (doc[end - 1] > found) found = doc[end - 1];
    }
    PyEval_RestoreThread(others);
    if (found != -2 && at != docs->count) found = -1;
    answer = PyLong_FromLong(found);
done:
    close_all(&all);
    return answer;
}

/* fold(dfs, docs, (held, held, held), out firsts, places, gaps of 1, 2 and 4 bytes) -> (gaps, gaps, gaps)

   Documents of lists, which ascend, as the first of them and the gaps between them, in the smallest kind that holds a
   list's largest gap: places[i] is 4 * offset + kind, where `held` gaps of each kind came before. */
static PyObject *fold(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    (void)self;
    Opened all = {0};
    PyObject *answer = NULL;
    long long held[3];
    if (count != 8) return wrong("fold takes 8 arguments"), NULL;
    if (!PyArg_ParseTuple(args[2], "LLL", &held[0], &held[1], &held[2])) return NULL;
    Array *dfs, *docs, *firsts, *places, *gaps[3];
    if (!(dfs = opened(&all, args[0], "i8")) || !(docs = opened(&all, args[1], "i4")) ||
        !(firsts = opened(&all, args[3], "U4")) || !(places = opened(&all, args[4], "U8")) ||
        !(gaps[0] = opened(&all, args[5], "U1")) || !(gaps[1] = opened(&all, args[6], "U2")) ||
        !(gaps[2] = opened(&all, args[7], "U4")))
        goto done;
    Py_ssize_t lists = dfs->count, room = docs->count - lists;
    if (firsts->count != lists || places->count != lists || gaps[0]->count < room || gaps[1]->count < room ||
        gaps[2]->count < room) {
        wrong("fold: the arrays do not fit");
        goto done;
    }
    uint8_t *bytes = (uint8_t *)gaps[0]->data;
    uint16_t *shorts = (uint16_t *)gaps[1]->data;
    uint32_t *words = (uint32_t *)gaps[2]->data;
    long long used[3] = {0};
    int64_t at = 0;
    int fits = 1;
    PyThreadState *others = PyEval_SaveThread();
    for (Py_ssize_t i = 0; i < lists; i++) {
        int64_t df = ((const int64_t *)dfs->data)[i];
        if (df < 1 || df > docs->count - at) {
            fits = 0;
            break;
        }
        const int32_t *doc = (const int32_t *)docs->data + at;
        uint32_t largest = 0;
        for (int64_t j = 1; j < df; j++) {
            uint32_t gap = (uint32_t)doc[j] - (uint32_t)doc[j - 1];
            largest = gap > largest ? gap : largest;
        }
        int kind = largest > 0xffff ? 2 : largest > 0xff;
        ((uint32_t *)firsts->data)[i] = (uint32_t)doc[0];
        ((uint64_t *)places->data)[i] = (uint64_t)(held[kind] + used[kind]) << 2 | (uint64_t)kind;
#define FOLD(OUT, TYPE) for (int64_t j = 1; j < df; j++) OUT[used[kind] + j - 1] = (TYPE)((uint32_t)doc[j] - (uint32_t)doc[j - 1])
        switch (kind) {
            case 0: FOLD(bytes, uint8_t); break;
            case 1: FOLD(shorts, uint16_t); break;
            default: FOLD(words, uint32_t);
        }
#undef FOLD
        used[kind] += df - 1;
        at += df;
    }
    PyEval_RestoreThread(others);
    if (!fits || at != docs->count) {
        wrong("fold: the numbers of documents do not fit");
        goto done;
    }
    answer = Py_BuildValue("LLL", used[0], used[1], used[2]);
done:
    close_all(&all);
    return answer;
}

/* first_bits(freqs, at, bits): sets bit `at`, and from each set bit the one that many bits behind it, but for the last. */
static PyObject *first_bits(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    (void)self;
    Opened all = {0};
    PyObject *answer = NULL;
    if (count != 3) return wrong("first_bits takes 3 arguments"), NULL;
    Py_ssize_t at = PyLong_AsSsize_t(args[1]);
    if (at == -1 && PyErr_Occurred()) return NULL;
    Array *freqs, *bits;
    if (!(freqs = opened(&all, args[0], "u*")) || !(bits = opened(&all, args[2], "U1"))) goto done;
    uint8_t *out = (uint8_t *)bits->data;
    uint64_t place = (uint64_t)at, end = 8 * (uint64_t)bits->count;
    int fits = at >= 0;
    PyThreadState *others = PyEval_SaveThread();
    for (Py_ssize_t i = 0; fits && i < freqs->count; i++) {
        uint64_t freq = item(freqs->data, freqs->width, i);
        fits = place < end && freq <= end - place;
        if (!fits) break;
        out[place >> 3] = (uint8_t)(out[place >> 3] | 1u << (place & 7));
        place += freq;
    }
    PyEval_RestoreThread(others);
    if (!fits) {
        wrong("first_bits: the bits lie outside");
        goto done;
    }
    answer = Py_NewRef(Py_None);
done:
    close_all(&all);
    return answer;
}

/* carry(dfs, freqs, words, stems, postings, carriers, dfs of words, cfs of words, last) -> whether each word has one stem

   Counts the words of lists of stems: stem i has dfs[i] postings, each freqs of them long, and words[j] stands at
   position j. carriers[word] becomes 1 + `stems` + i; `postings` is how many came before, last[word] 1 + the number of
   the last posting that has the word. */
static PyObject *carry(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    (void)self;
    Opened all = {0};
    PyObject *answer = NULL;
    if (count != 9) return wrong("carry takes 9 arguments"), NULL;
    long long stems = PyLong_AsLongLong(args[3]), posting = PyLong_AsLongLong(args[4]);
    if (PyErr_Occurred()) return NULL;
    Array *dfs, *freqs, *words, *carriers, *word_dfs, *word_cfs, *lasts;
    if (!(dfs = opened(&all, args[0], "i8")) || !(freqs = opened(&all, args[1], "u*")) ||
        !(words = opened(&all, args[2], "u4")) || !(carriers = opened(&all, args[5], "U4")) ||
        !(word_dfs = opened(&all, args[6], "I8")) || !(word_cfs = opened(&all, args[7], "I8")) ||
        !(lasts = opened(&all, args[8], "I8")))
        goto done;
    Py_ssize_t known = carriers->count, at = 0, read = 0;
    if (word_dfs->count != known || word_cfs->count != known || lasts->count != known) {
        wrong("carry: the arrays do not fit");
        goto done;
    }
    uint32_t *carrier = (uint32_t *)carriers->data;
    int64_t *df = (int64_t *)word_dfs->data, *cf = (int64_t *)word_cfs->data, *last = (int64_t *)lasts->data;
    const uint32_t *word = words->data;
    int fits = 1, one = 1;
    PyThreadState *others = PyEval_SaveThread();
    for (Py_ssize_t i = 0; fits && one && i < dfs->count; i++) {
        int64_t postings = ((const int64_t *)dfs->data)[i];
        uint32_t own = (uint32_t)(stems + i + 1);
        fits = postings >= 0 && postings <= freqs->count - read;
        for (int64_t p = 0; fits && one && p < postings; p++) {
            uint64_t its = item(freqs->data, freqs->width, read++);
            posting++;
            if (its > (uint64_t)(words->count - at)) {
                fits = 0;
                break;
            }
            for (uint64_t j = 0; j < its; j++) {
                uint32_t w = word[at++];
                if (w >= (uint64_t)known) {
                    fits = 0;
                    break;
                }
                if (carrier[w] != own) {
                    if (carrier[w]) one = 0;
                    carrier[w] = own;
                }
                cf[w]++;
                if (last[w] != posting) {
                    last[w] = posting;
                    df[w]++;
                }
            }
        }
    }
    PyEval_RestoreThread(others);
    if (!fits || (one && (at != words->count || read != freqs->count))) {
        wrong("carry: the words do not fit the postings");
        goto done;
    }
    answer = PyBool_FromLong(one);
done:
    close_all(&all);
    return answer;
}
