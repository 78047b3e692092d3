/* What the files of stdio share. */
#pragma once

#include "libc/internal.h"

void file_init(struct libc_file *f, int fd, bool readable, bool writable);
/* Makes @f ready to read or to write: direction, buffer, buffering. 0 or EOF with @f's error set.
 */
int file_start_read(struct libc_file *f);
int file_start_write(struct libc_file *f);
/* Reads once into the empty buffer; EOF at the end and on errors. */
int file_fill(struct libc_file *f);
/* Writes @n bytes to the descriptor, however many calls it takes; EOF with @f's error set. */
int file_write_out(struct libc_file *f, const char *s, size_t n);
/* Writes what waits. */
int file_flush(struct libc_file *f);
/* Appends to the buffer and writes it as @f's mode says. Returns the number of bytes taken. */
size_t file_put(struct libc_file *f, const char *s, size_t n);
