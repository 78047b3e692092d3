/* Streams over descriptors. */
#pragma once

#include <abi/types.h>
#include <stdarg.h>

typedef struct libc_file FILE;

/* The task's own streams; they exist before main(). */
FILE *__stdio(int fd);
#define stdin (__stdio(0))
#define stdout (__stdio(1))
#define stderr (__stdio(2))

#define EOF (-1)
#define BUFSIZ 1024
#define FILENAME_MAX 128
#define SEEK_SET 0
#define SEEK_CUR 1
#define SEEK_END 2
#define _IOFBF 0
#define _IOLBF 1
#define _IONBF 2

FILE *fopen(const char *path, const char *mode);
FILE *fdopen(int fd, const char *mode);
int fclose(FILE *f);
int fflush(FILE *f);
int setvbuf(FILE *f, char *buf, int mode, size_t size);
void setbuf(FILE *f, char *buf);
int fileno(FILE *f);
int feof(FILE *f);
int ferror(FILE *f);
void clearerr(FILE *f);
int fseek(FILE *f, long off, int whence);
long ftell(FILE *f);
void rewind(FILE *f);

size_t fread(void *buf, size_t size, size_t n, FILE *f);
size_t fwrite(const void *buf, size_t size, size_t n, FILE *f);
int fgetc(FILE *f);
int getc(FILE *f);
int getchar(void);
int ungetc(int c, FILE *f);
char *fgets(char *buf, int size, FILE *f);
ssize_t getline(char **line, size_t *size, FILE *f);
ssize_t getdelim(char **line, size_t *size, int delim, FILE *f);
int fputc(int c, FILE *f);
int putc(int c, FILE *f);
int putchar(int c);
int fputs(const char *s, FILE *f);
int puts(const char *s);
void perror(const char *s);

int remove(const char *path);
int rename(const char *from, const char *to);

#define __FMT(kind, fmt, args) __attribute__((format(kind, fmt, args)))
int printf(const char *fmt, ...) __FMT(printf, 1, 2);
int fprintf(FILE *f, const char *fmt, ...) __FMT(printf, 2, 3);
int dprintf(int fd, const char *fmt, ...) __FMT(printf, 2, 3);
int sprintf(char *buf, const char *fmt, ...) __FMT(printf, 2, 3);
int snprintf(char *buf, size_t size, const char *fmt, ...) __FMT(printf, 3, 4);
int asprintf(char **out, const char *fmt, ...) __FMT(printf, 2, 3);
int vprintf(const char *fmt, va_list ap);
int vfprintf(FILE *f, const char *fmt, va_list ap);
int vdprintf(int fd, const char *fmt, va_list ap);
int vsprintf(char *buf, const char *fmt, va_list ap);
int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap);
int vasprintf(char **out, const char *fmt, va_list ap);
int sscanf(const char *s, const char *fmt, ...) __FMT(scanf, 2, 3);
int vsscanf(const char *s, const char *fmt, va_list ap);
