/* Strings and memory. Pure functions: the kernel and the stack use them too. */
#pragma once

#include <stddef.h>

void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *s, int c, size_t n);
void *memrchr(const void *s, int c, size_t n);
void *memmem(const void *s, size_t n, const void *find, size_t len);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
int strcoll(const char *a, const char *b);
char *strcpy(char *dst, const char *src);
char *stpcpy(char *dst, const char *src);
char *strncpy(char *dst, const char *src, size_t n);
size_t strlcpy(char *dst, const char *src, size_t size);
size_t strlcat(char *dst, const char *src, size_t size);
char *strcat(char *dst, const char *src);
char *strncat(char *dst, const char *src, size_t n);
char *strchr(const char *s, int c);
char *strchrnul(const char *s, int c);
char *strrchr(const char *s, int c);
char *strstr(const char *s, const char *find);
char *strcasestr(const char *s, const char *find);
size_t strspn(const char *s, const char *accept);
size_t strcspn(const char *s, const char *reject);
char *strpbrk(const char *s, const char *accept);
char *strsep(char **s, const char *sep);
char *strtok(char *s, const char *sep);
char *strtok_r(char *s, const char *sep, char **save);
char *strdup(const char *s);
char *strndup(const char *s, size_t n);
char *strerror(int err);
int strerror_r(int err, char *buf, size_t size);
const char *strsignal(int sig);

#include <strings.h>

/* A freestanding compiler takes these for strangers; as builtins, short copies of known length
 * become plain loads and stores. */
#define memcpy(...) __builtin_memcpy(__VA_ARGS__)
#define memmove(...) __builtin_memmove(__VA_ARGS__)
#define memset(...) __builtin_memset(__VA_ARGS__)
#define memcmp(...) __builtin_memcmp(__VA_ARGS__)
#define strlen(...) __builtin_strlen(__VA_ARGS__)
