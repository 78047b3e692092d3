/*
 * The kernel command line: words of the form name or name=value, with "…" around values that hold
 * spaces.
 */
#pragma once

#include "kernel/types.h"

/* Takes over @line (copied). Boot only. */
void cmdline_init(const char *line);
/* The whole line, for /proc/cmdline. */
const char *cmdline_text(void);
/* The @n'th (from 0) value of @name, NULL if there is none; "" for a bare word. Valid for ever. */
const char *cmdline_get(const char *name, int n);
/* The first (or the @n'th) value of @name as a number, decimal or with 0x; @fallback where there is
 * none, or no number. */
int cmdline_int(const char *name, int fallback);
int cmdline_int_at(const char *name, int n, int fallback);
/* The same for a size in bytes, with a suffix K, M or G. */
u64 cmdline_size(const char *name, u64 fallback);
/* Calls @fn for each word: @name, @value ("" for a bare word). */
void cmdline_for_each(void (*fn)(const char *name, const char *value));
