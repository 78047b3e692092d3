/*
 * The DNS for programs that want more than addresses: one question, all the records of the answer,
 * decoded.
 */
#pragma once

#include <abi/in.h>
#include <dns_numbers.h>
#include <stdbool.h>

#define DNS_NAME_MAX 255 /* with dots, without the NUL (RFC 1035 §2.3.4, RFC 1123 §6.1.3.5) */
#define DNS_TEXT_MAX 256
#define MAXNS 3
#define DNS_MAXSEARCH 6

/* One record. Texts are the caller's to free with the answer. */
struct dns_record {
	char *owner;
	enum dns_section section;
	uint16_t type;
	uint16_t class;
	uint32_t ttl;
	union {
		struct in_addr a;
		uint8_t aaaa[16];
		char *name; /* NS, CNAME, PTR */
		struct {
			uint16_t preference;
			char *exchange;
		} mx;
		struct {
			uint16_t priority, weight, port;
			char *target;
		} srv;
		struct {
			char *mname, *rname;
			uint32_t serial, refresh, retry, expire, minimum;
		} soa;
		struct {
			char *data; /* character-strings joined, NUL added */
			uint16_t len;
		} txt;
	};
	struct dns_record *next;
};

struct dns_answer {
	int rcode; /* enum dns_rcode */
	bool authoritative, truncated, recursion_available;
	struct sockaddr_in server;  /* who answered */
	char *canonical;	    /* the name at the end of the CNAME chain */
	struct dns_record *records; /* in the order of the message */
};

/* How to ask; zeroes mean what /etc/resolv.conf says, and it is read afresh for each query. */
struct dns_options {
	struct sockaddr_in servers[MAXNS];
	int nservers;
	int timeout_ms; /* for one try */
	int attempts;	/* rounds over all servers */
	bool search;	/* try the search list on @name */
	bool no_recursion;
};

/*
 * Asks for @type records of @name. 0: an answer came, look at its rcode; give it back with
 * dns_answer_free(). -1: errno is ETIMEDOUT, ECONNREFUSED and the like (no server answered), EINVAL
 * (@name is none), ENOMEM, EINTR.
 */
int dns_query(const char *name, int type, const struct dns_options *options,
	      struct dns_answer *answer);
void dns_answer_free(struct dns_answer *answer);

/* "4.3.2.1.in-addr.arpa" for 1.2.3.4, in @name of at least 32 bytes. */
void dns_reverse_name(struct in_addr addr, char *name);
const char *dns_type_name(int type);
/* The number of "MX" and such, -1: none. */
int dns_type_number(const char *name);
const char *dns_rcode_name(int rcode);
