/*
 * Within the filter compiler: the state of one compilation, values, conditions, tests.
 *
 * A value is an expression over the packet that ends in the accumulator. Equal values are one
 * object, so that values are compared by address. A condition is a tree of and, or, not over
 * comparisons of two values; blocks are what becomes of it: tests with two ways out.
 */
#pragma once

#include <abi/filter.h>
#include <netinet/in.h>

#include "filter.h"

/* ---- memory and errors of a compilation ---- */

struct chunk;

struct compiler {
	const struct filter_env *env;
	struct chunk *chunks;
	struct chunk *dummy; /* what is built after a failure */
	size_t allocated;
	struct value *values; /* all there are, newest first */
	struct block *blocks;
	unsigned int nr_blocks;
	int depth;     /* of nesting, in the parser */
	uint32_t vlan; /* bytes of VLAN tags that `vlan` has put before the headers so far */
	bool failed;
	char *error;
};

/* False: there is no memory. */
bool compiler_begin(struct compiler *c);
void compiler_end(struct compiler *c);
/* Zeroed memory until the end of the compilation. Never NULL: when there is none, the compilation
 * has failed, and what is returned serves as a dummy. */
void *compiler_alloc(struct compiler *c, size_t size);
/* Keeps the first error. */
void compiler_fail(struct compiler *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* ---- values ---- */

enum value_kind { V_NUMBER, V_LEN, V_LOAD, V_BINARY, V_NEGATE };

/* Where a load counts from. */
enum load_base {
	BASE_LINK,
	BASE_NET,	/* behind the link header */
	BASE_TRANSPORT, /* behind the IPv4 header, whatever its length */
};

struct value {
	struct value *next;
	enum value_kind kind;
	uint32_t k;		   /* number; offset of a load */
	enum load_base base;	   /* load */
	uint8_t size;		   /* load: BPF_B, BPF_H, BPF_W */
	uint8_t shift;		   /* load: VLAN tags between the link's header and the next */
	uint16_t op;		   /* binary: BPF_ADD ... */
	const struct value *a, *b; /* binary: both; negate: a; load: a is added to the offset */
};

const struct value *value_number(struct compiler *c, uint32_t k);
const struct value *value_len(struct compiler *c);
/* @index may be NULL. */
const struct value *value_load(struct compiler *c, enum load_base base, uint32_t k, uint8_t size,
			       const struct value *index);
const struct value *value_binary(struct compiler *c, uint16_t op, const struct value *a,
				 const struct value *b);
const struct value *value_negate(struct compiler *c, const struct value *a);

/* ---- conditions ---- */

enum cond_kind { C_AND, C_OR, C_NOT, C_TEST, C_CONST };

struct cond {
	enum cond_kind kind;
	const struct cond *a, *b;
	const struct value *left, *right; /* test */
	uint16_t op;			  /* test: BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET */
	bool constant;
};

/* NULL is the neutral element of both: cond_and(c, NULL, x) is x. */
const struct cond *cond_and(struct compiler *c, const struct cond *a, const struct cond *b);
const struct cond *cond_or(struct compiler *c, const struct cond *a, const struct cond *b);
const struct cond *cond_not(struct compiler *c, const struct cond *a);
const struct cond *cond_const(struct compiler *c, bool constant);
const struct cond *cond_test(struct compiler *c, uint16_t op, const struct value *left,
			     const struct value *right);
/* Are the bits @mask of the @size loaded at @k those of @v? */
const struct cond *cond_field(struct compiler *c, enum load_base base, uint32_t k, uint8_t size,
			      uint32_t mask, uint32_t v);

/* ---- primitives (terms.c) ---- */

enum protocol {
	Q_NONE,
	Q_LINK,
	Q_IP,
	Q_ARP,
	Q_RARP,
	Q_IP6,
	Q_TCP,
	Q_UDP,
	Q_SCTP,
	Q_ICMP,
	Q_IGMP,
	Q_ICMP6,
	Q_OTHER_IP, /* known by its number only */
};
enum direction { DIR_DEFAULT, DIR_SRC, DIR_DST, DIR_OR, DIR_AND };
enum kind { K_DEFAULT, K_HOST, K_NET, K_PORT, K_PORTRANGE, K_PROTO };

struct qualifiers {
	bool given; /* false: there are none that a bare word could take over */
	enum protocol proto;
	uint8_t ip_proto; /* of the protocols above IP */
	enum direction dir;
	enum kind kind;
};

/* `tcp` alone. */
const struct cond *term_protocol(struct compiler *c, const struct qualifiers *q);
/* @q.kind is host or net: an address whose first bits count. */
const struct cond *term_host(struct compiler *c, const struct qualifiers *q, uint32_t addr,
			     uint32_t mask);
const struct cond *term_ether(struct compiler *c, const struct qualifiers *q,
			      const uint8_t addr[6]);
/* @ip_proto 0: any that has ports. */
const struct cond *term_ports(struct compiler *c, const struct qualifiers *q, uint32_t low,
			      uint32_t high, uint8_t ip_proto);
/* What an Ethernet frame carries. */
const struct cond *term_ethertype(struct compiler *c, uint32_t type);
/* @src and @dst joined as @dir says. */
const struct cond *term_directed(struct compiler *c, enum direction dir, const struct cond *src,
				 const struct cond *dst);
const struct cond *term_proto_number(struct compiler *c, const struct qualifiers *q, uint32_t n);
const struct cond *term_broadcast(struct compiler *c, enum protocol proto);
const struct cond *term_multicast(struct compiler *c, enum protocol proto);
/* What must hold for proto[...] to be there. */
const struct cond *term_accessible(struct compiler *c, const struct qualifiers *q);
const struct value *term_access(struct compiler *c, const struct qualifiers *q, uint8_t size,
				const struct value *index);

/* terms_more.c. @len: of the prefix. */
const struct cond *term_host6(struct compiler *c, const struct qualifiers *q,
			      const uint8_t addr[16], int len);
/* The headers of what is built afterwards lie behind the tag. @given: only those of @id. */
const struct cond *term_vlan(struct compiler *c, bool given, uint32_t id);
const struct cond *term_direction(struct compiler *c, bool inbound);

/* ---- the grammar (parse.c) ---- */

/* NULL: everything is wanted. */
const struct cond *parse_expression(struct compiler *c, const char *text);

/* ---- blocks ---- */

struct block {
	struct block *next;	   /* of compiler.blocks */
	const struct value *left;  /* NULL: an answer */
	const struct value *right; /* NULL: k */
	uint16_t op;
	uint32_t k;	      /* also: the answer */
	struct block *out[2]; /* [1]: the test holds */
	/* Working fields of the passes. */
	unsigned int order; /* place in the program, 0: not seen */
	unsigned int test;  /* equal tests have equal numbers */
	bool reached;
	struct block *same; /* what may stand for it */
	const struct value
		*in_a; /* what the accumulator holds at the beginning, if that is known */
	int in_x;      /* X holds the length of the IP header that is so far behind (shift + 1) */
	bool known;    /* in_a and in_x are set */
	bool far[2];   /* the way out needs a jump of its own */
	unsigned int pc, test_pc;
};

/* The graph for @cond; its first block. */
struct block *blocks_build(struct compiler *c, const struct cond *cond);
/* The blocks that @root leads to, each behind all that lead to it: an array of *@n. */
struct block **blocks_order(struct compiler *c, struct block *root, unsigned int *n);
struct block *optimize(struct compiler *c, struct block *root);
/* Numbers the blocks and writes them down. */
bool emit(struct compiler *c, struct block *root, struct filter_program *prog);
