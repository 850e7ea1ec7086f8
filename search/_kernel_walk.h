/* Walking along the postings of a word as they lie in the file. A part of _kernel.c, which includes it.

   Few documents are looked for and a list may be long, so it is not worked out: what is passed over is only added up.
   Documents are plain numbers, or the first and the gaps from each to the next; frequencies are numbers, or one bit a
   position that is set where a posting begins, or all 1. */

/* The sum of bytes, eight at a time: pairs of them are added in lanes of 16 bits, which 128 rounds cannot fill. */
static uint64_t sum_bytes(const uint8_t *bytes, Py_ssize_t n) {
    const uint64_t even = 0x00ff00ff00ff00ffu;
    uint64_t sum = 0;
    while (n >= 8) {
        uint64_t lanes = 0;
        for (int round = 0; round < 128 && n >= 8; round++, bytes += 8, n -= 8) {
            uint64_t eight;
            memcpy(&eight, bytes, 8);
            lanes += (eight & even) + (eight >> 8 & even);
        }
        sum += (lanes & 0xffff) + (lanes >> 16 & 0xffff) + (lanes >> 32 & 0xffff) + (lanes >> 48);
    }
    while (n-- > 0) sum += *bytes++;
    return sum;
}

#define SUM(TYPE) for (Py_ssize_t i = lo; i < hi; i++) sum += ((const TYPE *)numbers->data)[i]

/* The sum of unsigned numbers lo to hi (exclusive). */
static int64_t sum_between(const Array *numbers, Py_ssize_t lo, Py_ssize_t hi) {
    uint64_t sum = 0;
    switch (numbers->width) {
        case 1: return (int64_t)sum_bytes((const uint8_t *)numbers->data + lo, hi - lo);
        case 2: SUM(uint16_t); break;
        case 4: SUM(uint32_t); break;
        default: SUM(uint64_t);
    }
    return (int64_t)sum;
}

/* Where a word stands in one field. */
typedef struct {
    Array docs, freqs;       /* plain */
    Array gaps, bits;        /* compact */
    Array positions, forms;
    int compact, has_freqs;  /* without: every frequency is 1 */
    int has_forms;           /* with: of the places of its stem a word has those where `forms` is `form` */
    uint64_t form;
    int64_t first_doc, first_bit;
    Py_ssize_t count;        /* documents */
} Word;

#define WORD "casefinder.word"

/* The position numbered i, of all documents'. */
static inline int64_t place_at(const Word *word, int64_t i) {
    return (int64_t)item(word->positions.data, word->positions.width, i);
}

/* Whether the word itself stands there, not another word of its stem. */
static inline int is_its_own(const Word *word, int64_t i) {
    return !word->has_forms || item(word->forms.data, word->forms.width, i) == word->form;
}

static void word_free(Word *word) {
    array_close(&word->docs), array_close(&word->freqs), array_close(&word->gaps), array_close(&word->bits);
    array_close(&word->positions), array_close(&word->forms);
    free(word);
}

static void word_closed(PyObject *capsule) {
    Word *word = PyCapsule_GetPointer(capsule, WORD);
    if (word) word_free(word);
}

static int plain_word(PyObject *const *args, Word *word) {
    if (!array_open(args[0], &word->docs, 0) || !array_open(args[2], &word->positions, 0)) return 0;
    word->has_freqs = args[1] != Py_None;
    if (word->has_freqs && !array_open(args[1], &word->freqs, 0)) return 0;
    word->count = word->docs.count;
    if (word->docs.kind != 'i' || word->docs.width < 4 || word->positions.kind != 'u')
        return wrong("places: docs of int32 or int64 and unsigned positions are expected");
    if (word->has_freqs && (word->freqs.kind != 'u' || word->freqs.count != word->count))
        return wrong("places: the freqs do not fit");
    return 1;
}

static int compact_word(PyObject *const *args, Word *word) {
    word->compact = 1;
    word->first_doc = PyLong_AsLongLong(args[0]), word->first_bit = PyLong_AsLongLong(args[3]);
    if (PyErr_Occurred() || !array_open(args[1], &word->gaps, 0) || !array_open(args[4], &word->positions, 0)) return 0;
    word->has_freqs = args[2] != Py_None;
    if (word->has_freqs && !array_open(args[2], &word->bits, 0)) return 0;
    word->count = word->gaps.count + 1;
    if (word->first_doc < 0 || word->first_bit < 0 || word->gaps.kind != 'u' || word->positions.kind != 'u')
        return wrong("places: a first document, unsigned gaps and positions are expected");
    if (word->has_freqs && (!array_is(&word->bits, 'u', 1) || word->first_bit > 7 ||
                            word->bits.count < (word->first_bit + word->positions.count + 7) / 8))
        return wrong("places: the bits do not fit");
    return 1;
}

static int forms_open(PyObject *const *args, Word *word) {
    word->form = PyLong_AsUnsignedLongLong(args[1]);
    if (PyErr_Occurred() || !array_open(args[0], &word->forms, 0)) return 0;
    word->has_forms = 1;
    if (word->forms.kind == 'u' && word->forms.count == word->positions.count) return 1;
    return wrong("places: an unsigned form for each position is expected");
}

/* places(forms or None, form, docs, freqs or None, positions), or
   places(forms or None, form, first doc, gaps, bits or None, first bit, positions)
   -> where a word stands, as `near` and `phrase` take it */
static PyObject *open_places(PyObject *self, PyObject *const *args, Py_ssize_t count) {
    (void)self;
    if (count != 5 && count != 7) return wrong("places: 5 or 7 arguments are expected"), NULL;
    Word *word = calloc(1, sizeof(Word));
    if (!word) return PyErr_NoMemory();
    int open = count == 5 ? plain_word(args + 2, word) : compact_word(args + 2, word);
    if (open && args[0] != Py_None) open = forms_open(args, word);
    PyObject *capsule = open ? PyCapsule_New(word, WORD, word_closed) : NULL;
    if (!capsule) word_free(word);
    return capsule;
}

/* Where a walk is: at the posting numbered `at`, of document `doc`. */
typedef struct {
    const Word *word;
    Py_ssize_t at;
    int64_t doc;
    Py_ssize_t counted;  /* the posting whose first position is known: it is number `first` */
    int64_t first;
} Walk;

static Walk walk_start(const Word *word) {
    int64_t doc = word->compact ? word->first_doc : word->count ? doc_of(&word->docs, 0) : 0;
    return (Walk){word, 0, doc, 0, 0};
}

/* Adds up `LEAP` gaps at a time while that does not reach the document. */
#define WALK(TYPE, LEAP)                                                                  \
    while (last - at >= LEAP) {                                                           \
        uint64_t sum = 0;                                                                 \
        if (sizeof(TYPE) == 1 && LEAP > 1) sum = sum_bytes((const uint8_t *)word->gaps.data + at, LEAP); \
        else for (int i = 0; i < LEAP; i++) sum += ((const TYPE *)word->gaps.data)[at + i]; \
        if (from + (int64_t)sum >= doc) break;                                            \
        from += (int64_t)sum, at += LEAP;                                                 \
    }
/* A few steps, for the next document is often near; then in long leaps, in short ones, and step by step. */
#define WALK_TO(TYPE)                                                                     \
    {                                                                                     \
        for (int i = 0; i < 4 && from < doc && at < last; i++) from += ((const TYPE *)word->gaps.data)[at++]; \
        if (from < doc) WALK(TYPE, 64)                                                    \
        WALK(TYPE, 8)                                                                     \
        while (from < doc && at < last) from += ((const TYPE *)word->gaps.data)[at++];    \
    }

/* Moves to the first document that is not before `doc`: 0 if there is none. */
static int walk_to(Walk *walk, int64_t doc) {
    const Word *word = walk->word;
    Py_ssize_t at = walk->at, last = word->count - 1;
    if (!word->compact) {
        walk->at = at = advance(&word->docs, at, doc);
        if (at > last) return 0;
        walk->doc = doc_of(&word->docs, at);
        return 1;
    }
    int64_t from = walk->doc;
    if (word->gaps.width == 1) WALK_TO(uint8_t)
    else if (word->gaps.width == 2) WALK_TO(uint16_t)
    else WALK_TO(uint32_t)
    walk->at = at, walk->doc = from;
    return from >= doc;
}

/* Moves to the next document: 0 if there is none. */
static inline int walk_next(Walk *walk) {
    const Word *word = walk->word;
    if (walk->at + 1 >= word->count) return 0;
    walk->at++;
    if (word->compact) walk->doc += (int64_t)item(word->gaps.data, word->gaps.width, walk->at - 1);
    else walk->doc = doc_of(&word->docs, walk->at);
    return 1;
}

/* How many bits are set: sums of two, four and eight bits beside each other, and a multiplication that adds the bytes. */
static inline int set_bits(uint64_t word) {
    word -= word >> 1 & 0x5555555555555555u;
    word = (word & 0x3333333333333333u) + (word >> 2 & 0x3333333333333333u);
    word = (word + (word >> 4)) & 0x0f0f0f0f0f0f0f0fu;
    return (int)(word * 0x0101010101010101u >> 56);
}

/* 64 bits from position `at` on; what lies behind the last position is 0. */
static inline uint64_t bits_at(const Word *word, int64_t at) {
    int64_t bit = word->first_bit + at, byte = bit >> 3, left = word->positions.count - at;
    uint64_t bits = 0;
    if (left <= 0) return 0;
    size_t whole = word->bits.count - byte >= 8 ? 8 : (size_t)(word->bits.count - byte);
    memcpy(&bits, (const uint8_t *)word->bits.data + byte, whole);
    bits >>= bit & 7;
    if (whole == 8 && bit & 7 && byte + 8 < word->bits.count)
        bits |= (uint64_t)((const uint8_t *)word->bits.data)[byte + 8] << (64 - (bit & 7));
    return left < 64 ? bits & (((uint64_t)1 << left) - 1) : bits;
}

/* The position at which the posting begins that comes `postings` after the one that begins at `first`, or -1. */
static int64_t begin_after(const Word *word, int64_t first, Py_ssize_t postings) {
    for (; first < word->positions.count; first += 64) {
        uint64_t bits = bits_at(word, first);
        int found = set_bits(bits);
        if (found > postings) {
            while (postings--) bits &= bits - 1;
            return first + __builtin_ctzll(bits);
        }
        postings -= found;
    }
    return -1;
}

/* How many positions the document has at which the walk is, from number `first` on; -1 where they are missing. */
static int64_t walk_places(Walk *walk) {
    const Word *word = walk->word;
    int64_t places = 1;
    if (!word->has_freqs) walk->first = walk->at;
    else if (!word->compact) {
        walk->first += sum_between(&word->freqs, walk->counted, walk->at);
        places = (int64_t)item(word->freqs.data, word->freqs.width, walk->at);
    } else {
        walk->first = begin_after(word, walk->first, walk->at - walk->counted);
        if (walk->first < 0) return -1;
        int64_t next = begin_after(word, walk->first + 1, 0);
        places = (next < 0 ? word->positions.count : next) - walk->first;
    }
    walk->counted = walk->at;
    return walk->first + places <= word->positions.count ? places : -1;
}
