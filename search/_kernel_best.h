/* The best k of many keys. A part of _kernel.c, which includes it. */

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
    Opened all = {0};
    Array *keys, *docs, *ranks, *out;
    PyObject *answer = NULL;
    Entry *entries = NULL;
    int ascending = PyObject_IsTrue(args[3]);
    if (!(keys = opened(&all, args[0], "f4")) || !(docs = opened(&all, args[1], "docs")) ||
        !(ranks = opened(&all, args[2], "i4")) || !(out = opened(&all, args[4], "I8")))
        goto done;
    Py_ssize_t n = keys->count, k = out->count < n ? out->count : n, size = 0;
    if (docs->count != n) {
        wrong("best: the arrays do not fit");
        goto done;
    }
    const float *key = keys->data;
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
        if (!rank_entries(entries, passed, docs, ranks)) {
            PyErr_SetString(PyExc_IndexError, "best: a document lies outside its segment");
            goto done;
        }
        if ((passed = keep_best(entries, passed, k)) < 0) goto memory;
        /* A rank that two documents share, which no index has, may leave more. */
        if (passed > k) passed = k;
    }
    if (!ascending) qsort(entries, (size_t)passed, sizeof(Entry), best_first);
    for (Py_ssize_t at = 0; at < passed; at++) ((int64_t *)out->data)[at] = entries[at].place;
    answer = PyLong_FromSsize_t(passed);
    goto done;
memory:
    PyErr_NoMemory();
done:
    free(entries);
    close_all(&all);
    return answer;
}
