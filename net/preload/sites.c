// SPDX-License-Identifier: GPL-3.0-or-later
// Places that a program calls from, by number.
/*
 * A number is taken from the arena, so that no two processes of a lab have the same for different places; a forked
 * child keeps its parent's. A place is told before its number is entered here, so that whoever finds it can use it.
 *
 * A call may be made in the code of a library that is compiled into the program: templates of C++, Rust's std. Meant is
 * the learner's line that has led there, which the return address alone does not say. Only the lab, which reads the
 * debug information, knows which places are such, and says so in the arena (net_arena_site()). Of these, and of places
 * that it has not looked at yet, the calls that led there are found by unwinding, and all of them together are the
 * place.
 */
#include "net/preload/preload.h"

#include <limits.h>
#include <link.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>

enum { SITES = 4096, TRIES = 32 };
/* In place of a number: a library of the system, whose caller is meant. */
#define OF_SYSTEM UINT32_MAX

static struct {
    _Atomic uintptr_t at[SITES];
    uint32_t id[SITES];
    atomic_flag busy;
} sites;

struct place {
    uintptr_t at;
    uint64_t address; /* in its file */
    const char *file; /* "": the program's own */
    bool found;
};

static int look(struct dl_phdr_info *info, size_t bytes, void *user)
{
    struct place *p = user;
    (void)bytes;
    for (size_t i = 0; i < info->dlpi_phnum && !p->found; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        if (part->p_type != PT_LOAD || p->at - info->dlpi_addr - part->p_vaddr >= part->p_memsz)
            continue;
        p->found = true;
        p->address = p->at - info->dlpi_addr;
        p->file = info->dlpi_name;
    }
    return p->found;
}

/* Where a call is made, and the calls that have led there, from inside out; 0: no more. */
struct chain {
    uintptr_t at[1 + NET_SITE_CALLERS];
};

static uint32_t tell(struct net_task *t, const struct chain *chain)
{
    struct place p = {.at = chain->at[0]};
    char path[1024];
    dl_iterate_phdr(look, &p);
    if (!p.found)
        return 0;
    if (strncmp(p.file, "/usr/", 5) == 0 || strncmp(p.file, "/lib", 4) == 0)
        return OF_SYSTEM;
    ssize_t n = *p.file ? (ssize_t)strnlen(p.file, sizeof path) : readlink("/proc/self/exe", path, sizeof path);
    if (n <= 0)
        return 0;
    uint32_t id = net_arena_next_id(t->arena);
    struct net_event ev = {.kind = NET_EV_SITE,
                           .data = (const uint8_t *)(*p.file ? p.file : path),
                           .data_bytes = (uint32_t)n,
                           .u.site = {.id = id, .address = p.address}};
    for (size_t i = 0; i < NET_SITE_CALLERS && chain->at[1 + i]; i++)
        ev.u.site.callers[i] = (int64_t)(p.address + chain->at[1 + i] - p.at);
    net_task_put(t, &ev);
    return id;
}

static uint32_t tell_line(struct net_task *t, const char *path, unsigned line)
{
    char whole[PATH_MAX];
    const char *file = realpath(path, whole) ? whole : path;
    uint32_t id = net_arena_next_id(t->arena);
    struct net_event ev = {.kind = NET_EV_SITE,
                           .data = (const uint8_t *)file,
                           .data_bytes = (uint32_t)strlen(file),
                           .u.site = {.id = id, .address = NET_SITE_IS_LINE | line}};
    net_task_put(t, &ev);
    return id;
}

static size_t place_of(uintptr_t at)
{
    return (size_t)(at * 0x9e3779b97f4a7c15u >> 40) % SITES;
}

static uint32_t find(uintptr_t at, size_t *free_place)
{
    size_t i = place_of(at);
    *free_place = SITES;
    for (int tries = 0; tries < TRIES; tries++, i = (i + 1) % SITES) {
        uintptr_t there = atomic_load_explicit(&sites.at[i], memory_order_acquire);
        if (there == at)
            return sites.id[i];
        if (there == 0) {
            *free_place = i;
            break;
        }
    }
    return 0;
}

/* The number of a key, told when it is new: a line of a file, or else a chain. */
static uint32_t number_of(struct net_task *t, uintptr_t at, const struct chain *chain, const char *path, unsigned line)
{
    size_t place;
    uint32_t id = find(at, &place);
    if (id || place == SITES)
        return id;
    while (atomic_flag_test_and_set(&sites.busy))
        sched_yield();
    id = find(at, &place);
    if (!id && place < SITES && (id = path ? tell_line(t, path, line) : tell(t, chain)) != 0) {
        sites.id[place] = id;
        atomic_store_explicit(&sites.at[place], at, memory_order_release);
    }
    atomic_flag_clear(&sites.busy);
    return id;
}

/* A key that is no address which a program can have. */
#define NOT_AN_ADDRESS ((uintptr_t)1 << (sizeof(uintptr_t) * 8 - 1))

uint32_t net_site_of_line(struct net_task *t, const char *path, unsigned line)
{
    uintptr_t key = line;
    for (const char *c = path; *c; c++)
        key = key * 0x100000001b3u + (unsigned char)*c;
    return number_of(t, key | NOT_AN_ADDRESS, NULL, path, line);
}

static uint32_t number_of_address(struct net_task *t, uintptr_t at)
{
    return number_of(t, at, &(struct chain){.at = {at}}, NULL, 0);
}

static uint32_t number_of_chain(struct net_task *t, const struct chain *chain)
{
    uintptr_t key = 0;
    for (size_t i = 0; i < 1 + NET_SITE_CALLERS && chain->at[i]; i++)
        key = (key ^ chain->at[i]) * 0x100000001b3u;
    return number_of(t, key | NOT_AN_ADDRESS, chain, NULL, 0);
}

/* In a forked child: whoever was in there does not exist. */
void net_sites_forked(void)
{
    atomic_flag_clear(&sites.busy);
}

/* ---- a crash ----------------------------------------------------------------------------------------------------- */

struct walk {
    uintptr_t fault, found;
    uintptr_t first, last; /* of the program's own file in memory */
    bool is_below;         /* the frame at fault has been passed */
};

static int look_at_program(struct dl_phdr_info *info, size_t bytes, void *user)
{
    struct walk *w = user;
    (void)bytes;
    for (size_t i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        if (part->p_type != PT_LOAD || !(part->p_flags & PF_X))
            continue;
        w->first = info->dlpi_addr + part->p_vaddr;
        w->last = w->first + part->p_memsz;
    }
    return 1; /* the first one is the program */
}

static _Unwind_Reason_Code step(struct _Unwind_Context *frame, void *user)
{
    struct walk *w = user;
    uintptr_t at = _Unwind_GetIP(frame);
    if (at == w->fault)
        w->is_below = true;
    if (!w->is_below || at < w->first || at >= w->last)
        return _URC_NO_REASON;
    w->found = at;
    return _URC_END_OF_STACK;
}

/* The innermost frame of the program's own file: strlen(NULL) crashes in libc, and its caller is meant. The address is
 * one behind that of an instruction, as a return address is. */
uint32_t net_site_of_fault(struct net_task *t, const void *context)
{
    struct walk w = {.fault = (uintptr_t)0};
#if defined __x86_64__
    w.fault = (uintptr_t)((const ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
#elif defined __aarch64__
    w.fault = (uintptr_t)((const ucontext_t *)context)->uc_mcontext.pc;
#endif
    dl_iterate_phdr(look_at_program, &w);
    if (w.fault >= w.first && w.fault < w.last)
        return net_site_of(t, (const void *)(w.fault + 1));
    _Unwind_Backtrace(step, &w);
    return w.found ? net_site_of(t, (const void *)w.found) : 0;
}

/* ---- a call ------------------------------------------------------------------------------------------------------ */

struct climb {
    struct walk program;
    struct chain chain;
    size_t count;
};

static _Unwind_Reason_Code climb_one(struct _Unwind_Context *frame, void *user)
{
    struct climb *c = user;
    uintptr_t at = _Unwind_GetIP(frame);
    if (at < c->program.first || at >= c->program.last)
        return _URC_NO_REASON;
    c->chain.at[c->count++] = at;
    return c->count < 1 + NET_SITE_CALLERS ? _URC_NO_REASON : _URC_END_OF_STACK;
}

/* The frames of the program's own file. */
static size_t climb(struct climb *c)
{
    *c = (struct climb){.count = 0};
    dl_iterate_phdr(look_at_program, &c->program);
    _Unwind_Backtrace(climb_one, c);
    return c->count;
}

/* What libraries of the system do for the program is meant by the program's line: libstdc++ makes threads and prints.
 */
uint32_t net_site_of(struct net_task *t, const void *address)
{
    struct climb c = {.count = 0};
    uint32_t id = number_of_address(t, (uintptr_t)address);
    bool is_of_system = id == OF_SYSTEM;
    if (is_of_system)
        id = climb(&c) > 0 ? number_of_address(t, c.chain.at[0]) : 0;
    if (id == 0 || id == OF_SYSTEM)
        return 0;
    if (net_arena_site(t->arena, id) == NET_SITE_OWN)
        return id;
    if (!is_of_system && climb(&c) > 0)
        c.chain.at[0] = (uintptr_t)address; /* of a fault: one behind the instruction */
    uint32_t all = c.count > 1 ? number_of_chain(t, &c.chain) : 0;
    return all && all != OF_SYSTEM ? all : id;
}
