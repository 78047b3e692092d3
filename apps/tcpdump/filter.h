/*
 * Filter expressions (pcap-filter(7)'s language) compiled to classic BPF programs. The way of an
 * expression: lex.c cuts it into words, parse.c reads the grammar, terms.c turns each primitive
 * into comparisons of expr.h's values, blocks.c those into a graph of tests, optimize.c takes out
 * what is known already, emit.c numbers it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What frames begin with; numbers of the pcap file format. */
enum filter_link {
	LINK_ETHERNET = 1,
	LINK_RAW = 101,	 /* nothing: IP at once */
	LINK_SLL2 = 276, /* Linux's cooked header, 20 bytes: what came of device "any" */
};

#define FILTER_MAX_ADDRESSES 8
#define FILTER_ERROR_SIZE 160

/* What an expression is compiled for. A name function that is NULL knows none. */
struct filter_env {
	enum filter_link link;
	uint32_t netmask; /* host order, of the device: for `ip broadcast` */
	uint32_t snaplen; /* what the program answers for a packet that is wanted */
	bool optimize;
	bool live; /* of a device: a program may ask which way a packet goes */
	/* Addresses of a host (host order) in @addrs: their number. */
	int (*host)(const char *name, uint32_t addrs[FILTER_MAX_ADDRESSES]);
	/* The port of a service, -1: none. @proto: "tcp", "udp". */
	int (*port)(const char *name, const char *proto);
};

struct sock_filter; /* abi/filter.h */

struct filter_program {
	struct sock_filter *insns; /* from malloc() */
	unsigned int len;
};

/* Compiles @text; an empty one wants all. False: @error says why, in one line. */
bool filter_compile(const char *text, const struct filter_env *env, struct filter_program *prog,
		    char error[FILTER_ERROR_SIZE]);
void filter_free(struct filter_program *prog);

/* What @prog answers for a packet of @len bytes of which @caplen are there: 0, or how many bytes
 * are wanted. A load outside of them and a division by zero answer 0. */
uint32_t filter_run(const struct filter_program *prog, const uint8_t *p, uint32_t len,
		    uint32_t caplen);
/* Is @prog what filter_run() may run: jumps only forward and within, known instructions, scratch
 * cells that exist, an answer at the end? */
bool filter_valid(const struct filter_program *prog);

#define FILTER_LINE_SIZE 80
/* Instruction @i as `tcpdump -d` writes it. */
void filter_line(const struct filter_program *prog, unsigned int i, char line[FILTER_LINE_SIZE]);
