/* Words near each other. A part of _kernel.c, which includes it. */

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
static int marks_of(const Word *word, const Array *candidates, uint64_t field, uint64_t slot, Marks *marks) {
    Walk walk = walk_start(word);
    for (Py_ssize_t c = 0; c < candidates->count;) {
        if (!walk_to(&walk, doc_of(candidates, c))) break;
        if (walk.doc != doc_of(candidates, c)) {
            c = advance(candidates, c + 1, walk.doc);
            continue;
        }
        int64_t places = walk_places(&walk);
        if (places < 0) {
            PyErr_SetString(PyExc_IndexError, "near: positions are missing");
            return 0;
        }
        for (int64_t i = walk.first; i < walk.first + places; i++) {
            uint64_t position = (uint64_t)place_at(word, i) & 0xffffff;
            if (!is_its_own(word, i)) continue;
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
            const Word *its = PyCapsule_GetPointer(opened, WORD);
            if (!its) return 0;
            if (field > 0xff) return wrong("near: a field is out of range");
            if (!marks_of(its, candidates, field, (uint64_t)slot, marks)) return 0;
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
    Opened all = {0};
    Array *candidates, *sequence, *lengths, *out;
    Marks marks = {0};
    Pairs *pairs = NULL;
    uint32_t *counted = NULL;
    float idfs[MOST_WORDS], *damping = NULL;
    PyObject *answer = NULL;
    if (!(candidates = opened(&all, args[1], "docs")) || !(sequence = opened(&all, args[2], "u1")) ||
        !(lengths = opened(&all, args[3], "f4")) || !(out = opened(&all, args[5], "F4")))
        goto done;
    Py_ssize_t n = candidates->count;
    if (n >= 1 << 24 || out->count != n) {
        wrong("near: the arrays do not fit");
        goto done;
    }
    for (Py_ssize_t i = 0; i < sequence->count; i++)
        if (((const uint8_t *)sequence->data)[i] >= words) {
            wrong("near: a word has no number");
            goto done;
        }
    if (!(damping = malloc(sizeof(float) * (size_t)(n + 1)))) goto memory;
    for (Py_ssize_t c = 0; c < n; c++) {
        int64_t doc = doc_of(candidates, c);
        if (doc < 0 || doc >= lengths->count) {
            PyErr_SetString(PyExc_IndexError, "near: a document lies outside its segment");
            goto done;
        }
        damping[c] = (float)base + (float)slope * ((const float *)lengths->data)[doc];
    }
    if (!words_marked(args[0], candidates, idfs, &marks)) goto done;
    if (marks.count >= 2) {
        pairs = malloc(sizeof(Pairs));
        if (!pairs || !marks_sort(&marks, n)) goto memory;
        pairs_number(pairs, sequence->data, sequence->count, words, reach);
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
                         (float *)out->data) ||
            !pairs_score(counted, n, unordered, pairs->unordered, (int)words, idfs, damping, documents,
                         unordered_weight, (float *)out->data))
            goto memory;
    }
    answer = PyLong_FromSsize_t(marks.count);
    goto done;
memory:
    PyErr_NoMemory();
done:
    free(pairs), free(counted), free(marks.codes), free(damping);
    close_all(&all);
    return answer;
}
