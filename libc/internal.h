/*
 * libc's own: the block of state that each task has, and the way into the kernel.
 *
 * All instances of all apps share one image, so nothing here is a static variable: what C calls
 * global - errno, the standard streams, optarg, the heap - lies in the block. The kernel keeps one
 * pointer for each task (__task_libc), and frees the block with the task's other pages.
 */
#pragma once

#include <getopt.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#define NR_ATEXIT 16
#define NR_HEAP_CLASSES 32
#define NR_HOST_ADDRS 8

struct libc_file {
	int fd;
	bool readable, writable, own_buffer;
	bool eof, error, writing;
	int mode;  /* _IOFBF … */
	int unget; /* EOF: none */
	char *buf; /* NULL: allocated at the first use */
	size_t size;
	size_t pos, end; /* reading: next byte, end of the bytes read; writing: pos bytes wait */
	struct libc_file *next; /* in the task's list of open streams */
};

struct heap_chunk;

struct heap {
	struct heap_chunk *free[NR_HEAP_CLASSES];
	char *bump, *bump_end; /* fresh memory, cut from the front */
	size_t next_run;       /* size of the next run of pages */
};

/* What gethostbyname and its kin point to. */
struct netdb_result {
	struct hostent host;
	char name[NI_MAXHOST];
	struct in_addr addrs[NR_HOST_ADDRS];
	char *addr_list[NR_HOST_ADDRS + 1];
	char *no_aliases[1];
	struct servent service;
	char service_name[NI_MAXSERV];
	char service_proto[8];
	struct protoent protocol;
};

struct libc_block {
	int err;
	int h_err;
	struct __getopt getopt;
	char *strtok;
	uint64_t rand;
	struct heap heap;
	struct libc_file std[3];
	struct libc_file *files;
	void (*atexit[NR_ATEXIT])(void);
	int nr_atexit;
	char **environ;
	size_t nr_environ;
	struct tm tm;
	char time_text[32];
	char addr_text[INET_ADDRSTRLEN];
	struct netdb_result netdb;
	char stdin_buf[BUFSIZ];
	char stdout_buf[BUFSIZ];
};

/* The current task's block. */
struct libc_block *__libc(void);

/* A syscall's result as C wants it: -1 and errno for errors. */
long __ret(long result);

/* Stops the task over misuse that cannot be reported otherwise: prints "@what" and sends itself
 * SIGABRT. */
void __libc_die(const char *what) __attribute__((noreturn));
