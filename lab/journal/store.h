// SPDX-License-Identifier: GPL-3.0-or-later
// Memory for a long run: what is old lies in a file.
#ifndef LAB_JOURNAL_STORE_H
#define LAB_JOURNAL_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Blocks that never move until the store is freed. The first ones are ordinary memory. Beyond LAB_STORE_MEMORY bytes,
 * blocks are mapped from a file without a name, in TMPDIR or /var/tmp, and its older part is let go from memory: it
 * comes back, at the same addresses, when somebody looks there. The file ends with the process, however it ends.
 *
 * Where no such file can be made (no disk there, `ulimit -f`, Landlock), or when the disk is full, blocks are ordinary
 * memory again. Main thread only.
 */
struct lab_store;

enum { LAB_STORE_MEMORY = 32 << 20 };

struct lab_store *lab_store_new(void); /* NULL: no memory */
void lab_store_free(struct lab_store *);
/* A block, of whole pages where they come from the file; NULL without memory. */
void *lab_store_take(struct lab_store *, size_t bytes);
/* Somebody goes along the run: let go from memory what has been looked at. Nothing becomes invalid. */
void lab_store_rest(struct lab_store *);
/* So many bytes lie in the file. */
uint64_t lab_store_file_bytes(const struct lab_store *);

#endif
