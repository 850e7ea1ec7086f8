/* What was learned: what neighbours lend, and likeness to the question and to the leaders. A part of _kernel.c, which includes it. */

#define AHEAD 8       /* documents whose rows are fetched before they are needed: they lie all over a large array */
#define CACHE_LINE 64

/* Whether every document lies in a segment of `size`. */
static int all_below(const Array *docs, Py_ssize_t size) {
    int outside = 0;
    if (docs->width == 4)
        for (Py_ssize_t i = 0; i < docs->count; i++) outside |= (uint32_t)((const int32_t *)docs->data)[i] >= (uint64_t)size;
    else
        for (Py_ssize_t i = 0; i < docs->count; i++) outside |= (uint64_t)((const int64_t *)docs->data)[i] >= (uint64_t)size;
    return !outside;
}

/* Writes the scores of documents, or zeros where there are none. */
static void scatter(const Array *docs, const float *scores, float *sums) {
    const int32_t *doc = docs->data;
    if (docs->width != 4)
        for (Py_ssize_t i = 0; i < docs->count; i++) sums[doc_of(docs, i)] = scores ? scores[i] : 0.0f;
    else if (scores)
        for (Py_ssize_t i = 0; i < docs->count; i++) sums[doc[i]] = scores[i];
    else
        for (Py_ssize_t i = 0; i < docs->count; i++) sums[doc[i]] = 0.0f;
}

/* lend(matched, their scores, scored, their scores, docs, neighbours, shares, sums, factor, out)
   What the neighbours of each of `docs` score, times their shares, added in order, times `factor`. `sums` has a zero for
   every document of the segment and is left so; `neighbours` and `shares` are documents × n. */
static PyObject *lend(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    (void)self;
    if (count != 10) return wrong("lend: 10 arguments are expected"), NULL;
    Opened all = {0};
    Array *matched, *scores, *scored, *better, *docs, *neighbours, *shares, *every, *lent;
    PyObject *answer = NULL;
    float factor = (float)PyFloat_AsDouble(args[8]);
    if (PyErr_Occurred() || !(matched = opened(&all, args[0], "docs")) || !(scores = opened(&all, args[1], "f4")) ||
        !(scored = opened(&all, args[2], "docs")) || !(better = opened(&all, args[3], "f4")) ||
        !(docs = opened(&all, args[4], "docs")) || !(neighbours = opened(&all, args[5], "i4")) ||
        !(shares = opened(&all, args[6], "u1")) || !(every = opened(&all, args[7], "F4")) ||
        !(lent = opened(&all, args[9], "F4")))
        goto done;
    Py_ssize_t size = every->count, n = size ? neighbours->count / size : 0;
    if (scores->count != matched->count || better->count != scored->count || neighbours->count != n * size ||
        shares->count != n * size || lent->count != docs->count) {
        wrong("lend: the arrays do not fit");
        goto done;
    }
    if (!all_below(matched, size) || !all_below(scored, size) || !all_below(docs, size)) goto outside;
    float *sums = (float *)every->data, *out = (float *)lent->data;
    scatter(matched, scores->data, sums);
    scatter(scored, better->data, sums);
    int inside = 1;
    for (Py_ssize_t i = 0; i < docs->count && inside; i++) {
        if (i + AHEAD < docs->count) {
            __builtin_prefetch((const int32_t *)neighbours->data + doc_of(docs, i + AHEAD) * n);
            __builtin_prefetch((const uint8_t *)shares->data + doc_of(docs, i + AHEAD) * n);
        }
        const int32_t *neighbour = (const int32_t *)neighbours->data + doc_of(docs, i) * n;
        const uint8_t *share = (const uint8_t *)shares->data + doc_of(docs, i) * n;
        float sum = 0.0f;
        for (Py_ssize_t at = 0; at < n; at++) {
            if (neighbour[at] < 0 || neighbour[at] >= size) {
                inside = 0;
                break;
            }
            sum += sums[neighbour[at]] * (float)share[at];
        }
        out[i] = sum * factor;
    }
    scatter(matched, NULL, sums);
    scatter(scored, NULL, sums);
    if (!inside) goto outside;
    answer = PyLong_FromSsize_t(docs->count);
    goto done;
outside:
    PyErr_SetString(PyExc_IndexError, "lend: a document lies outside its segment");
done:
    close_all(&all);
    return answer;
}

#define FINEST 16384   /* the largest step of a direction; see `search/likeness.py` */
#define MOST_DIMS 1000 /* 128 * FINEST * MOST_DIMS fits 32 bits */

/* The product of a vector of bytes and the steps of a direction: whole numbers, so that any order gives the same. */
static inline int32_t product(const int8_t *restrict row, const int16_t *restrict steps, Py_ssize_t dims) {
    int32_t sum = 0;
    for (Py_ssize_t j = 0; j < dims; j++) sum += (int16_t)row[j] * steps[j];
    return sum;
}

static void products(const int8_t *rows, Py_ssize_t dims, const Array *docs, const int16_t *steps, float factor,
                     float *out) {
    for (Py_ssize_t i = 0; i < docs->count; i++) {
        if (i + AHEAD < docs->count)
            for (Py_ssize_t j = 0; j < dims; j += CACHE_LINE)
                __builtin_prefetch(rows + doc_of(docs, i + AHEAD) * dims + j);
        int32_t found = product(rows + doc_of(docs, i) * dims, steps, dims);
        out[i] = found > 0 ? (float)found * factor : 0.0f;
    }
}

/* The steps of a vector's direction; the square of their length, 0 of a vector without one. */
static int64_t direct(const float *vector, Py_ssize_t dims, int16_t *steps) {
    float largest = 0.0f;
    for (Py_ssize_t j = 0; j < dims; j++) largest = fabsf(vector[j]) > largest ? fabsf(vector[j]) : largest;
    if (!(largest > 0.0f && largest < INFINITY)) return 0;
    float factor = (float)(FINEST / (double)largest);
    int64_t square = 0;
    for (Py_ssize_t j = 0; j < dims; j++) {
        steps[j] = (int16_t)rintf(vector[j] * factor);
        square += (int64_t)steps[j] * steps[j];
    }
    return square;
}

typedef struct {
    float key;
    int32_t rank;
    Py_ssize_t place;
} Leader;

/* Puts one more document among the best, which stand in order; the last falls out where there is no room. */
static Py_ssize_t among_leaders(Leader *leaders, Py_ssize_t size, Py_ssize_t room, Leader one) {
    Py_ssize_t at = size;
    while (at && (one.key > leaders[at - 1].key || (one.key == leaders[at - 1].key && one.rank < leaders[at - 1].rank))) at--;
    if (at == room) return size;
    if (size < room) size++;
    memmove(leaders + at + 1, leaders + at, sizeof(Leader) * (size_t)(size - at - 1));
    leaders[at] = one;
    return size;
}

/* The weighted sum of the leaders' vectors; 0 where nothing leads. */
static int lead(const int8_t *rows, Py_ssize_t dims, const Array *docs, const Leader *leaders, Py_ssize_t size,
                int decisive, float *sum) {
    if (!size || !(leaders[0].key > 0.0f)) return 0;
    memset(sum, 0, sizeof(float) * (size_t)dims);
    for (Py_ssize_t at = 0; at < size; at++) {
        const int8_t *row = rows + doc_of(docs, leaders[at].place) * dims;
        float part = leaders[at].key / leaders[0].key, share = part;
        for (int times = 1; times < decisive; times++) share *= part;
        for (Py_ssize_t j = 0; j < dims; j++) sum[j] += share * (float)row[j];
    }
    return 1;
}

/* alike(rows, dims, docs, ranks, scores, question or None, (weight, weight led, leaders, decisive), latent, led, steps)
   -> the square of the length of `steps`, the direction of those that lead by `scores` and `latent`
   `latent` and `led` are the products of the documents' rows and the directions of the question and of those that lead,
   times their weight over the direction's length; at least 0. */
static PyObject *alike(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    (void)self;
    if (count != 10) return wrong("alike: 10 arguments are expected"), NULL;
    double weight, weight_led;
    int wanted, decisive;
    if (!PyArg_ParseTuple(args[6], "ddii", &weight, &weight_led, &wanted, &decisive)) return NULL;
    Py_ssize_t dims = PyLong_AsSsize_t(args[1]);
    if (PyErr_Occurred()) return NULL;
    Opened all = {0};
    Array *rows, *docs, *ranks, *scores, *question = NULL, *latent, *led, *steps;
    PyObject *answer = NULL;
    Leader *leaders = NULL;
    float *sum = NULL;
    if (!(rows = opened(&all, args[0], "i1")) || !(docs = opened(&all, args[2], "docs")) ||
        !(ranks = opened(&all, args[3], "i4")) || !(scores = opened(&all, args[4], "f4")) ||
        (args[5] != Py_None && !(question = opened(&all, args[5], "f4"))) || !(latent = opened(&all, args[7], "F4")) ||
        !(led = opened(&all, args[8], "F4")) || !(steps = opened(&all, args[9], "I2")))
        goto done;
    Py_ssize_t n = docs->count;
    if (dims < 1 || dims > MOST_DIMS || rows->count != ranks->count * dims || scores->count != n ||
        (question && question->count != dims) || latent->count != n || led->count != n || steps->count != dims ||
        wanted < 0) {
        wrong("alike: the arrays do not fit");
        goto done;
    }
    if (!all_below(docs, ranks->count)) {
        PyErr_SetString(PyExc_IndexError, "alike: a document lies outside its segment");
        goto done;
    }
    Py_ssize_t room = n < wanted ? n : wanted, size = 0;
    leaders = malloc(sizeof(Leader) * (size_t)(room + 1));
    sum = malloc(sizeof(float) * (size_t)dims);
    if (!leaders || !sum) {
        PyErr_NoMemory();
        goto done;
    }
    float *close = (float *)latent->data, *near = (float *)led->data;
    memset(close, 0, sizeof(float) * (size_t)n);
    memset(near, 0, sizeof(float) * (size_t)n);
    int16_t *towards = (int16_t *)steps->data;
    int64_t square = question ? direct(question->data, dims, towards) : 0;
    if (square) products(rows->data, dims, docs, towards, (float)(weight / sqrt((double)square)), close);
    for (Py_ssize_t i = 0; i < n; i++) {
        float before = ((const float *)scores->data)[i] + close[i];
        Leader one = {before, ((const int32_t *)ranks->data)[doc_of(docs, i)], i};
        size = among_leaders(leaders, size, room, one);
    }
    square = lead(rows->data, dims, docs, leaders, size, decisive, sum) ? direct(sum, dims, towards) : 0;
    if (square) products(rows->data, dims, docs, towards, (float)(weight_led / sqrt((double)square)), near);
    answer = PyLong_FromLongLong(square);
done:
    free(leaders), free(sum);
    close_all(&all);
    return answer;
}
