/* What cp and mv have in common. */
#pragma once

#include <stddef.h>

/* Where @from goes when it is put to @to: into it, if that is a directory. In @buf. */
const char *file_target(const char *from, const char *to, char *buf, size_t size);
/* Copies one file; 0, or 1 after saying why not. */
int file_copy(const char *app, const char *from, const char *to);
