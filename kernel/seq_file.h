/*
 * The text behind a /proc file while it is being made: what the printing side (kernel/proc.h) does
 * not need to know.
 */
#pragma once

#include "kernel/proc.h"

/* Forgets the text; @s is as good as new. Task. */
void seq_free(struct seq_file *s);

/*
 * Drops what is printed, and calls @walk until there is @enough; false: that was the end of the
 * text. Task.
 */
bool seq_fill(struct seq_file *s, bool (*walk)(struct seq_file *s), size_t enough);
