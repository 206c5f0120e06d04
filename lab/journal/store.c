// SPDX-License-Identifier: GPL-3.0-or-later
/*
 * A shared mapping of a file is memory that the kernel may write back and take away; madvise(MADV_DONTNEED) on it gives
 * up only this process's view (madvise(2)): the bytes are in the page cache, or on the disk, and the next look at them
 * brings them back. Space on the disk is asked for before a block is used: a page that finds no room would be a SIGBUS.
 */
#include "lab/journal/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/vfs.h>
#include <unistd.h>

/* The newest blocks of the file, which are still written to, stay. */
enum { EXTENT_BYTES = 4 << 20, STAY_EXTENTS = 2 };
/* File systems that are memory themselves, as statfs(2) names them: TMPFS_MAGIC, RAMFS_MAGIC. */
static const unsigned long memory_systems[] = {0x01021994, 0x858458f6};

struct lab_store {
    void **blocks; /* ordinary ones */
    size_t block_count;
    uint64_t in_memory;        /* bytes of them */
    uint8_t **extents;         /* of the file, each EXTENT_BYTES at an address of its own */
    size_t extent_count, used; /* of the last one */
    int fd;                    /* -1: not tried, or there is none */
    bool is_refused;
};

struct lab_store *lab_store_new(void)
{
    struct lab_store *s = calloc(1, sizeof *s);
    if (s)
        s->fd = -1;
    return s;
}

void lab_store_free(struct lab_store *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->block_count; i++)
        free(s->blocks[i]);
    for (size_t i = 0; i < s->extent_count; i++)
        munmap(s->extents[i], EXTENT_BYTES);
    if (s->fd >= 0)
        close(s->fd);
    free(s->blocks);
    free(s->extents);
    free(s);
}

/* The array with room for one element more; it grows in powers of two. */
static void *grown(void *array, size_t count, size_t element_bytes)
{
    enum { FIRST = 16 };
    bool has_room = count % FIRST != 0 || (count > 0 && (count & (count - 1)) != 0);
    return has_room ? array : realloc(array, (count ? 2 * count : FIRST) * element_bytes);
}

static void *take_memory(struct lab_store *s, size_t bytes)
{
    void **blocks = grown(s->blocks, s->block_count, sizeof *blocks);
    if (!blocks)
        return NULL;
    s->blocks = blocks;
    void *block = malloc(bytes);
    if (!block)
        return NULL;
    blocks[s->block_count++] = block;
    s->in_memory += bytes;
    return block;
}

/* ---- the file ---------------------------------------------------------------------------------------------------- */

/* A file there that is really on a disk; -1. */
static int open_in(const char *folder)
{
    char name[4096];
    struct statfs is;
    int fd = open(folder, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && snprintf(name, sizeof name, "%s/tcplab-XXXXXX", folder) < (int)sizeof name) {
        fd = mkostemp(name, O_CLOEXEC); /* a file system without files that have no name */
        if (fd >= 0)
            unlink(name);
    }
    if (fd >= 0 && (fstatfs(fd, &is) < 0 || (unsigned long)is.f_type == memory_systems[0] ||
                    (unsigned long)is.f_type == memory_systems[1])) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static bool has_file(struct lab_store *s)
{
    const char *wanted = getenv("TMPDIR");
    if (s->fd >= 0 || s->is_refused)
        return s->fd >= 0;
    if (wanted && *wanted == '/')
        s->fd = open_in(wanted);
    if (s->fd < 0)
        s->fd = open_in("/var/tmp");
    s->is_refused = s->fd < 0;
    return !s->is_refused;
}

/* Room for one extent more, on the disk and in the address space. */
static uint8_t *map_extent(struct lab_store *s)
{
    off_t at = (off_t)s->extent_count * EXTENT_BYTES;
    struct rlimit limit;
    /* Asked first: the kernel would send SIGXFSZ. */
    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
        limit.rlim_cur < (rlim_t)(at + EXTENT_BYTES))
        return NULL;
    if (posix_fallocate(s->fd, at, EXTENT_BYTES) != 0)
        return NULL;
    void *extent = mmap(NULL, EXTENT_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, s->fd, at);
    if (extent == MAP_FAILED)
        return NULL;
    madvise(extent, EXTENT_BYTES, MADV_DONTDUMP);
    return extent;
}

static bool add_extent(struct lab_store *s)
{
    uint8_t **extents = grown(s->extents, s->extent_count, sizeof *extents);
    if (!extents)
        return false;
    s->extents = extents;
    extents[s->extent_count] = map_extent(s);
    if (!extents[s->extent_count]) {
        s->is_refused = true;
        return false;
    }
    s->extent_count++;
    s->used = 0;
    if (s->extent_count > STAY_EXTENTS)
        madvise(extents[s->extent_count - 1 - STAY_EXTENTS], EXTENT_BYTES, MADV_DONTNEED);
    return true;
}

static void *take_from_file(struct lab_store *s, size_t bytes)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), whole = (bytes + page - 1) / page * page;
    bool has_room = s->extent_count && EXTENT_BYTES - s->used >= whole;
    if (whole > EXTENT_BYTES || (!has_room && (s->is_refused || !add_extent(s))))
        return NULL;
    uint8_t *block = s->extents[s->extent_count - 1] + s->used;
    s->used += whole;
    return block;
}

void *lab_store_take(struct lab_store *s, size_t bytes)
{
    void *block = s->in_memory >= LAB_STORE_MEMORY && has_file(s) ? take_from_file(s, bytes) : NULL;
    return block ? block : take_memory(s, bytes);
}

void lab_store_rest(struct lab_store *s)
{
    for (size_t i = 0; i + STAY_EXTENTS < s->extent_count; i++)
        madvise(s->extents[i], EXTENT_BYTES, MADV_DONTNEED);
}

uint64_t lab_store_file_bytes(const struct lab_store *s)
{
    return (uint64_t)s->extent_count * EXTENT_BYTES;
}
