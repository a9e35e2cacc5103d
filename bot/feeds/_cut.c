/* Where the items of a document stand, as bot/feeds/delta.py has it in regular expressions, and with the same answers
 * (tests/feeds/test_cut.py). Nothing is kept here, and nothing beyond the document is read.
 */

#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <string.h>

typedef struct {
    const uint8_t *at, *end;
} Text;

static const uint8_t *next(Text text, uint8_t character) {
    return text.at < text.end ? memchr(text.at, character, (size_t)(text.end - text.at)) : NULL;
}

static int begins(Text text, const char *with) {
    size_t length = strlen(with);
    return (size_t)(text.end - text.at) >= length && !memcmp(text.at, with, length);
}

/* Behind the next ">" that has this before it; NULL where there is none. */
static const uint8_t *behind(Text text, const char *before) {
    const Py_ssize_t length = (Py_ssize_t)strlen(before);
    const uint8_t *begin = text.at;
    for (const uint8_t *found; (found = next(text, '>')); text.at = found + 1)
        if (found - begin >= length && !memcmp(found - length, before, (size_t)length)) return found + 1;
    return NULL;
}

static int is_space(uint8_t byte) { return byte == ' ' || (byte >= '\t' && byte <= '\r'); }

static int is_of_a_name(uint8_t byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9') || byte == '_' ||
           byte == '.' || byte == '-' || byte >= 0x80;
}

/* Where the name of an item ends that begins here; NULL where none does. */
static const uint8_t *end_of_item(Text text) {
    text.at += begins(text, "item") ? 4 : begins(text, "entry") ? 5 : text.end - text.at;
    return text.at < text.end && (is_space(*text.at) || *text.at == '/' || *text.at == '>') ? text.at : NULL;
}

/* The same, which may have a prefix. */
static const uint8_t *end_of_name(Text text) {
    const uint8_t *end = end_of_item(text), *begin = text.at;
    if (end) return end;
    while (text.at < text.end && is_of_a_name(*text.at)) text.at++;
    if (text.at == begin || text.at == text.end || *text.at != ':') return NULL;
    text.at++;
    return end_of_item(text);
}

/* Behind the ">" that ends the tag; NULL where none does. */
static const uint8_t *end_of_tag(Text text) {
    while (text.at < text.end && *text.at != '>') {
        if (*text.at == '<') return NULL;
        if (*text.at == '"' || *text.at == '\'') {
            const uint8_t quote = *text.at++;
            while (text.at < text.end && *text.at != quote && *text.at != '<') text.at++;
            if (text.at == text.end || *text.at != quote) return NULL;
        }
        text.at++;
    }
    return text.at < text.end ? text.at + 1 : NULL;
}

typedef struct {
    int64_t start, end_of_tag, end, name, end_of_name;
} Span;

typedef struct {
    Span *spans;
    size_t length, room;
} Found;

static int add(Found *found, Span span) {
    if (found->length == found->room) {
        size_t room = found->room ? 2 * found->room : 64;
        Span *spans = PyMem_Realloc(found->spans, room * sizeof *spans);
        if (!spans) {
            PyErr_NoMemory();
            return -1;
        }
        found->spans = spans;
        found->room = room;
    }
    found->spans[found->length++] = span;
    return 0;
}

/* 1: they are told; 0: they cannot be told; -1: with an exception. */
static int find(const uint8_t *begin, Text text, Found *found) {
    Span outermost = {0};
    int64_t depth = 0;
    for (const uint8_t *tag; (tag = next(text, '<'));) {
        text.at = tag + 1;
        if (begins(text, "!--") || begins(text, "![CDATA[")) {
            const int is_comment = text.at[1] == '-';
            text.at += is_comment ? 3 : 8;
            text.at = behind(text, is_comment ? "--" : "]]");
        } else if (begins(text, "?")) {
            text.at++;
            text.at = behind(text, "?");
        } else if (begins(text, "!")) {
            return 0;
        } else {
            const int ends = begins(text, "/");
            Text name = {text.at + ends, text.end};
            const uint8_t *after_name = end_of_name(name);
            if (!after_name) continue;
            text.at = after_name;
            text.at = end_of_tag(text);
            if (!text.at) return 0;
            if (!depth && !ends) outermost = (Span){tag - begin, text.at - begin, 0, name.at - begin, after_name - begin};
            if (ends) depth--;
            else if (text.at[-2] != '/') depth++;
            if (depth < 0) return 0;
            if (!depth) {
                outermost.end = text.at - begin;
                if (ends) outermost.name = name.at - begin, outermost.end_of_name = after_name - begin;
                if (add(found, outermost) < 0) return -1;
            }
        }
        if (!text.at) return 0;
    }
    return !depth;
}

/* spans(document) -> for each item int64: where it starts, its start tag ends, it ends, and where the name begins and ends
 * that its last tag says. None where the items cannot be told.
 */
static PyObject *spans(PyObject *self, PyObject *document) {
    Py_buffer buffer;
    Found found = {0};
    PyObject *answer = NULL;
    if (PyObject_GetBuffer(document, &buffer, PyBUF_SIMPLE) < 0) return NULL;
    const uint8_t *begin = buffer.buf;
    switch (find(begin, (Text){begin, begin + buffer.len}, &found)) {
        case 1:
            answer = PyBytes_FromStringAndSize((const char *)found.spans, (Py_ssize_t)(found.length * sizeof(Span)));
            break;
        case 0:
            Py_INCREF(Py_None);
            answer = Py_None;
            break;
    }
    PyMem_Free(found.spans);
    PyBuffer_Release(&buffer);
    return answer;
}

static PyMethodDef methods[] = {{"spans", spans, METH_O, NULL}, {NULL, NULL, 0, NULL}};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, "_cut", NULL, 0, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__cut(void) { return PyModuleDef_Init(&definition); }
