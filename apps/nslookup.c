/*
 * nslookup: asks the DNS. nslookup [-type=A|AAAA|MX|NS|TXT|PTR|SOA|SRV|CNAME|ANY] [-timeout=S]
 * [-port=P] NAME [SERVER]
 */
#include <dns.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/inaddr.h"
#include "lib/util.h"

#define DNS_PORT 53

struct request {
	const char *name;
	int type; /* -1: A and AAAA, or PTR for an address */
	long port;
	struct dns_options dns;
	bool said_server;
};

/* "-type=MX", "-q=MX", "-timeout=2", "-retry=1", "-port=5353". */
static bool take_option(struct request *r, const char *word)
{
	const char *value = strchr(word, '=');
	long n;

	if (!value)
		return false;
	value++;
	if (!strncmp(word, "-type=", 6) || !strncmp(word, "-q=", 3) ||
	    !strncmp(word, "-querytype=", 11)) {
		r->type = dns_type_number(value);
		return r->type > 0;
	}
	if (!strncmp(word, "-port=", 6))
		return app_number(value, 1, 65535, &r->port);
	if (!strncmp(word, "-timeout=", 9) && app_number(value, 1, 60, &n)) {
		r->dns.timeout_ms = n * 1000;
		return true;
	}
	if (!strncmp(word, "-retry=", 7) && app_number(value, 0, 10, &n)) {
		r->dns.attempts = n + 1;
		return true;
	}
	return false;
}

static void print_server(struct request *r, const struct dns_answer *a)
{
	char text[INET_ADDRSTRLEN];

	if (r->said_server)
		return;
	r->said_server = true;
	inaddr_str(a->server.sin_addr.s_addr, text);
	printf("Server:\t\t%s\nAddress:\t%s#%u\n\n", text, text, ntohs(a->server.sin_port));
	if (!a->authoritative)
		puts("Non-authoritative answer:");
}

static void print_aaaa(const struct dns_record *rec)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(AF_INET6, &rec->aaaa, text, sizeof(text));
	printf("Name:\t%s\nAddress: %s\n", rec->owner, text);
}

static void print_record(const struct dns_record *rec)
{
	char text[INET_ADDRSTRLEN];

	switch (rec->type) {
	case DNS_A:
		printf("Name:\t%s\nAddress: %s\n", rec->owner, inaddr_str(rec->a.s_addr, text));
		break;
	case DNS_AAAA:
		print_aaaa(rec);
		break;
	case DNS_CNAME:
		printf("%s\tcanonical name = %s.\n", rec->owner, rec->name);
		break;
	case DNS_PTR:
		printf("%s\tname = %s.\n", rec->owner, rec->name);
		break;
	case DNS_NS:
		printf("%s\tnameserver = %s.\n", rec->owner, rec->name);
		break;
	case DNS_MX:
		printf("%s\tmail exchanger = %u %s.\n", rec->owner, rec->mx.preference,
		       rec->mx.exchange);
		break;
	case DNS_TXT:
		printf("%s\ttext = \"%.*s\"\n", rec->owner, rec->txt.len, rec->txt.data);
		break;
	case DNS_SRV:
		printf("%s\tservice = %u %u %u %s.\n", rec->owner, rec->srv.priority,
		       rec->srv.weight, rec->srv.port, rec->srv.target);
		break;
	case DNS_SOA:
		printf("%s\n\torigin = %s\n\tmail addr = %s\n\tserial = %u\n\trefresh = %u\n\tretry = %u\n"
		       "\texpire = %u\n\tminimum = %u\n",
		       rec->owner, rec->soa.mname, rec->soa.rname, rec->soa.serial,
		       rec->soa.refresh, rec->soa.retry, rec->soa.expire, rec->soa.minimum);
		break;
	default:
		printf("%s\t%s record\n", rec->owner, dns_type_name(rec->type));
	}
}

/* The records found, -1 when nobody answered or the answer is "no" (said so). @quiet: an empty
 * answer is none of our business. */
static int ask(struct request *r, const char *name, int type, bool quiet)
{
	struct dns_answer a;
	int found = 0;

	if (dns_query(name, type, &r->dns, &a) < 0) {
		if (errno == ETIMEDOUT)
			printf(";; connection timed out; no servers could be reached\n");
		else
			app_error("nslookup", "%s: %s", name, strerror(errno));
		return -1;
	}
	print_server(r, &a);
	if (a.rcode) {
		printf("** server can't find %s: %s\n", name, dns_rcode_name(a.rcode));
		dns_answer_free(&a);
		return -1;
	}
	for (struct dns_record *rec = a.records; rec; rec = rec->next) {
		if (rec->section != DNS_ANSWER || (quiet && rec->type != type))
			continue;
		print_record(rec);
		found++;
	}
	dns_answer_free(&a);
	if (!found && !quiet)
		printf("*** Can't find %s: No answer\n", name);
	return found;
}

static int run(struct request *r)
{
	struct in_addr addr;
	char reverse[32];
	int found;

	if (inaddr_parse(r->name, &addr.s_addr) && (r->type < 0 || r->type == DNS_PTR)) {
		dns_reverse_name(addr, reverse);
		return ask(r, reverse, DNS_PTR, false) <= 0;
	}
	r->dns.search = true;
	if (r->type >= 0)
		return ask(r, r->name, r->type, false) <= 0;
	found = ask(r, r->name, DNS_A, false);
	if (found < 0)
		return 1;
	/* Addresses of the other kind are shown if there are any, as nslookup does. */
	return ask(r, r->name, DNS_AAAA, true) <= 0 && !found;
}

int main(int argc, char **argv)
{
	struct request *r = calloc(1, sizeof(*r));
	int i;

	if (!r)
		return app_error(argv[0], "out of memory");
	r->type = -1;
	r->port = DNS_PORT;
	for (i = 1; i < argc && argv[i][0] == '-'; i++) {
		if (!strcmp(argv[i], "--help") || !strcmp(argv[i], "-h"))
			return !app_help(argv[0]);
		if (!take_option(r, argv[i]))
			return app_error(argv[0], "bad option '%s'", argv[i]), 2;
	}
	if (i >= argc || argc - i > 2)
		return app_usage(argv[0]);
	r->name = argv[i];
	if (argc - i == 2) {
		if (!inaddr_resolve(argv[0], argv[i + 1], &r->dns.servers[0]))
			return 1;
		r->dns.servers[0].sin_port = htons(r->port);
		r->dns.nservers = 1;
	}
	return run(r);
}
