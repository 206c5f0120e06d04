// SPDX-License-Identifier: GPL-3.0-or-later
// Lines of Python: the line of the script that makes a call, as the interpreter itself says.
/*
 * Python's socket functions let go of the interpreter's lock (GIL) before they call libc. So the lock is taken for the
 * moment of the question, as any C code in a Python program may (PyGILState_Ensure). Meant is the innermost frame
 * outside of Python's own library: a learner's script, not socketserver.py that calls back into it.
 *
 * Not asked: in a handler of a signal, which may have come in the middle of the interpreter; before it is ready and
 * when it ends; versions before 3.9, which lack the functions.
 */
#include "net/preload/preload.h"

#include <string.h>

typedef void object;

static struct {
    _Atomic int known; /* 0 not looked for yet, 1 not Python, 2 Python */
    int (*is_initialized)(void);
    int (*is_finalizing)(void); /* may be missing */
    object *(*this_thread)(void);
    int (*ensure)(void);
    void (*release)(int);
    object *(*get_frame)(void);
    object *(*get_back)(object *);
    object *(*get_code)(object *);
    int (*get_line)(object *);
    object *(*get_attribute)(object *, const char *);
    const char *(*utf8)(object *);
    void (*forget)(object *);
    void (*clear_error)(void);
} python;

static bool find_functions(void)
{
    const struct {
        const char *name;
        void *at;
        bool optional;
    } functions[] = {
        {"Py_IsInitialized", &python.is_initialized, false},
        {"_Py_IsFinalizing", &python.is_finalizing, true},
        {"PyGILState_GetThisThreadState", &python.this_thread, false},
        {"PyGILState_Ensure", &python.ensure, false},
        {"PyGILState_Release", &python.release, false},
        {"PyEval_GetFrame", &python.get_frame, false},
        {"PyFrame_GetBack", &python.get_back, false},
        {"PyFrame_GetCode", &python.get_code, false},
        {"PyFrame_GetLineNumber", &python.get_line, false},
        {"PyObject_GetAttrString", &python.get_attribute, false},
        {"PyUnicode_AsUTF8", &python.utf8, false},
        {"Py_DecRef", &python.forget, false},
        {"PyErr_Clear", &python.clear_error, false},
    };
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        void *found = dlsym(RTLD_DEFAULT, functions[i].name);
        if (!found && !functions[i].optional)
            return false;
        memcpy(functions[i].at, &found, sizeof found);
    }
    return true;
}

bool net_is_python(void)
{
    if (python.known == 0)
        python.known = net_has_interpreter() && find_functions() ? 2 : 1;
    return python.known == 2;
}

/* Python's own files: its library, and what is frozen into it. */
static bool is_of_library(const char *path)
{
    return *path == '<' || strstr(path, "/lib/python") != NULL || strstr(path, "/lib64/python") != NULL;
}

/* The place of this frame, if it is the learner's. */
static uint32_t site_of_frame(struct net_task *t, object *frame)
{
    object *code = python.get_code(frame), *name = code ? python.get_attribute(code, "co_filename") : NULL;
    const char *path = name ? python.utf8(name) : NULL;
    uint32_t site = path && !is_of_library(path) ? net_site_of_line(t, path, (unsigned)python.get_line(frame)) : 0;
    if (name)
        python.forget(name);
    else
        python.clear_error();
    if (code)
        python.forget(code);
    return site;
}

uint32_t net_site_in_python(struct net_task *t)
{
    if (!net_is_python() || t->handling || !python.is_initialized() || !python.this_thread() ||
        (python.is_finalizing && python.is_finalizing()))
        return 0;
    int state = python.ensure();
    object *frame = python.get_frame(); /* borrowed */
    bool is_ours = false;
    uint32_t site = 0;
    while (frame && !(site = site_of_frame(t, frame))) {
        object *back = python.get_back(frame);
        if (is_ours)
            python.forget(frame);
        frame = back;
        is_ours = true;
    }
    if (frame && is_ours)
        python.forget(frame);
    python.release(state);
    return site;
}
