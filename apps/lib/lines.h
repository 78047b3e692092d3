/* Filters: commands that read the files they are given, or else standard input. */
#pragma once

#include <stdio.h>

/* Calls @fn for each of @files, or once for standard input (@name NULL). The worst result; 1 for a
 * file that cannot be read. */
int lines_each(const char *app, int n, char **files,
	       int (*fn)(FILE *f, const char *name, void *arg), void *arg);
/* The -n N and -N of head and tail; -1: go on, else the exit status. */
int lines_option(int argc, char **argv, long *count);
