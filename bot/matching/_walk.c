/* The steps of matching that look at every character or word of an article, each as bot/matching has it in numpy, and
 * with the same answers (tests/matching/test_walk.py). Nothing is kept here: all that is read and written belongs to the caller.
 */

#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <string.h>

#define SPREAD UINT64_C(0x9E3779B97F4A7C15) /* table.Places */
#define SECOND UINT64_C(0xD6E8FEB86659FD93) /* table.Table, sieve.Sieve */
#define HIGHEST_BITS UINT64_C(0x8080808080808080)
#define LETTERS 16
#define SPACE ' '
#define FIRST_OF_RUNS 0x0E01 /* folding.FIRST_OF_RUNS */

enum { ALONE = 1, BEGINS = 2, CONTINUES = 4, TYPED = 8 }; /* what a feature may be for: scan.py */
#define LONGEST_CHAIN 64 /* more steps than any phrase has words: features.MOST_SIDE_BY_SIDE */

/* ---- arrays ---------------------------------------------------------------------------------------------------- */

/* An array of numbers that belongs to the caller. */
typedef struct {
    Py_buffer buffer;
    Py_ssize_t length;
} Array;

/* -1 with an exception where it is no such array. Whatever was got is to be let go, also then. */
static int get(PyObject *object, Array *array, Py_ssize_t size) {
    array->buffer.obj = NULL;
    if (PyObject_GetBuffer(object, &array->buffer, PyBUF_C_CONTIGUOUS) < 0) return -1;
    if (array->buffer.itemsize != size) {
        PyErr_Format(PyExc_TypeError, "numbers of %zd bytes are wanted, not of %zd", size, array->buffer.itemsize);
        return -1;
    }
    array->length = array->buffer.len / size;
    return 0;
}

static int get_all(PyObject *const *objects, Array *arrays, const Py_ssize_t *sizes, int number) {
    memset(arrays, 0, sizeof(Array) * (size_t)number);
    for (int i = 0; i < number; i++)
        if (get(objects[i], &arrays[i], sizes[i]) < 0) return -1;
    return 0;
}

static void let_go(Array *arrays, int number) {
    for (int i = 0; i < number; i++)
        if (arrays[i].buffer.obj) PyBuffer_Release(&arrays[i].buffer);
}

#define AT(array, type) ((const type *)(array).buffer.buf)

/* Numbers that are found, as many as there are. */
typedef struct {
    int64_t *numbers;
    Py_ssize_t length, room;
} Found;

static int make_room(Found *found, Py_ssize_t more) {
    if (found->length + more <= found->room) return 0;
    Py_ssize_t room = 2 * found->room + (more < 256 ? 256 : more);
    int64_t *numbers = PyMem_Realloc(found->numbers, (size_t)room * sizeof(int64_t));
    if (!numbers) {
        PyErr_NoMemory();
        return -1;
    }
    found->numbers = numbers;
    found->room = room;
    return 0;
}

static inline int add(Found *found, int64_t number) {
    if (found->length == found->room && make_room(found, 1) < 0) return -1;
    found->numbers[found->length++] = number;
    return 0;
}

static PyObject *as_bytes(const Found *found) {
    return PyBytes_FromStringAndSize((const char *)found->numbers, found->length * (Py_ssize_t)sizeof(int64_t));
}

static int counted(Py_ssize_t given, Py_ssize_t wanted) {
    if (given == wanted) return 0;
    PyErr_Format(PyExc_TypeError, "%zd arguments are wanted, not %zd", wanted, given);
    return -1;
}

static inline uint64_t place(uint64_t key, int shift) { return (key * SPREAD) >> shift; }

/* How far to shift for a table of so many places, a power of two. */
static int shift_for(Py_ssize_t places) {
    int bits = 0;
    while (((Py_ssize_t)1 << bits) < places) bits++;
    return 64 - bits;
}

/* ---- texts ----------------------------------------------------------------------------------------------------- */

/* Characters that are written, as many as there are. */
typedef struct {
    uint32_t *codes;
    Py_ssize_t length, room;
} Line;

/* Room for so many more characters. */
static int make_line_longer(Line *line, Py_ssize_t more) {
    if (line->length + more <= line->room) return 0;
    Py_ssize_t room = 2 * line->room + more;
    uint32_t *codes = PyMem_Realloc(line->codes, (size_t)room * sizeof *codes);
    if (!codes) {
        PyErr_NoMemory();
        return -1;
    }
    line->codes = codes;
    line->room = room;
    return 0;
}

static int add_text(Line *line, PyObject *text) {
    Py_ssize_t length = PyUnicode_Check(text) ? PyUnicode_GetLength(text) : -1;
    if (length < 0) {
        if (!PyErr_Occurred()) PyErr_SetString(PyExc_TypeError, "a text is wanted");
        return -1;
    }
    if (make_line_longer(line, length) < 0) return -1;
    if (length && !PyUnicode_AsUCS4(text, line->codes + line->length, line->room - line->length, 0)) return -1;
    line->length += length;
    return 0;
}

static PyObject *as_text(const Line *line) {
    const uint16_t one = 1;
    int order = *(const uint8_t *)&one ? -1 : 1;
    Py_ssize_t bytes = line->length * (Py_ssize_t)sizeof *line->codes;
    return PyUnicode_DecodeUTF32((const char *)line->codes, bytes, "surrogatepass", &order);
}

/* fold(text, letters, is_of_run, said) -> the folded words, and whether every character is in its place: folding.fold
 *
 * letters: what each character becomes, a space between words, 0 where only said(piece) tells.
 */
static PyObject *fold(PyObject *self, PyObject *const *arguments, Py_ssize_t given) {
    enum { LETTERS_OF, IS_OF_RUN, ARRAYS };
    static const Py_ssize_t sizes[ARRAYS] = {2, 1};
    Array arrays[ARRAYS];
    Line line = {0}, text = {0};
    PyObject *answer = NULL;
    if (counted(given, 4) < 0) return NULL;
    if (get_all(arguments + 1, arrays, sizes, ARRAYS) < 0 || add_text(&text, arguments[0]) < 0) goto end;
    const uint16_t *letters = AT(arrays[LETTERS_OF], uint16_t);
    const uint8_t *is_of_run = AT(arrays[IS_OF_RUN], uint8_t);
    Py_ssize_t known = arrays[LETTERS_OF].length;
    if (arrays[IS_OF_RUN].length < 0x10000) {
        PyErr_SetString(PyExc_ValueError, "of every letter it must be known whether it is of a run");
        goto end;
    }
    if (make_line_longer(&line, text.length) < 0) goto end;
    int are_in_place = 1; /* as nearly always: told without asking of each letter what comes next */
    for (Py_ssize_t i = 0; i < text.length; i++) {
        uint16_t letter = (Py_ssize_t)text.codes[i] < known ? letters[text.codes[i]] : 0;
        are_in_place &= (uint16_t)(letter - 1) < FIRST_OF_RUNS - 1;
        line.codes[i] = letter;
    }
    if (are_in_place) line.length = text.length;
    for (Py_ssize_t begin = are_in_place ? text.length : 0, end; begin < text.length; begin = end + 1) {
        Py_ssize_t before = line.length;
        uint16_t last = SPACE, letter = SPACE;
        for (end = begin; end < text.length; end++, last = letter) {
            letter = (Py_ssize_t)text.codes[end] < known ? letters[text.codes[end]] : 0;
            if (letter == SPACE || !letter) break;
            if (last != SPACE && is_of_run[letter] != is_of_run[last]) {
                if (make_line_longer(&line, text.length - end + 1) < 0) goto end;
                line.codes[line.length++] = SPACE;
            }
            line.codes[line.length++] = letter;
        }
        if (end < text.length && !letter) {
            while (end < text.length && ((Py_ssize_t)text.codes[end] >= known || letters[text.codes[end]] != SPACE)) end++;
            Line piece = {text.codes + begin, end - begin, 0};
            PyObject *asked = as_text(&piece);
            PyObject *words = asked ? PyObject_CallFunctionObjArgs(arguments[3], asked, NULL) : NULL;
            Py_XDECREF(asked);
            if (!words) goto end;
            line.length = before;
            int added = add_text(&line, words);
            Py_DECREF(words);
            if (added < 0 || make_line_longer(&line, text.length - end) < 0) goto end;
        }
        if (end < text.length) line.codes[line.length++] = SPACE;
    }
    PyObject *words = as_text(&line);
    if (words) answer = PyTuple_Pack(2, words, are_in_place ? Py_True : Py_False);
    Py_XDECREF(words);
end:
    let_go(arrays, ARRAYS);
    PyMem_Free(line.codes);
    PyMem_Free(text.codes);
    return answer;
}

/* For each word the place before it, and then its last one; without a branch at each, which nothing could foresee. */
static int add_edges(Found *found, const uint8_t *letters, Py_ssize_t length) {
    enum { AT_ONCE = 256 };
    for (Py_ssize_t begin = 0; begin + 1 < length; begin += AT_ONCE) {
        Py_ssize_t end = begin + AT_ONCE < length - 1 ? begin + AT_ONCE : length - 1;
        if (make_room(found, AT_ONCE) < 0) return -1;
        int64_t *next = found->numbers + found->length;
        for (Py_ssize_t i = begin; i < end; i++) {
            *next = i;
            next += (letters[i] == SPACE) != (letters[i + 1] == SPACE);
        }
        found->length = next - found->numbers;
    }
    return 0;
}

/* written(text, letters) -> its characters (uint32), its letters (uint8), its edges (as ``edges`` tells) and the largest
 * of its characters: written.Written
 *
 * letters: of each character, of the last one also whatever comes behind.
 */
static PyObject *written(PyObject *self, PyObject *const *arguments, Py_ssize_t given) {
    Array letters;
    Found found = {0};
    PyObject *answer = NULL, *in_codes = NULL, *in_letters = NULL, *in_edges = NULL, *largest = NULL;
    memset(&letters, 0, sizeof letters);
    if (counted(given, 2) < 0) return NULL;
    if (get(arguments[1], &letters, 1) < 0) goto end;
    Py_ssize_t length = PyUnicode_GetLength(arguments[0]);
    if (length < 0) goto end;
    if (!letters.length) {
        PyErr_SetString(PyExc_ValueError, "no letters are known");
        goto end;
    }
    in_codes = PyBytes_FromStringAndSize(NULL, length * (Py_ssize_t)sizeof(uint32_t));
    in_letters = PyBytes_FromStringAndSize(NULL, length);
    if (!in_codes || !in_letters) goto end;
    uint32_t *codes = (uint32_t *)PyBytes_AsString(in_codes), most = 0;
    uint8_t *at = (uint8_t *)PyBytes_AsString(in_letters);
    if (length && !PyUnicode_AsUCS4(arguments[0], codes, length, 0)) goto end;
    for (Py_ssize_t i = 0; i < length; i++) {
        Py_ssize_t code = (Py_ssize_t)codes[i];
        if (codes[i] > most) most = codes[i];
        at[i] = AT(letters, uint8_t)[code < letters.length ? code : letters.length - 1];
    }
    if (add_edges(&found, at, length) < 0) goto end;
    in_edges = as_bytes(&found);
    largest = PyLong_FromUnsignedLong(most);
    if (in_edges && largest) answer = PyTuple_Pack(4, in_codes, in_letters, in_edges, largest);
end:
    let_go(&letters, 1);
    PyMem_Free(found.numbers);
    Py_XDECREF(in_codes);
    Py_XDECREF(in_letters);
    Py_XDECREF(in_edges);
    Py_XDECREF(largest);
    return answer;
}

/* runs_with(text, flags) -> int64: where what stands between spaces begins and ends that has a flagged character. */
static PyObject *runs_with(PyObject *self, PyObject *const *arguments, Py_ssize_t given) {
    Array flags;
    Line text = {0};
    Found found = {0};
    PyObject *answer = NULL;
    memset(&flags, 0, sizeof flags);
    if (counted(given, 2) < 0) return NULL;
    if (get(arguments[1], &flags, 1) < 0 || add_text(&text, arguments[0]) < 0) goto end;
    Py_ssize_t begin = 0;
    int has = 0;
    for (Py_ssize_t i = 0; i <= text.length; i++) {
        if (i < text.length && text.codes[i] != SPACE) {
            Py_ssize_t code = (Py_ssize_t)text.codes[i];
            has |= code < flags.length && AT(flags, uint8_t)[code];
            continue;
        }
        if (has && (add(&found, begin) < 0 || add(&found, i) < 0)) goto end;
        begin = i + 1;
        has = 0;
    }
    answer = as_bytes(&found);
end:
    let_go(&flags, 1);
    PyMem_Free(found.numbers);
    PyMem_Free(text.codes);
    return answer;
}

/* ---- words ----------------------------------------------------------------------------------------------------- */

/* edges(letters) -> int64: for each word the place before it, and then its last one. */
static PyObject *edges(PyObject *self, PyObject *letters) {
    Array array;
    Found found = {0};
    PyObject *answer = NULL;
    memset(&array, 0, sizeof array);
    if (get(letters, &array, 1) < 0) goto end;
    if (add_edges(&found, AT(array, uint8_t), array.length) < 0) goto end;
    answer = as_bytes(&found);
end:
    let_go(&array, 1);
    PyMem_Free(found.numbers);
    return answer;
}

/* How a word is spelt: spelling.Spelling. */
typedef struct {
    uint64_t first, second;
} Spelt;

static inline uint64_t eight(const uint8_t *letters) {
    uint64_t packed = 0;
    for (int i = 0; i < 8; i++) packed |= (uint64_t)letters[i] << (8 * i); /* compilers make one load of it */
    return packed;
}

static inline uint64_t so_many(Py_ssize_t letters) { return letters < 8 ? (UINT64_C(1) << 8 * letters) - 1 : ~UINT64_C(0); }

/* Sixteen letters can be read from each word on: spelling.AROUND. */
static inline Spelt spelt(const uint8_t *begin, Py_ssize_t length) {
    Spelt spelt = {eight(begin) & so_many(length), 0};
    if (length > 8) spelt.second = eight(begin + 8) & so_many(length - 8);
    return spelt;
}

static inline int are_all_ascii(Spelt word) { return !((word.first | word.second) & HIGHEST_BITS); }

/* Whether LETTERS letters stand before the end and before each word's last one, as spelling.AROUND says. */
static int has_room(const Array *letters, const Array *edges) {
    const int64_t *edge = AT(*edges, int64_t);
    for (Py_ssize_t i = 0; i < edges->length; i++)
        if (edge[i] < LETTERS - 1 || edge[i] + LETTERS >= letters->length) {
            PyErr_SetString(PyExc_ValueError, "words stand too near to the edge of their text");
            return 0;
        }
    return 1;
}

/* Words that were looked up one by one, at most one at each place. */
typedef struct {
    uint64_t *first, *second;
    int32_t *numbers; /* each one more than it is; 0: there is none */
    int shift;
} Kept;

static int get_kept(const Array *first, const Array *second, const Array *numbers, Kept *kept) {
    if (first->buffer.readonly || second->buffer.readonly || numbers->buffer.readonly) {
        PyErr_SetString(PyExc_ValueError, "what is kept cannot be written to");
        return -1;
    }
    kept->first = first->buffer.buf;
    kept->second = second->buffer.buf;
    kept->numbers = numbers->buffer.buf;
    kept->shift = shift_for(numbers->length);
    return 0;
}

/* How words begin or end: sieve._Stems. */
typedef struct {
    Array shortest;
    int others, shift, is_backwards;
} Stems;

#define MOST_STEMS 16

static inline int has_various(uint64_t letters) { return (letters & (letters << 1) & HIGHEST_BITS) != 0; }

/* told(letters, are_ascii, edges, first, second, values, is_crowded, others, stems, kept first, second, numbers, numbers)
 * -> int64
 *
 * Writes the number of each word that is told by its letters (words.Words), 0 of those that nobody knows, and leaves the
 * number of a word that is -1. Answers which words have to be looked up one by one.
 * stems: (letters, is_backwards, shortest) for each sieve.
 */
static PyObject *told(PyObject *self, PyObject *const *arguments, Py_ssize_t given) {
    enum { EDGES, FIRST, SECONDS, VALUES, CROWDED, OTHERS, KEPT_FIRST, KEPT_SECOND, KEPT, NUMBERS, ARRAYS };
    static const Py_ssize_t sizes[ARRAYS] = {8, 8, 8, 4, 1, 1, 8, 8, 4, 8};
    Array letters, arrays[ARRAYS];
    Stems stems[MOST_STEMS];
    Py_ssize_t number_of_stems = 0;
    Found found = {0};
    PyObject *answer = NULL;
    memset(&letters, 0, sizeof letters);
    memset(arrays, 0, sizeof arrays);
    memset(stems, 0, sizeof stems);
    if (counted(given, 13) < 0) return NULL;
    PyObject *objects[ARRAYS] = {arguments[2], arguments[3], arguments[4],  arguments[5],  arguments[6],
                                 arguments[7], arguments[9], arguments[10], arguments[11], arguments[12]};
    if (get(arguments[0], &letters, 1) < 0 || get_all(objects, arrays, sizes, ARRAYS) < 0) goto end;
    int are_ascii = PyObject_IsTrue(arguments[1]);
    if (are_ascii < 0) goto end;
    number_of_stems = PyTuple_Size(arguments[8]);
    if (number_of_stems < 0) goto end;
    if (number_of_stems > MOST_STEMS) {
        number_of_stems = 0;
        PyErr_SetString(PyExc_ValueError, "too many kinds of stems");
        goto end;
    }
    for (Py_ssize_t i = 0; i < number_of_stems; i++) {
        PyObject *one = PyTuple_GetItem(arguments[8], i);
        if (!one || !PyTuple_Check(one) || PyTuple_Size(one) != 3) {
            PyErr_SetString(PyExc_TypeError, "stems are three each");
            goto end;
        }
        long compared = PyLong_AsLong(PyTuple_GetItem(one, 0));
        stems[i].is_backwards = PyObject_IsTrue(PyTuple_GetItem(one, 1));
        if (PyErr_Occurred() || get(PyTuple_GetItem(one, 2), &stems[i].shortest, 1) < 0) goto end;
        stems[i].others = (int)(8 * (8 - compared));
        stems[i].shift = shift_for(stems[i].shortest.length);
    }
    Py_ssize_t words = arrays[EDGES].length / 2;
    if (arrays[NUMBERS].length < words || arrays[NUMBERS].buffer.readonly) {
        PyErr_SetString(PyExc_ValueError, "there is no room for the numbers");
        goto end;
    }
    Kept kept;
    if (!has_room(&letters, &arrays[EDGES])) goto end;
    if (get_kept(&arrays[KEPT_FIRST], &arrays[KEPT_SECOND], &arrays[KEPT], &kept) < 0) goto end;
    const uint8_t *text = AT(letters, uint8_t);
    const int64_t *edge = AT(arrays[EDGES], int64_t);
    const uint64_t *firsts = AT(arrays[FIRST], uint64_t), *seconds = AT(arrays[SECONDS], uint64_t);
    const int32_t *values = AT(arrays[VALUES], int32_t);
    const uint8_t *is_crowded = AT(arrays[CROWDED], uint8_t), *others = AT(arrays[OTHERS], uint8_t);
    int shift = shift_for(arrays[FIRST].length), others_shift = shift_for(arrays[OTHERS].length);
    int64_t *numbers = (int64_t *)arrays[NUMBERS].buffer.buf;
    for (Py_ssize_t word = 0; word < words; word++) {
        if (numbers[word] < 0) continue;
        int64_t before = edge[2 * word], last = edge[2 * word + 1], length = last - before;
        Spelt one = spelt(text + before + 1, length);
        numbers[word] = 0;
        if (length > LETTERS || (!are_ascii && (has_various(one.first) || has_various(one.second)))) {
            if (add(&found, word) < 0) goto end;
            continue;
        }
        uint64_t hash = one.first + one.second * SECOND, at = place(hash, shift);
        if (firsts[at] == one.first && seconds[at] == one.second && values[at]) {
            numbers[word] = values[at];
            continue;
        }
        int passes = is_crowded[at] || (!are_ascii && others[place(one.first ^ one.second * SECOND, others_shift)]);
        uint64_t backwards = __builtin_bswap64(eight(text + last - 7));
        for (Py_ssize_t i = 0; !passes && i < number_of_stems; i++) {
            uint64_t key = (stems[i].is_backwards ? backwards : one.first) << stems[i].others;
            passes = AT(stems[i].shortest, uint8_t)[place(key, stems[i].shift)] <= length;
        }
        if (!passes) continue;
        uint64_t in_kept = place(hash, kept.shift);
        if (kept.numbers[in_kept] && kept.first[in_kept] == one.first && kept.second[in_kept] == one.second &&
            are_all_ascii(one))
            numbers[word] = kept.numbers[in_kept] - 1;
        else if (add(&found, word) < 0)
            goto end;
    }
    answer = as_bytes(&found);
end:
    let_go(&letters, 1);
    let_go(arrays, ARRAYS);
    for (Py_ssize_t i = 0; i < number_of_stems; i++) let_go(&stems[i].shortest, 1);
    PyMem_Free(found.numbers);
    return answer;
}

/* keep(letters, edges, which, numbers, kept first, second, numbers): what came of looking words up one by one. */
static PyObject *keep(PyObject *self, PyObject *const *arguments, Py_ssize_t given) {
    enum { WORDS, EDGES, WHICH, NUMBERS, KEPT_FIRST, KEPT_SECOND, KEPT, ARRAYS };
    static const Py_ssize_t sizes[ARRAYS] = {1, 8, 8, 8, 8, 8, 4};
    Array arrays[ARRAYS];
    Kept kept;
    PyObject *answer = NULL;
    if (counted(given, ARRAYS) < 0) return NULL;
    if (get_all(arguments, arrays, sizes, ARRAYS) < 0) goto end;
    if (!has_room(&arrays[WORDS], &arrays[EDGES])) goto end;
    if (get_kept(&arrays[KEPT_FIRST], &arrays[KEPT_SECOND], &arrays[KEPT], &kept) < 0) goto end;
    const uint8_t *text = AT(arrays[WORDS], uint8_t);
    const int64_t *edge = AT(arrays[EDGES], int64_t), *which = AT(arrays[WHICH], int64_t);
    for (Py_ssize_t i = 0; i < arrays[WHICH].length; i++) {
        int64_t before = edge[2 * which[i]], length = edge[2 * which[i] + 1] - before;
        Spelt one = spelt(text + before + 1, length);
        if (length > LETTERS || !are_all_ascii(one)) continue;
        uint64_t at = place(one.first + one.second * SECOND, kept.shift);
        kept.first[at] = one.first;
        kept.second[at] = one.second;
        kept.numbers[at] = (int32_t)AT(arrays[NUMBERS], int64_t)[which[i]] + 1;
    }
    Py_INCREF(Py_None);
    answer = Py_None;
end:
    let_go(arrays, ARRAYS);
    return answer;
}

/* ---- side by side ---------------------------------------------------------------------------------------------- */

/* Which features side by side are one: table.Pairs. */
typedef struct {
    const uint8_t *taken;
    int shift;
    PyObject *values; /* a dict */
    int64_t below;
} Pairs;

/* The feature of the pair, 0 where there is none, -1 with an exception. */
static int64_t known(const Pairs *pairs, int64_t one, int64_t next) {
    int64_t key = one << 32 | next;
    if (!pairs->taken[place((uint64_t)key, pairs->shift)]) return 0;
    PyObject *number = PyLong_FromLongLong(key);
    if (!number) return -1;
    PyObject *value = PyDict_GetItemWithError(pairs->values, number); /* borrowed */
    Py_DECREF(number);
    if (!value) return PyErr_Occurred() ? -1 : 0;
    int64_t feature = PyLong_AsLongLong(value);
    return feature >= 0 && feature < pairs->below ? feature : PyErr_Occurred() ? -1 : 0;
}

/* Of words: where the features of each number begin, how many it has, and what any of them is for. */
typedef struct {
    const int64_t *numbers, *starts, *counts, *kept;
    const uint8_t *roles, *feature_roles;
    Py_ssize_t words, most, most_kept;
    Pairs pairs;
    Found features, places, typed, typed_places;
} Walk;

static inline uint8_t roles_at(const Walk *walk, Py_ssize_t word) {
    return word < walk->words ? walk->roles[walk->numbers[word]] : 0;
}

/* What goes on from a feature that ends before this word. */
static int go_on(Walk *walk, int64_t feature, Py_ssize_t word, int steps) {
    int64_t number = walk->numbers[word];
    const int64_t *next = walk->kept + walk->starts[number], *end = next + walk->counts[number];
    int goes_on = (roles_at(walk, word + 1) & CONTINUES) != 0;
    for (; next < end; next++) {
        int64_t longer = known(&walk->pairs, feature, *next);
        if (longer < 0) return -1;
        if (!longer) continue;
        if (add(&walk->features, longer) < 0 || add(&walk->places, word) < 0) return -1;
        if (goes_on && steps && walk->feature_roles[longer] & BEGINS && go_on(walk, longer, word + 1, steps - 1) < 0)
            return -1;
    }
    return 0;
}

/* joined(numbers, roles, starts, counts, kept, feature_roles, taken, follows, below)
 * -> features and the word at which each ends, and the same of what is typed somehow: four times int64
 */
static PyObject *joined(PyObject *self, PyObject *const *arguments, Py_ssize_t given) {
    enum { NUMBERS, ROLES, STARTS, COUNTS, KEPT, FEATURE_ROLES, TAKEN, ARRAYS };
    static const Py_ssize_t sizes[ARRAYS] = {8, 1, 8, 8, 8, 1, 1};
    Array arrays[ARRAYS];
    Walk walk;
    PyObject *answer = NULL;
    memset(&walk, 0, sizeof walk);
    if (counted(given, 9) < 0) return NULL;
    if (get_all(arguments, arrays, sizes, ARRAYS) < 0) goto end;
    walk.numbers = AT(arrays[NUMBERS], int64_t);
    walk.words = arrays[NUMBERS].length;
    walk.roles = AT(arrays[ROLES], uint8_t);
    walk.starts = AT(arrays[STARTS], int64_t);
    walk.counts = AT(arrays[COUNTS], int64_t);
    walk.kept = AT(arrays[KEPT], int64_t);
    walk.feature_roles = AT(arrays[FEATURE_ROLES], uint8_t);
    walk.pairs.taken = AT(arrays[TAKEN], uint8_t);
    walk.pairs.shift = shift_for(arrays[TAKEN].length);
    walk.pairs.values = arguments[7];
    walk.pairs.below = PyLong_AsLongLong(arguments[8]);
    if (PyErr_Occurred() || !PyDict_Check(arguments[7])) {
        if (!PyErr_Occurred()) PyErr_SetString(PyExc_TypeError, "pairs are a dict");
        goto end;
    }
    for (Py_ssize_t word = 0; word < walk.words; word++) {
        uint8_t roles = roles_at(&walk, word);
        int goes_on = roles & BEGINS && roles_at(&walk, word + 1) & CONTINUES;
        if (!(roles & (ALONE | TYPED)) && !goes_on) continue;
        int64_t number = walk.numbers[word];
        const int64_t *feature = walk.kept + walk.starts[number], *end = feature + walk.counts[number];
        for (; feature < end; feature++) {
            uint8_t is_for = walk.feature_roles[*feature];
            if (is_for & ALONE && (add(&walk.features, *feature) < 0 || add(&walk.places, word) < 0)) goto end;
            if (is_for & TYPED && (add(&walk.typed, *feature) < 0 || add(&walk.typed_places, word) < 0)) goto end;
            if (goes_on && is_for & BEGINS && go_on(&walk, *feature, word + 1, LONGEST_CHAIN) < 0) goto end;
        }
    }
    PyObject *features = as_bytes(&walk.features), *places = as_bytes(&walk.places);
    PyObject *typed = as_bytes(&walk.typed), *typed_places = as_bytes(&walk.typed_places);
    if (features && places && typed && typed_places) answer = PyTuple_Pack(4, features, places, typed, typed_places);
    Py_XDECREF(features);
    Py_XDECREF(places);
    Py_XDECREF(typed);
    Py_XDECREF(typed_places);
end:
    let_go(arrays, ARRAYS);
    PyMem_Free(walk.features.numbers);
    PyMem_Free(walk.places.numbers);
    PyMem_Free(walk.typed.numbers);
    PyMem_Free(walk.typed_places.numbers);
    return answer;
}

/* in_runs(codes, character, feature_roles, taken, follows, below)
 * -> features of characters side by side, and the character at which each ends: twice int64
 *
 * A space behind a space is passed over.
 */
static PyObject *in_runs(PyObject *self, PyObject *const *arguments, Py_ssize_t given) {
    enum { CODES, CHARACTER, FEATURE_ROLES, TAKEN, ARRAYS };
    static const Py_ssize_t sizes[ARRAYS] = {4, 4, 1, 1};
    Array arrays[ARRAYS];
    Found features = {0}, places = {0};
    PyObject *answer = NULL;
    int64_t *ats = NULL;
    int32_t *nexts = NULL;
    if (counted(given, 6) < 0) return NULL;
    if (get_all(arguments, arrays, sizes, ARRAYS) < 0) goto end;
    const uint32_t *codes = AT(arrays[CODES], uint32_t);
    const int32_t *character = AT(arrays[CHARACTER], int32_t);
    const uint8_t *roles = AT(arrays[FEATURE_ROLES], uint8_t);
    Pairs pairs = {AT(arrays[TAKEN], uint8_t), shift_for(arrays[TAKEN].length), arguments[4],
                   PyLong_AsLongLong(arguments[5])};
    if (PyErr_Occurred() || !PyDict_Check(arguments[4])) {
        if (!PyErr_Occurred()) PyErr_SetString(PyExc_TypeError, "pairs are a dict");
        goto end;
    }
    Py_ssize_t length = arrays[CODES].length, number = 0;
    ats = PyMem_Malloc((size_t)(length + 1) * sizeof *ats);
    nexts = PyMem_Malloc((size_t)(length + 1) * sizeof *nexts);
    if (!ats || !nexts) {
        PyErr_NoMemory();
        goto end;
    }
    for (Py_ssize_t i = 0; i < length; i++) {
        if (i && codes[i] == SPACE && codes[i - 1] == SPACE) continue;
        ats[number] = i;
        nexts[number++] = (Py_ssize_t)codes[i] < arrays[CHARACTER].length ? character[codes[i]] : 0;
    }
    nexts[number] = 0;
    for (Py_ssize_t i = 0; i < number; i++) {
        int64_t feature = nexts[i];
        if (roles[feature] & ALONE && (add(&features, feature) < 0 || add(&places, ats[i]) < 0)) goto end;
        for (Py_ssize_t next = i + 1; roles[feature] & BEGINS && next < number && nexts[next]; next++) {
            feature = known(&pairs, feature, nexts[next]);
            if (feature < 0) goto end;
            if (!feature) break;
            if (add(&features, feature) < 0 || add(&places, ats[next]) < 0) goto end;
        }
    }
    PyObject *one = as_bytes(&features), *other = as_bytes(&places);
    if (one && other) answer = PyTuple_Pack(2, one, other);
    Py_XDECREF(one);
    Py_XDECREF(other);
end:
    let_go(arrays, ARRAYS);
    PyMem_Free(features.numbers);
    PyMem_Free(places.numbers);
    PyMem_Free(ats);
    PyMem_Free(nexts);
    return answer;
}

/* ---- files ----------------------------------------------------------------------------------------------------- */

/* complete(features, last_place, seen, stands, files, second, third, starts, clause_features) -> int64
 *
 * The clauses that are filed under one of these features, each once, and of which every other one is as it must be:
 * index.Index. What must be missing is counted from the end of ``stands``, which is left as it was. Each feature was seen
 * once more. ``last_place`` is written to, and need not be cleared: index._Once.
 */
static PyObject *complete(PyObject *self, PyObject *const *arguments, Py_ssize_t given) {
    enum { FEATURES, LAST_PLACE, SEEN, STANDS, FILES, SECONDS, THIRD, STARTS, CLAUSES, ARRAYS };
    static const Py_ssize_t sizes[ARRAYS] = {8, 4, 4, 1, 4, 4, 4, 8, 4};
    Array arrays[ARRAYS];
    Found once = {0}, found = {0};
    PyObject *answer = NULL;
    if (counted(given, ARRAYS) < 0) return NULL;
    if (get_all(arguments, arrays, sizes, ARRAYS) < 0) goto end;
    if (arrays[LAST_PLACE].buffer.readonly || arrays[SEEN].buffer.readonly || arrays[STANDS].buffer.readonly) {
        PyErr_SetString(PyExc_ValueError, "what is counted and what stands cannot be written to");
        goto end;
    }
    const int64_t *features = AT(arrays[FEATURES], int64_t), *starts = AT(arrays[STARTS], int64_t);
    const int32_t *files = AT(arrays[FILES], int32_t), *second = AT(arrays[SECONDS], int32_t);
    const int32_t *third = AT(arrays[THIRD], int32_t), *all = AT(arrays[CLAUSES], int32_t);
    int32_t *last_place = (int32_t *)arrays[LAST_PLACE].buffer.buf;
    float *seen = (float *)arrays[SEEN].buffer.buf;
    uint8_t *stands = (uint8_t *)arrays[STANDS].buffer.buf, *end_of_stands = stands + arrays[STANDS].length;
    for (Py_ssize_t i = 0; i < arrays[FEATURES].length; i++) last_place[features[i]] = (int32_t)i;
    for (Py_ssize_t i = 0; i < arrays[FEATURES].length; i++)
        if (last_place[features[i]] == (int32_t)i && add(&once, features[i]) < 0) goto end;
    for (Py_ssize_t i = 0; i < once.length; i++) {
        seen[once.numbers[i]] += 1;
        stands[once.numbers[i]] = 1;
        end_of_stands[~once.numbers[i]] = 0;
    }
    int is_told = 1;
#define HOLDS(feature) ((feature) < 0 ? end_of_stands[feature] : stands[feature])
    for (Py_ssize_t i = 0; is_told && i < once.length; i++) {
        int64_t feature = once.numbers[i];
        for (int32_t clause = files[feature]; is_told && clause < files[feature + 1]; clause++) {
            if (!HOLDS(second[clause]) || !HOLDS(third[clause])) continue;
            int64_t at = starts[clause] + 3, end = starts[clause + 1];
            while (at < end && HOLDS(all[at])) at++;
            if (at >= end) is_told = add(&found, clause) == 0;
        }
    }
#undef HOLDS
    for (Py_ssize_t i = 0; i < once.length; i++) {
        stands[once.numbers[i]] = 0;
        end_of_stands[~once.numbers[i]] = 1;
    }
    if (is_told) answer = as_bytes(&found);
end:
    let_go(arrays, ARRAYS);
    PyMem_Free(once.numbers);
    PyMem_Free(found.numbers);
    return answer;
}

/* members(clauses, entries, last_place, starts, here) -> int64
 *
 * Where the subscriptions of these clauses' entries stand that are still here, each once: index._Members. ``last_place``
 * is written to, and need not be cleared: index._Once.
 */
static PyObject *members(PyObject *self, PyObject *const *arguments, Py_ssize_t given) {
    enum { CLAUSES, ENTRIES, LAST_PLACE, STARTS, HERE, ARRAYS };
    static const Py_ssize_t sizes[ARRAYS] = {8, 4, 4, 4, 1};
    Array arrays[ARRAYS];
    Found found = {0};
    PyObject *answer = NULL;
    if (counted(given, 5) < 0) return NULL;
    if (get_all(arguments, arrays, sizes, ARRAYS) < 0) goto end;
    if (arrays[LAST_PLACE].buffer.readonly) {
        PyErr_SetString(PyExc_ValueError, "places cannot be written to");
        goto end;
    }
    const int64_t *clauses = AT(arrays[CLAUSES], int64_t);
    const int32_t *entries = AT(arrays[ENTRIES], int32_t), *starts = AT(arrays[STARTS], int32_t);
    const uint8_t *here = AT(arrays[HERE], uint8_t);
    int32_t *last_place = (int32_t *)arrays[LAST_PLACE].buffer.buf;
    for (Py_ssize_t i = 0; i < arrays[CLAUSES].length; i++) last_place[entries[clauses[i]]] = (int32_t)i;
    for (Py_ssize_t i = 0; i < arrays[CLAUSES].length; i++) {
        int32_t entry = entries[clauses[i]];
        if (last_place[entry] != (int32_t)i) continue;
        for (int32_t at = starts[entry]; at < starts[entry + 1]; at++)
            if (here[at] && add(&found, at) < 0) goto end;
    }
    answer = as_bytes(&found);
end:
    let_go(arrays, ARRAYS);
    PyMem_Free(found.numbers);
    return answer;
}

/* ---- the module ------------------------------------------------------------------------------------------------ */

static PyMethodDef methods[] = {
    {"fold", (PyCFunction)(void (*)(void))fold, METH_FASTCALL, NULL},
    {"written", (PyCFunction)(void (*)(void))written, METH_FASTCALL, NULL},
    {"runs_with", (PyCFunction)(void (*)(void))runs_with, METH_FASTCALL, NULL},
    {"edges", edges, METH_O, NULL},
    {"told", (PyCFunction)(void (*)(void))told, METH_FASTCALL, NULL},
    {"keep", (PyCFunction)(void (*)(void))keep, METH_FASTCALL, NULL},
    {"joined", (PyCFunction)(void (*)(void))joined, METH_FASTCALL, NULL},
    {"in_runs", (PyCFunction)(void (*)(void))in_runs, METH_FASTCALL, NULL},
    {"complete", (PyCFunction)(void (*)(void))complete, METH_FASTCALL, NULL},
    {"members", (PyCFunction)(void (*)(void))members, METH_FASTCALL, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "_walk", NULL, 0, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__walk(void) { return PyModuleDef_Init(&definition); }
