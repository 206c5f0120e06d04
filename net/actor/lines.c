// SPDX-License-Identifier: GPL-3.0-or-later
#include "net/actor/lines.h"

#include "net/trace/trace.h"

#include <dlfcn.h>
#include <dwarf.h>
#include <elfutils/libdwfl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is called of libdw. */
struct dw_calls {
    __typeof__(dwfl_begin) *begin;
    __typeof__(dwfl_end) *end;
    __typeof__(dwfl_report_begin) *report_begin;
    __typeof__(dwfl_report_elf) *report_elf;
    __typeof__(dwfl_report_end) *report_end;
    __typeof__(dwfl_module_getsrc) *getsrc;
    __typeof__(dwfl_module_getdwarf) *getdwarf;
    __typeof__(dwfl_lineinfo) *lineinfo;
    __typeof__(dwfl_line_comp_dir) *comp_dir;
    __typeof__(dwfl_build_id_find_elf) *find_elf;
    __typeof__(dwfl_offline_section_address) *section_address;
    __typeof__(dwfl_module_addrdie) *addrdie;
    __typeof__(dwarf_getscopes) *getscopes;
    __typeof__(dwarf_tag) *tag;
    __typeof__(dwarf_attr) *attr;
    __typeof__(dwarf_formudata) *formudata;
    __typeof__(dwarf_getsrcfiles) *getsrcfiles;
    __typeof__(dwarf_filesrc) *filesrc;
};

/* A program file or library, opened once. */
struct module {
    char *path;
    Dwfl *dwfl; /* NULL: it cannot be read */
    Dwfl_Module *module;
};

struct site {
    uint32_t id;
    uint32_t module;
    uint64_t address;
    int64_t callers[NET_SITE_CALLERS];
    struct net_line line;
    bool is_of_library;
};

struct prefix {
    char *from, *to;
};

struct net_lines {
    void *library;
    bool asked; /* whether the library was looked for */
    struct dw_calls dw;
    Dwfl_Callbacks callbacks;
    struct module *modules;
    size_t module_count;
    struct site *sites; /* sorted by id, since ids count up */
    size_t site_count, site_room;
    char **files; /* files[id - 1] */
    size_t file_count;
    struct prefix *prefixes;
    size_t prefix_count;
};

/* ---- the library ------------------------------------------------------------------------------------------------- */

/* Debug information is in the program, or there is none: nothing is asked of a network (debuginfod). */
static int find_no_other(Dwfl_Module *module, void **user, const char *name, Dwarf_Addr base, const char *file,
                         const char *link, GElf_Word crc, char **found)
{
    (void)module, (void)user, (void)name, (void)base, (void)file, (void)link, (void)crc, (void)found;
    return -1;
}

static bool load(struct net_lines *l)
{
    const struct {
        const char *name;
        void *at;
    } calls[] = {
        {"dwfl_begin", &l->dw.begin},
        {"dwfl_end", &l->dw.end},
        {"dwfl_report_begin", &l->dw.report_begin},
        {"dwfl_report_elf", &l->dw.report_elf},
        {"dwfl_report_end", &l->dw.report_end},
        {"dwfl_module_getsrc", &l->dw.getsrc},
        {"dwfl_module_getdwarf", &l->dw.getdwarf},
        {"dwfl_lineinfo", &l->dw.lineinfo},
        {"dwfl_line_comp_dir", &l->dw.comp_dir},
        {"dwfl_build_id_find_elf", &l->dw.find_elf},
        {"dwfl_offline_section_address", &l->dw.section_address},
        {"dwfl_module_addrdie", &l->dw.addrdie},
        {"dwarf_getscopes", &l->dw.getscopes},
        {"dwarf_tag", &l->dw.tag},
        {"dwarf_attr", &l->dw.attr},
        {"dwarf_formudata", &l->dw.formudata},
        {"dwarf_getsrcfiles", &l->dw.getsrcfiles},
        {"dwarf_filesrc", &l->dw.filesrc},
    };
    if (l->asked)
        return l->library != NULL;
    l->asked = true;
    l->library = dlopen("libdw.so.1", RTLD_NOW | RTLD_LOCAL);
    for (size_t i = 0; l->library && i < sizeof calls / sizeof calls[0]; i++) {
        void *found = dlsym(l->library, calls[i].name);
        if (!found) {
            dlclose(l->library);
            l->library = NULL;
            return false;
        }
        memcpy(calls[i].at, &found, sizeof found);
    }
    l->callbacks = (Dwfl_Callbacks){
        .find_elf = l->dw.find_elf, .find_debuginfo = find_no_other, .section_address = l->dw.section_address};
    return l->library != NULL;
}

struct net_lines *net_lines_new(void)
{
    return calloc(1, sizeof(struct net_lines));
}

void net_lines_free(struct net_lines *l)
{
    if (!l)
        return;
    for (size_t i = 0; i < l->module_count; i++) {
        if (l->modules[i].dwfl)
            l->dw.end(l->modules[i].dwfl);
        free(l->modules[i].path);
    }
    for (size_t i = 0; i < l->file_count; i++)
        free(l->files[i]);
    for (size_t i = 0; i < l->prefix_count; i++) {
        free(l->prefixes[i].from);
        free(l->prefixes[i].to);
    }
    free(l->modules);
    free(l->sites);
    free(l->files);
    free(l->prefixes);
    if (l->library)
        dlclose(l->library);
    free(l);
}

/* ---- program files ----------------------------------------------------------------------------------------------- */

static void open_module(struct net_lines *l, struct module *m)
{
    if (!load(l) || !(m->dwfl = l->dw.begin(&l->callbacks)))
        return;
    l->dw.report_begin(m->dwfl);
    m->module = l->dw.report_elf(m->dwfl, m->path, m->path, -1, 0, true);
    l->dw.report_end(m->dwfl, NULL, NULL);
}

/* Its number; -1 without memory. A file that was built anew under the same name is another: the lab builds each into a
 * folder of its own. */
static long module_of(struct net_lines *l, const char *path)
{
    for (size_t i = 0; i < l->module_count; i++)
        if (strcmp(l->modules[i].path, path) == 0)
            return (long)i;
    struct module *larger = realloc(l->modules, (l->module_count + 1) * sizeof *larger);
    char *copy = strdup(path);
    if (larger)
        l->modules = larger;
    if (!larger || !copy) {
        free(copy);
        return -1;
    }
    larger[l->module_count] = (struct module){.path = copy};
    open_module(l, &larger[l->module_count]);
    return (long)l->module_count++;
}

enum net_lines_known net_lines_has(struct net_lines *l, const char *path)
{
    long number = load(l) ? module_of(l, path) : -1;
    Dwarf_Addr bias;
    if (!l->library)
        return NET_LINES_NO_READER;
    const struct module *m = number < 0 ? NULL : &l->modules[number];
    return m && m->module && l->dw.getdwarf(m->module, &bias) ? NET_LINES : NET_LINES_NONE;
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

const char *net_lines_path(const struct net_lines *l, unsigned file)
{
    return file > 0 && file <= l->file_count ? l->files[file - 1] : "";
}

void net_lines_rename(struct net_lines *l, const char *built_in, const char *source)
{
    struct prefix *larger = realloc(l->prefixes, (l->prefix_count + 1) * sizeof *larger);
    if (!larger)
        return;
    l->prefixes = larger;
    larger[l->prefix_count] = (struct prefix){strdup(built_in), strdup(source)};
    if (larger[l->prefix_count].from && larger[l->prefix_count].to)
        l->prefix_count++;
}

static void source_path(const struct net_lines *l, const char *path, char *out, size_t room)
{
    for (size_t i = l->prefix_count; i-- > 0;) {
        size_t n = strlen(l->prefixes[i].from);
        if (strncmp(path, l->prefixes[i].from, n) != 0 || path[n] != '/')
            continue;
        snprintf(out, room, "%s%s", l->prefixes[i].to, path + n);
        return;
    }
    snprintf(out, room, "%s", path);
}

uint16_t net_lines_file(struct net_lines *l, const char *path, unsigned *fresh)
{
    char real[PATH_MAX];
    source_path(l, path, real, sizeof real);
    for (size_t i = 0; i < l->file_count; i++)
        if (strcmp(l->files[i], real) == 0)
            return (uint16_t)(i + 1);
    char **larger = l->file_count < UINT16_MAX ? realloc(l->files, (l->file_count + 1) * sizeof *larger) : NULL;
    if (!larger)
        return 0;
    l->files = larger;
    if (!(larger[l->file_count] = strdup(real)))
        return 0;
    *fresh = (unsigned)++l->file_count;
    return (uint16_t)l->file_count;
}

/* ---- places ------------------------------------------------------------------------------------------------------ */

/* Sources of no learner's: headers of the system and Rust's library. */
static bool is_of_library(const char *path)
{
    static const char *const folders[] = {"/usr/include/", "/usr/lib/", "/usr/local/include/", "/rustc/"};
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++)
        if (strncmp(path, folders[i], strlen(folders[i])) == 0)
            return true;
    return strstr(path, "/lib/rustlib/src/") != NULL || strstr(path, "/.cargo/registry/") != NULL;
}

/* A file's name as the debug information has it, made whole by the folder that the line's unit was compiled in. */
static void put_path(struct net_lines *l, Dwfl_Line *line, const char *file, char path[PATH_MAX])
{
    const char *folder = *file == '/' || !line ? NULL : l->dw.comp_dir(line);
    if (!folder)
        snprintf(path, PATH_MAX, "%s", file);
    else
        snprintf(path, PATH_MAX, "%s/%s", folder, strncmp(file, "./", 2) == 0 ? file + 2 : file);
}

/* The file of an address that is one behind a call, as the debug information names it; false: it is not known. */
static bool file_of(struct net_lines *l, const struct module *m, uint64_t address, char path[PATH_MAX], int *line)
{
    Dwfl_Line *found = m->module ? l->dw.getsrc(m->module, address - 1) : NULL;
    const char *file = found ? l->dw.lineinfo(found, NULL, line, NULL, NULL, NULL) : NULL;
    if (!file || *line <= 0)
        return false;
    put_path(l, found, file, path);
    return true;
}

static bool number_of(const struct net_lines *l, Dwarf_Die *die, unsigned name, Dwarf_Word *out)
{
    Dwarf_Attribute attribute;
    return l->dw.attr(die, name, &attribute) && l->dw.formudata(&attribute, out) == 0;
}

/* Where the learner's code calls what the compiler has put in place of a library's call, at an address that is one
 * behind a call: the innermost such place. False: there is none. */
static bool inlined_into(struct net_lines *l, const struct module *m, uint64_t address, char path[PATH_MAX], int *line)
{
    Dwarf_Addr bias;
    Dwarf_Die *unit = m->module ? l->dw.addrdie(m->module, address - 1, &bias) : NULL, *scopes = NULL;
    Dwarf_Files *files;
    bool found = false;
    int count = unit ? l->dw.getscopes(unit, address - 1 - bias, &scopes) : 0;
    if (count > 0 && l->dw.getsrcfiles(unit, &files, NULL) != 0)
        count = 0;
    for (int i = 0; i < count && !found; i++) {
        Dwarf_Word file, at;
        if (l->dw.tag(&scopes[i]) != DW_TAG_inlined_subroutine || !number_of(l, &scopes[i], DW_AT_call_file, &file) ||
            !number_of(l, &scopes[i], DW_AT_call_line, &at))
            continue;
        const char *name = l->dw.filesrc(files, (size_t)file, NULL, NULL);
        found = name && at > 0 && at <= INT_MAX && !is_of_library(name);
        if (found) {
            put_path(l, l->dw.getsrc(m->module, address - 1), name, path);
            *line = (int)at;
        }
    }
    free(scopes);
    return found;
}

static void find(struct net_lines *l, struct site *s, unsigned *fresh)
{
    char path[PATH_MAX], caller[PATH_MAX];
    int line = 0, caller_line = 0;
    const struct module *m = &l->modules[s->module];
    if (!file_of(l, m, s->address, path, &line))
        return;
    s->is_of_library = is_of_library(path);
    bool is_found = s->is_of_library && inlined_into(l, m, s->address, path, &line);
    for (size_t i = 0; s->is_of_library && !is_found && i < NET_SITE_CALLERS && s->callers[i]; i++) {
        const uint64_t address = (uint64_t)s->callers[i];
        is_found = (file_of(l, m, address, caller, &caller_line) && !is_of_library(caller)) ||
                   inlined_into(l, m, address, caller, &caller_line);
        if (!is_found)
            continue;
        memcpy(path, caller, sizeof path);
        line = caller_line;
    }
    s->line = (struct net_line){.file = net_lines_file(l, path, fresh),
                                .line = (uint16_t)(line < UINT16_MAX ? line : UINT16_MAX)};
}

static void learn_line(struct net_lines *l, struct site *s, const char *path, unsigned *fresh)
{
    uint64_t line = s->address & ~NET_SITE_IS_LINE;
    s->line = (struct net_line){.file = net_lines_file(l, path, fresh),
                                .line = (uint16_t)(line < UINT16_MAX ? line : UINT16_MAX)};
}

static struct site *add_site(struct net_lines *l, uint32_t id)
{
    if (l->site_count == l->site_room) {
        size_t room = l->site_room ? l->site_room * 2 : 64;
        struct site *larger = realloc(l->sites, room * sizeof *larger);
        if (!larger)
            return NULL;
        l->sites = larger;
        l->site_room = room;
    }
    size_t at = l->site_count++;
    for (; at > 0 && l->sites[at - 1].id > id; at--)
        l->sites[at] = l->sites[at - 1];
    l->sites[at] = (struct site){.id = id};
    return &l->sites[at];
}

enum net_site_kind net_lines_learn(struct net_lines *l, const struct net_event *ev, unsigned *fresh)
{
    char path[NET_EVENT_DATA_MAX + 1];
    snprintf(path, sizeof path, "%.*s", (int)ev->data_bytes, ev->data_bytes ? (const char *)ev->data : "");
    bool is_line = (ev->u.site.address & NET_SITE_IS_LINE) != 0;
    long module = is_line ? 0 : module_of(l, path);
    struct site *s = module < 0 ? NULL : add_site(l, ev->u.site.id);
    if (!s)
        return NET_SITE_OWN;
    s->module = (uint32_t)module;
    s->address = ev->u.site.address;
    memcpy(s->callers, ev->u.site.callers, sizeof s->callers);
    if (is_line)
        learn_line(l, s, path, fresh);
    else
        find(l, s, fresh);
    return s->is_of_library ? NET_SITE_LIBRARY : NET_SITE_OWN;
}

static struct site *site_of(const struct net_lines *l, uint32_t id)
{
    size_t low = 0, high = l->site_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (l->sites[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < l->site_count && l->sites[low].id == id ? &l->sites[low] : NULL;
}

struct net_line net_lines_of(const struct net_lines *l, uint32_t id)
{
    const struct site *s = id ? site_of(l, id) : NULL;
    return s ? s->line : (struct net_line){0};
}
