/* The inner loops of a build, and of reading compact lists, compiled.

   Each function does on plain arrays what a numpy function of index/ does: those are its specification and its
   test. Nothing is kept between calls and nothing is trusted: every index is compared with the array that it goes into. */

#include "_arrays.h"
#include <float.h>
#include <math.h>

#define SPACE 32
#define LINE_END 10
#if defined(__GNUC__)
#define PREFETCH(address) __builtin_prefetch(address)
#else
#define PREFETCH(address) ((void)0)
#endif
#define SHORT 15 /* bytes of a chunk that fit its two numbers */

/* A slot of the hash table of `index.chunks.ChunkNumbers`. */
typedef struct {
    uint64_t low, high, number, unused;
} Slot;

/* Chunks whose slots were asked of memory and not looked at yet. */
#define AHEAD 32
typedef struct {
    uint64_t low, high, slot;
    Py_ssize_t chunk;
} Waiting;

static void look_up(const Slot *table, uint64_t last, const Waiting *waiting, int count, int32_t *numbers) {
    for (int i = 0; i < count; i++) {
        uint64_t at = waiting[i].slot;
        for (uint64_t tries = 0; table[at].high && tries <= last; tries++) {
            if (table[at].low == waiting[i].low && table[at].high == waiting[i].high) {
                numbers[waiting[i].chunk] = (int32_t)table[at].number;
                break;
            }
            at = (at + 1) & last;
        }
    }
}

/* cut(data, ends, table, (factor, factor, shift), numbers, starts, lengths, counts) -> chunks

   Finds the chunks of texts that lie one after another in `data`, each ending before ends[i], and looks them up in the
   hash table of `index.chunks.ChunkNumbers`: numbers[i] is -1 for what is not in it, or longer than SHORT bytes. */
static PyObject *cut(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    (void)self;
    Opened all = {0};
    PyObject *answer = NULL;
    unsigned long long first, second;
    int shift;
    if (count != 8) return wrong("cut takes 8 arguments"), NULL;
    if (!PyArg_ParseTuple(args[3], "KKi", &first, &second, &shift)) return NULL;
    Array *data, *ends, *slots, *numbers, *starts, *lengths, *counts;
    if (!(data = opened(&all, args[0], "u1")) || !(ends = opened(&all, args[1], "i8")) ||
        !(slots = opened(&all, args[2], "u8")) || !(numbers = opened(&all, args[4], "I4")) ||
        !(starts = opened(&all, args[5], "I8")) || !(lengths = opened(&all, args[6], "I4")) ||
        !(counts = opened(&all, args[7], "I8")))
        goto done;
    Py_ssize_t size = slots->count / 4, room = numbers->count;
    if (size < 2 || size & (size - 1) || slots->count % 4 || shift < 1 || shift > 63 ||
        (((uint64_t)-1) >> shift) != (uint64_t)size - 1 || starts->count != room || lengths->count != room ||
        counts->count != ends->count) {
        wrong("cut: the arrays do not fit");
        goto done;
    }
    const uint8_t *bytes = data->data;
    const int64_t *end_of = ends->data;
    const Slot *table = slots->data;
    const uint64_t last = (uint64_t)size - 1;
    int32_t *out = (int32_t *)numbers->data, *out_lengths = (int32_t *)lengths->data;
    int64_t *out_starts = (int64_t *)starts->data, *out_counts = (int64_t *)counts->data;
    Waiting waiting[AHEAD];
    int held = 0;
    Py_ssize_t made = 0;
    int64_t at = 0;
    for (Py_ssize_t text = 0; text < ends->count; text++) {
        int64_t end = end_of[text];
        Py_ssize_t before = made;
        if (end < at || end + 16 > data->count) {
            wrong("cut: a text ends outside the data, or less than 16 bytes before its end");
            goto done;
        }
        while (at < end) {
            if (bytes[at] == SPACE) {
                at++;
                continue;
            }
            int64_t start = at++;
            if (bytes[start] != LINE_END)
                while (at < end && bytes[at] != SPACE && bytes[at] != LINE_END) at++;
            int64_t length = at - start;
            if (made >= room) {
                wrong("cut: there is not room for all chunks");
                goto done;
            }
            out[made] = -1;
            if (length <= SHORT) {
                uint64_t a, b;
                memcpy(&a, bytes + start, 8);
                memcpy(&b, bytes + start + 8, 8);
                a = length >= 8 ? a : a & (((uint64_t)1 << 8 * length) - 1);
                b = length <= 8 ? 0 : b & (((uint64_t)1 << 8 * (length - 8)) - 1);
                b |= (uint64_t)length << 56;
                uint64_t slot = ((a * first) ^ b) * second >> shift;
                /* The table is larger than the nearest cache: many slots are fetched side by side. */
                PREFETCH(table + slot);
                waiting[held++] = (Waiting){a, b, slot, made};
                if (held == AHEAD) {
                    look_up(table, last, waiting, held, out);
                    held = 0;
                }
            }
            out_starts[made] = start;
            out_lengths[made++] = (int32_t)(length > INT32_MAX ? INT32_MAX : length);
        }
        out_counts[text] = made - before;
    }
    look_up(table, last, waiting, held, out);
    answer = PyLong_FromSsize_t(made);
done:
    close_all(&all);
    return answer;
}

/* tokens(numbers, counts, starts, exact, shifts, advances, most, out exact, out docs, out positions, chunk docs,
          chunk positions) -> tokens

   The words of chunks: text i has counts[i] of them, chunk n gives exact[starts[n]:starts[n + 1]]. */
static PyObject *tokens(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    (void)self;
    Opened all = {0};
    PyObject *answer = NULL;
    if (count != 12) return wrong("tokens takes 12 arguments"), NULL;
    long long most = PyLong_AsLongLong(args[6]);
    if (most == -1 && PyErr_Occurred()) return NULL;
    Array *numbers, *counts, *starts, *exact, *shifts, *advances, *words, *docs, *positions, *chunk_docs, *chunk_positions;
    if (!(numbers = opened(&all, args[0], "i4")) || !(counts = opened(&all, args[1], "i8")) ||
        !(starts = opened(&all, args[2], "i4")) || !(exact = opened(&all, args[3], "i4")) ||
        !(shifts = opened(&all, args[4], "i4")) || !(advances = opened(&all, args[5], "i4")) ||
        !(words = opened(&all, args[7], "I4")) || !(docs = opened(&all, args[8], "I4")) ||
        !(positions = opened(&all, args[9], "I4")) || !(chunk_docs = opened(&all, args[10], "I4")) ||
        !(chunk_positions = opened(&all, args[11], "I4")))
        goto done;
    Py_ssize_t chunks = numbers->count, known = advances->count, room = words->count, made = 0, at = 0;
    if (starts->count != known + 1 || shifts->count != exact->count || docs->count != room || positions->count != room ||
        chunk_docs->count != chunks || chunk_positions->count != chunks) {
        wrong("tokens: the arrays do not fit");
        goto done;
    }
    const int32_t *number = numbers->data, *start = starts->data, *word = exact->data, *shift = shifts->data,
                  *advance = advances->data;
    int32_t *out_words = (int32_t *)words->data, *out_docs = (int32_t *)docs->data,
            *out_positions = (int32_t *)positions->data, *of_chunk = (int32_t *)chunk_docs->data,
            *place = (int32_t *)chunk_positions->data;
    for (Py_ssize_t text = 0; text < counts->count; text++) {
        int64_t position = 0, its = ((const int64_t *)counts->data)[text];
        if (its < 0 || its > chunks - at) {
            wrong("tokens: the counts do not fit the chunks");
            goto done;
        }
        for (int64_t i = 0; i < its; i++, at++) {
            int32_t n = number[at];
            if (n < 0 || n >= known || start[n] < 0 || start[n + 1] < start[n] || start[n + 1] > exact->count ||
                start[n + 1] - start[n] > room - made) {
                wrong("tokens: a chunk lies outside");
                goto done;
            }
            int32_t here = (int32_t)(position < most ? position : most);
            of_chunk[at] = (int32_t)text;
            place[at] = here;
            for (int32_t j = start[n]; j < start[n + 1]; j++, made++) {
                out_words[made] = word[j];
                out_docs[made] = (int32_t)text;
                out_positions[made] = here + shift[j];
            }
            position += advance[n];
        }
    }
    answer = PyLong_FromSsize_t(made);
done:
    close_all(&all);
    return answer;
}

typedef struct {
    int32_t doc, position, word;
} Token;

/* group(exact, docs, positions, carrier_of, buckets, out terms, dfs, out docs, freqs, out positions, words)
   -> (terms, postings, positions)

   Sorts tokens, which come by document and position, by their carriers, carrier_of[exact], and counts what is alike.
   A carrier of -1 drops the token. */
static PyObject *group(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    (void)self;
    Opened all = {0};
    PyObject *answer = NULL;
    int64_t *heads = NULL;
    Token *sorted = NULL;
    if (count != 11) return wrong("group takes 11 arguments"), NULL;
    Py_ssize_t buckets = PyLong_AsSsize_t(args[4]);
    if (buckets == -1 && PyErr_Occurred()) return NULL;
    Array *exact, *docs, *positions, *carrier_of, *terms, *dfs, *out_docs, *freqs, *out_positions, *words;
    if (!(exact = opened(&all, args[0], "i4")) || !(docs = opened(&all, args[1], "i4")) ||
        !(positions = opened(&all, args[2], "i4")) || !(carrier_of = opened(&all, args[3], "i4")) ||
        !(terms = opened(&all, args[5], "U4")) || !(dfs = opened(&all, args[6], "U4")) ||
        !(out_docs = opened(&all, args[7], "I4")) || !(freqs = opened(&all, args[8], "U4")) ||
        !(out_positions = opened(&all, args[9], "U4")) || !(words = opened(&all, args[10], "U4")))
        goto done;
    Py_ssize_t n = exact->count;
    if (buckets < 0 || docs->count != n || positions->count != n || out_docs->count < n || freqs->count < n ||
        out_positions->count < n || words->count < n || terms->count != dfs->count) {
        wrong("group: the arrays do not fit");
        goto done;
    }
    heads = calloc((size_t)buckets + 1, sizeof *heads);
    sorted = malloc(((size_t)n + 1) * sizeof *sorted);
    if (!heads || !sorted) {
        PyErr_NoMemory();
        goto done;
    }
    const int32_t *word = exact->data, *doc = docs->data, *position = positions->data, *carrier = carrier_of->data;
    uint32_t *term_out = (uint32_t *)terms->data, *df_out = (uint32_t *)dfs->data, *freq_out = (uint32_t *)freqs->data,
             *position_out = (uint32_t *)out_positions->data, *word_out = (uint32_t *)words->data;
    int32_t *doc_out = (int32_t *)out_docs->data;
    for (Py_ssize_t i = 0; i < n; i++) {
        if (word[i] < 0 || word[i] >= carrier_of->count || carrier[word[i]] >= buckets) {
            wrong("group: a word lies outside");
            goto done;
        }
        if (carrier[word[i]] >= 0) heads[carrier[word[i]] + 1]++;
    }
    for (Py_ssize_t b = 0; b < buckets; b++) heads[b + 1] += heads[b];
    for (Py_ssize_t i = 0; i < n; i++) {
        int32_t bucket = carrier[word[i]];
        if (bucket < 0) continue;
        int64_t to = heads[bucket]++;
        sorted[to] = (Token){doc[i], position[i], word[i]};
    }
    /* Each head stands now where the next bucket starts. */
    Py_ssize_t term_count = 0, postings = 0;
    int64_t at = 0;
    for (Py_ssize_t b = 0; b < buckets; b++) {
        int64_t end = heads[b];
        if (at == end) continue;
        if (term_count >= terms->count) {
            wrong("group: there is not room for all terms");
            goto done;
        }
        Py_ssize_t before = postings;
        while (at < end) {
            int64_t first = at;
            int32_t here = sorted[first].doc;
            for (; at < end && sorted[at].doc == here; at++) {
                position_out[at] = (uint32_t)sorted[at].position;
                word_out[at] = (uint32_t)sorted[at].word;
            }
            doc_out[postings] = here;
            freq_out[postings++] = (uint32_t)(at - first);
        }
        term_out[term_count] = (uint32_t)b;
        df_out[term_count++] = (uint32_t)(postings - before);
    }
    answer = Py_BuildValue("nnL", term_count, postings, (long long)at);
done:
    free(heads), free(sorted);
    close_all(&all);
    return answer;
}

/* stretches(source, starts, counts, target, targets, add, map or None)

   Copies counts[i] items from source[starts[i]:] to target[targets[i]:], each looked up in `map` or with `add` added. */
static PyObject *stretches(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    (void)self;
    Opened all = {0};
    PyObject *answer = NULL;
    if (count != 7) return wrong("stretches takes 7 arguments"), NULL;
    long long add = PyLong_AsLongLong(args[5]);
    if (add == -1 && PyErr_Occurred()) return NULL;
    Array *source, *starts, *counts, *target, *targets, *map = NULL;
    if (!(source = opened(&all, args[0], "u*")) || !(starts = opened(&all, args[1], "i8")) ||
        !(counts = opened(&all, args[2], "i8")) || !(target = opened(&all, args[3], "U4")) ||
        !(targets = opened(&all, args[4], "i8")) || (args[6] != Py_None && !(map = opened(&all, args[6], "i8"))))
        goto done;
    if (counts->count != starts->count || targets->count != starts->count) {
        wrong("stretches: the arrays do not fit");
        goto done;
    }
    uint32_t *out = (uint32_t *)target->data;
    const int64_t *lookup = map ? map->data : NULL;
    const char *fault = NULL;
    PyThreadState *others = PyEval_SaveThread();
    for (Py_ssize_t i = 0; i < starts->count && !fault; i++) {
        int64_t from = ((const int64_t *)starts->data)[i], to = ((const int64_t *)targets->data)[i],
                n = ((const int64_t *)counts->data)[i];
        if (n < 0 || from < 0 || to < 0 || from > source->count - n || to > target->count - n) {
            fault = "stretches: one lies outside";
            break;
        }
        /* Where the next ones go lies far apart. */
        if (i + AHEAD < starts->count) {
            int64_t later = ((const int64_t *)targets->data)[i + AHEAD];
            if (later >= 0 && later < target->count) PREFETCH(out + later);
        }
        if (lookup) {
            for (int64_t j = 0; j < n; j++) {
                uint64_t value = item(source->data, source->width, from + j);
                if (value >= (uint64_t)map->count) {
                    fault = "stretches: a value is not in the map";
                    break;
                }
                out[to + j] = (uint32_t)lookup[value];
            }
            continue;
        }
#define COPY(TYPE) for (int64_t j = 0; j < n; j++) out[to + j] = (uint32_t)(((const TYPE *)source->data)[from + j] + (uint64_t)add)
        switch (source->width) {
            case 1: COPY(uint8_t); break;
            case 2: COPY(uint16_t); break;
            case 4: COPY(uint32_t); break;
            default: COPY(uint64_t);
        }
#undef COPY
    }
    PyEval_RestoreThread(others);
    if (fault) {
        wrong(fault);
        goto done;
    }
    answer = Py_NewRef(Py_None);
done:
    close_all(&all);
    return answer;
}

/* ---- The derived field ---- */

typedef struct {
    Opened all;
    Array *places, *dfs, *docs, *freqs, *factors;
    Py_ssize_t term;    /* the next of the part's terms */
    int64_t at, end;    /* its postings that are left */
} Part;

static int part_open(PyObject *tuple, Part *part) {
    static const char *codes[] = {"i8", "i8", "i4", "u*", "f8"};
    Array **arrays[] = {&part->places, &part->dfs, &part->docs, &part->freqs, &part->factors};
    if (!PyTuple_Check(tuple) || PyTuple_Size(tuple) != 5) return wrong("join: a part is a tuple of five arrays");
    for (int i = 0; i < 5; i++)
        if (!(*arrays[i] = opened(&part->all, PyTuple_GetItem(tuple, i), codes[i]))) return 0;
    int64_t total = 0;
    for (Py_ssize_t i = 0; i < part->dfs->count; i++) total += ((const int64_t *)part->dfs->data)[i];
    if (part->places->count != part->dfs->count || total != part->docs->count || part->freqs->count != total)
        return wrong("join: the arrays of a part do not fit");
    return 1;
}

/* The nearest whole number, the even one of two, as rint gives it: that is a call where the compiler may not assume
   SSE 4.1. Numbers here are far below 2^51; where doubles are computed with more digits, rint it is. */
static inline double nearest(double x) {
#if FLT_EVAL_METHOD == 0
    const double large = 6755399441055744.0; /* 3 * 2^51 */
    return x + large - large;
#else
    return rint(x);
#endif
}

static inline uint16_t saturated(double wtf, double k1, double scale) {
    double impact = nearest(wtf / (wtf + k1) * scale);
    return (uint16_t)(impact < 1 ? 1 : impact > 65535 ? 65535 : impact);
}

/* The postings of a part up to the first whose document is not below `bound`; -1: one lies outside, -2: no room. */
static Py_ssize_t alone(Part *part, int32_t bound, double k1, double scale, int32_t *docs, uint16_t *impacts,
                        Py_ssize_t room) {
    const int32_t *its = part->docs->data;
    const double *factor = part->factors->data;
    Py_ssize_t made = 0;
    int64_t at = part->at, end = part->end;
    for (; at < end && its[at] < bound; at++) {
        if (its[at] < 0 || its[at] >= part->factors->count) return -1;
        if (made >= room) return -2;
        double wtf = factor[its[at]] * (double)item(part->freqs->data, part->freqs->width, at);
        docs[made] = its[at];
        impacts[made++] = saturated(wtf, k1, scale);
    }
    part->at = at;
    return made;
}

/* join(parts, k1, scale, out dfs, out docs, out impacts) -> postings

   For each term the union of its documents in all parts, with the saturated sum of factor[doc] * freq. `parts` are
   tuples (places of its terms among all, ascending; dfs; docs; freqs; factors by document). */
static PyObject *join(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    (void)self;
    PyObject *answer = NULL;
    Opened all = {0};
    if (count != 6) return wrong("join takes 6 arguments"), NULL;
    Py_ssize_t n = PyList_Check(args[0]) ? PyList_Size(args[0]) : -1;
    double k1 = PyFloat_AsDouble(args[1]), scale = PyFloat_AsDouble(args[2]);
    if (PyErr_Occurred()) return NULL;
    if (n < 1) return wrong("join: a list of parts is expected"), NULL;
    Part *parts = calloc((size_t)n, sizeof(Part)), **active = NULL;
    if (!parts) return PyErr_NoMemory();
    Array *dfs, *docs, *impacts;
    if (!(dfs = opened(&all, args[3], "I8")) || !(docs = opened(&all, args[4], "I4")) ||
        !(impacts = opened(&all, args[5], "U2")))
        goto done;
    for (Py_ssize_t p = 0; p < n; p++)
        if (!part_open(PyList_GetItem(args[0], p), &parts[p])) goto done;
    if (!(active = calloc((size_t)n, sizeof *active))) {
        PyErr_NoMemory();
        goto done;
    }
    int64_t *df_out = (int64_t *)dfs->data;
    int32_t *doc_out = (int32_t *)docs->data;
    uint16_t *impact_out = (uint16_t *)impacts->data;
    Py_ssize_t made = 0, room = docs->count < impacts->count ? docs->count : impacts->count;
    const char *fault = NULL;
    PyThreadState *others = PyEval_SaveThread();
    for (Py_ssize_t term = 0; term < dfs->count && !fault; term++) {
        Py_ssize_t before = made, held = 0;
        for (Py_ssize_t p = 0; p < n; p++) {
            Part *part = &parts[p];
            if (part->term >= part->places->count || ((const int64_t *)part->places->data)[part->term] != term) continue;
            int64_t df = ((const int64_t *)part->dfs->data)[part->term++];
            part->at = part->end;
            if (df < 0 || df > part->docs->count - part->at) {
                fault = "join: the documents of a term lie outside";
                break;
            }
            part->end = part->at + df;
            if (df) active[held++] = part;
        }
        while (held && !fault) {
            int32_t doc = INT32_MAX, bound = INT32_MAX; /* the smallest document of all parts, and of the other parts */
            Py_ssize_t first = 0;
            for (Py_ssize_t p = 0; p < held; p++) {
                int32_t own = ((const int32_t *)active[p]->docs->data)[active[p]->at];
                if (own < doc) {
                    bound = doc;
                    doc = own;
                    first = p;
                } else if (own < bound) bound = own;
            }
            if (doc < bound) {
                /* Nearly all of the longest part stands in it alone. */
                Py_ssize_t run = alone(active[first], bound, k1, scale, doc_out + made, impact_out + made, room - made);
                if (run < 0) {
                    fault = run == -1 ? "join: a document lies outside" : "join: there is not room for all postings";
                    break;
                }
                made += run;
                if (active[first]->at == active[first]->end) {
                    held--;
                    memmove(active + first, active + first + 1, (size_t)(held - first) * sizeof *active);
                }
                continue;
            }
            double wtf = 0;
            Py_ssize_t left = 0;
            for (Py_ssize_t p = 0; p < held; p++) {
                Part *part = active[p];
                if (((const int32_t *)part->docs->data)[part->at] == doc) {
                    if (doc < 0 || doc >= part->factors->count) {
                        fault = "join: a document lies outside";
                        break;
                    }
                    wtf += ((const double *)part->factors->data)[doc] *
                           (double)item(part->freqs->data, part->freqs->width, part->at);
                    if (++part->at == part->end) continue;
                }
                active[left++] = part;
            }
            held = left;
            if (fault) break;
            if (made >= room) {
                fault = "join: there is not room for all postings";
                break;
            }
            doc_out[made] = doc;
            impact_out[made++] = saturated(wtf, k1, scale);
        }
        df_out[term] = made - before;
    }
    PyEval_RestoreThread(others);
    if (fault) {
        wrong(fault);
        goto done;
    }
    answer = PyLong_FromSsize_t(made);
done:
    for (Py_ssize_t p = 0; p < n; p++) close_all(&parts[p].all);
    free(parts), free(active);
    close_all(&all);
    return answer;
}

/* ---- Compact lists ---- */

#define MANY 65536 /* items from which it is worth letting other threads of Python work */

/* unfold(first, gaps, out docs): documents from the first of them and the gaps between them. */
static PyObject *unfold(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    (void)self;
    Opened all = {0};
    PyObject *answer = NULL;
    if (count != 3) return wrong("unfold takes 3 arguments"), NULL;
    long doc = PyLong_AsLong(args[0]);
    if (doc == -1 && PyErr_Occurred()) return NULL;
    Array *gaps, *docs;
    if (!(gaps = opened(&all, args[1], "u*")) || !(docs = opened(&all, args[2], "I4"))) goto done;
    if (docs->count != gaps->count + 1) {
        wrong("unfold: the arrays do not fit");
        goto done;
    }
    int32_t *out = (int32_t *)docs->data;
    uint32_t at = (uint32_t)doc;
    out[0] = (int32_t)at;
#define UNFOLD(TYPE) for (Py_ssize_t i = 0; i < gaps->count; i++) out[i + 1] = (int32_t)(at += ((const TYPE *)gaps->data)[i])
    switch (gaps->width) {
        case 1: UNFOLD(uint8_t); break;
        case 2: UNFOLD(uint16_t); break;
        default: UNFOLD(uint32_t);
    }
#undef UNFOLD
    answer = Py_NewRef(Py_None);
done:
    close_all(&all);
    return answer;
}

/* unfold_lists(firsts, kinds, gaps of 1, 2 and 4 bytes, starts, out docs)

   The same for many lists side by side: list i has the documents out[starts[i] - starts[0]:starts[i + 1] - starts[0]];
   its gaps are the next ones of its kind. */
static PyObject *unfold_lists(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    (void)self;
    Opened all = {0};
    PyObject *answer = NULL;
    if (count != 7) return wrong("unfold_lists takes 7 arguments"), NULL;
    Array *firsts, *kinds, *gaps[3], *starts, *docs;
    if (!(firsts = opened(&all, args[0], "u*")) || !(kinds = opened(&all, args[1], "u1")) ||
        !(gaps[0] = opened(&all, args[2], "u1")) || !(gaps[1] = opened(&all, args[3], "u2")) ||
        !(gaps[2] = opened(&all, args[4], "u4")) || !(starts = opened(&all, args[5], "i8")) ||
        !(docs = opened(&all, args[6], "I4")))
        goto done;
    Py_ssize_t lists = firsts->count;
    const int64_t *start = starts->data;
    const uint8_t *kind = kinds->data;
    int64_t used[3] = {0};
    if (kinds->count != lists || starts->count != lists + 1 || docs->count != start[lists] - start[0]) {
        wrong("unfold_lists: the arrays do not fit");
        goto done;
    }
    int fits = 1;
    PyThreadState *others = docs->count > MANY ? PyEval_SaveThread() : NULL;
    for (Py_ssize_t i = 0; i < lists; i++) {
        int64_t to = start[i] - start[0], rest = start[i + 1] - start[i] - 1;
        if (kind[i] > 2 || rest < 0 || to < 0 || to > docs->count - rest - 1 || rest > gaps[kind[i]]->count - used[kind[i]]) {
            fits = 0;
            break;
        }
        int32_t *out = (int32_t *)docs->data + to;
        const Array *its = gaps[kind[i]];
        int64_t at = used[kind[i]];
        used[kind[i]] += rest;
        uint32_t doc = (uint32_t)item(firsts->data, firsts->width, i);
        *out = (int32_t)doc;
        for (int64_t j = 0; j < rest; j++) out[j + 1] = (int32_t)(doc += (uint32_t)item(its->data, its->width, at + j));
    }
    if (others) PyEval_RestoreThread(others);
    if (!fits) {
        wrong("unfold_lists: a list lies outside");
        goto done;
    }
    answer = Py_NewRef(Py_None);
done:
    close_all(&all);
    return answer;
}

/* spans(bits, start, positions, out freqs) -> largest, or -1

   How far it is from each set bit to the next; `positions` bits from bit `start` on, the first set. Frequencies above
   255 are written as 255. -1: there are not as many set bits as `freqs` has room for, or the first is not set. */
static PyObject *spans(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    (void)self;
    Opened all = {0};
    PyObject *answer = NULL;
    if (count != 4) return wrong("spans takes 4 arguments"), NULL;
    Py_ssize_t start = PyLong_AsSsize_t(args[1]), positions = PyLong_AsSsize_t(args[2]);
    if (PyErr_Occurred()) return NULL;
    Array *bits, *freqs;
    if (!(bits = opened(&all, args[0], "u1")) || !(freqs = opened(&all, args[3], "U1"))) goto done;
    if (start < 0 || positions < 0 || positions > PY_SSIZE_T_MAX - start || (start + positions + 7) / 8 > bits->count) {
        wrong("spans: the bits lie outside");
        goto done;
    }
    const uint8_t *bytes = bits->data;
    uint8_t *out = (uint8_t *)freqs->data;
    Py_ssize_t made = 0, end = start + positions, last = start, largest = 0, fits = 1;
    PyThreadState *others = positions > MANY ? PyEval_SaveThread() : NULL;
    for (Py_ssize_t at = start; at < end && fits;) {
        uint32_t byte = (uint32_t)bytes[at >> 3] >> (at & 7);
        Py_ssize_t base = at;
        at = (at | 7) + 1;
        while (byte) {
            int zeros = 0;
            while (!(byte >> zeros & 1)) zeros++;
            Py_ssize_t place = base + zeros;
            byte = byte >> zeros >> 1;
            base = place + 1;
            if (place >= end) break;
            if (place == start) continue; /* the first posting begins here, and `last` is there already */
            if (made >= freqs->count) {
                fits = 0;
                break;
            }
            Py_ssize_t span = place - last;
            largest = span > largest ? span : largest;
            out[made++] = (uint8_t)(span > 255 ? 255 : span);
            last = place;
        }
    }
    if (others) PyEval_RestoreThread(others);
    if (made + (positions > 0) != freqs->count || (positions && !(bytes[start >> 3] >> (start & 7) & 1))) fits = 0;
    if (fits && positions) {
        Py_ssize_t span = end - last;
        largest = span > largest ? span : largest;
        out[made] = (uint8_t)(span > 255 ? 255 : span);
    }
    answer = PyLong_FromSsize_t(fits ? largest : -1);
done:
    close_all(&all);
    return answer;
}

/* standing(docs, freqs or None, positions, forms, form, out docs, out freqs, out positions) -> (postings, positions, largest)

   The part of a list whose forms are `form`: what postings have such a position, how many, and which. */
static PyObject *standing(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    (void)self;
    Opened all = {0};
    PyObject *answer = NULL;
    if (count != 8) return wrong("standing takes 8 arguments"), NULL;
    unsigned long long form = PyLong_AsUnsignedLongLong(args[4]);
    if (PyErr_Occurred()) return NULL;
    Array *docs, *freqs = NULL, *positions, *forms, *out_docs, *out_freqs, *out_positions;
    if (!(docs = opened(&all, args[0], "i4")) || (args[1] != Py_None && !(freqs = opened(&all, args[1], "u*"))) ||
        !(positions = opened(&all, args[2], "u*")) || !(forms = opened(&all, args[3], "u*")) ||
        !(out_docs = opened(&all, args[5], "I4")) || !(out_freqs = opened(&all, args[6], "U4")) ||
        !(out_positions = opened(&all, args[7], "U4")))
        goto done;
    Py_ssize_t n = docs->count, total = positions->count, at = 0, postings = 0, made = 0;
    if (forms->count != total || (freqs && freqs->count != n) || out_docs->count < n || out_freqs->count < n ||
        out_positions->count < total) {
        wrong("standing: the arrays do not fit");
        goto done;
    }
    uint32_t largest = 0, *freq_out = (uint32_t *)out_freqs->data, *position_out = (uint32_t *)out_positions->data;
    int32_t *doc_out = (int32_t *)out_docs->data;
    for (Py_ssize_t i = 0; i < n; i++) {
        uint64_t its = freqs ? item(freqs->data, freqs->width, i) : 1;
        if (its > (uint64_t)(total - at)) {
            wrong("standing: there are not as many positions as occurrences");
            goto done;
        }
        Py_ssize_t before = made;
        for (uint64_t j = 0; j < its; j++, at++)
            if (item(forms->data, forms->width, at) == form)
                position_out[made++] = (uint32_t)item(positions->data, positions->width, at);
        if (made > before) {
            uint32_t here = (uint32_t)(made - before);
            largest = here > largest ? here : largest;
            doc_out[postings] = ((const int32_t *)docs->data)[i];
            freq_out[postings++] = here;
        }
    }
    answer = Py_BuildValue("nnI", postings, made, (unsigned int)largest);
done:
    close_all(&all);
    return answer;
}

#include "_kernel_lists.h"
#include "_kernel_records.h"

static PyMethodDef methods[] = {
    {"cut", (PyCFunction)(void (*)(void))cut, METH_FASTCALL, NULL},
    {"tokens", (PyCFunction)(void (*)(void))tokens, METH_FASTCALL, NULL},
    {"group", (PyCFunction)(void (*)(void))group, METH_FASTCALL, NULL},
    {"stretches", (PyCFunction)(void (*)(void))stretches, METH_FASTCALL, NULL},
    {"join", (PyCFunction)(void (*)(void))join, METH_FASTCALL, NULL},
    {"unfold", (PyCFunction)(void (*)(void))unfold, METH_FASTCALL, NULL},
    {"unfold_lists", (PyCFunction)(void (*)(void))unfold_lists, METH_FASTCALL, NULL},
    {"spans", (PyCFunction)(void (*)(void))spans, METH_FASTCALL, NULL},
    {"standing", (PyCFunction)(void (*)(void))standing, METH_FASTCALL, NULL},
    {"ascends", (PyCFunction)(void (*)(void))ascends, METH_FASTCALL, NULL},
    {"fold", (PyCFunction)(void (*)(void))fold, METH_FASTCALL, NULL},
    {"first_bits", (PyCFunction)(void (*)(void))first_bits, METH_FASTCALL, NULL},
    {"carry", (PyCFunction)(void (*)(void))carry, METH_FASTCALL, NULL},
    {"json_values", (PyCFunction)(void (*)(void))json_values, METH_FASTCALL, NULL},
    {NULL, NULL, 0, NULL}};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_kernel", NULL, 0, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__kernel(void) { return PyModuleDef_Init(&module); }
