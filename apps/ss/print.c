/*
 * A socket on a line, in iproute2's order: addresses, tasks, timer, details; then its memory and
 * TCP's insides on the next one.
 */
#include <net/ethernet.h>
#include <net/if.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/inaddr.h"
#include "../lib/util.h"
#include "ss.h"

/* ---- addresses ---- */

static const char *service_name(const struct options *o, const char *netid, int port)
{
	struct protoent *proto;
	struct servent *service;

	if (o->numeric)
		return NULL;
	if (!strcmp(netid, "raw")) {
		proto = getprotobynumber(port);
		return proto ? proto->p_name : NULL;
	}
	if (!strcmp(netid, "icmp"))
		return NULL;
	service = getservbyport(htons((uint16_t)port), netid);
	return service ? service->s_name : NULL;
}

static void end_text(const struct options *o, const struct entry *e, in_addr_t addr, int port,
		     char *buf, size_t size)
{
	char host[64] = "0.0.0.0", digits[8];
	const char *service = port ? service_name(o, e->netid, port) : "*";

	if (addr)
		inaddr_name(addr, !o->resolve, host, sizeof(host));
	snprintf(digits, sizeof(digits), "%d", port);
	snprintf(buf, size, "%s:%s", host, service ? service : digits);
}

/* "arp:eth0", "*:*": EtherType and device. */
static void packet_text(const struct entry *e, char *buf, size_t size)
{
	char type[16], dev[IF_NAMESIZE];

	snprintf(type, sizeof(type), "[%d]", e->lport);
	if (e->lport == ETH_P_ALL)
		strcpy(type, "*");
	else if (e->lport == ETHERTYPE_IP)
		strcpy(type, "ipv4");
	else if (e->lport == ETHERTYPE_ARP)
		strcpy(type, "arp");
	else if (e->lport == ETHERTYPE_IPV6)
		strcpy(type, "ipv6");
	if (!e->ifindex || !if_indextoname((unsigned int)e->ifindex, dev))
		strcpy(dev, "*");
	snprintf(buf, size, "%s:%s", type, dev);
}

/* ---- words ---- */

static bool is_word(const char *word, const char *key)
{
	size_t n = strlen(key);

	return !strncmp(word, key, n) && word[n] == ':';
}

static const char *word_of(const struct entry *e, const char *key)
{
	for (int i = 0; i < e->nr_words; i++)
		if (is_word(e->words[i], key))
			return e->words[i];
	return NULL;
}

/* ss's own way with a time: "2min5sec", "12sec", "1.030ms" (of 1,030 ms), "230ms". */
static void print_ms(unsigned long ms)
{
	unsigned long minutes = ms / 60000, seconds = ms / 1000 % 60, rest = ms % 1000;

	if (minutes) {
		printf("%lumin", minutes);
		rest = 0;
		if (minutes > 9)
			seconds = 0;
	}
	if (seconds > 9)
		rest = 0;
	if (seconds)
		printf("%lu%s", seconds, rest ? "." : "sec");
	if (rest)
		printf("%03lums", rest);
}

/* "timer:(on,230ms,0)" */
static void print_timer(const char *word)
{
	const char *ms = strchr(word, ','), *retrans = ms ? strrchr(word, ',') : NULL;

	if (!retrans)
		return;
	printf(" %.*s", (int)(ms + 1 - word), word);
	print_ms(strtoul(ms + 1, NULL, 10));
	printf("%s", retrans);
}

/* On the line itself. */
static void print_aside(const struct options *o, const struct entry *e)
{
	const char *users = o->process ? word_of(e, "users") : NULL;
	const char *timer = o->timer || o->details ? word_of(e, "timer") : NULL;

	if (users)
		printf(" %s", users);
	if (timer)
		print_timer(timer);
	if (o->details)
		printf(" ino:0 sk:0"); /* there are no inodes, and no user but one */
}

/* On the next line; of UDP there is only the memory. */
static void print_below(const struct options *o, const struct entry *e)
{
	bool begun = false;

	for (int i = 0; i < e->nr_words; i++) {
		const char *word = e->words[i];

		if (is_word(word, "users") || is_word(word, "timer") ||
		    !(is_word(word, "skmem") ? o->memory : o->info))
			continue;
		printf("%s%s", begun ? " " : o->one_line ? "\t " : "\n\t ", word);
		begun = true;
	}
}

/* ---- lines ---- */

void print_title(const struct options *o)
{
	if (!o->no_title)
		printf("%s%-10s %-6s %-6s %23s %23s%s\n", one_kind(o) ? "" : "Netid ", "State",
		       "Recv-Q", "Send-Q", "Local Address:Port", "Peer Address:Port",
		       o->process ? "  Process" : "");
}

void print_entry(const struct options *o, const struct entry *e)
{
	char local[80], remote[80] = "*";

	if (e->netid[1] == '_') {
		packet_text(e, local, sizeof(local));
	} else {
		end_text(o, e, e->local, e->lport, local, sizeof(local));
		end_text(o, e, e->remote, e->rport, remote, sizeof(remote));
	}
	if (!one_kind(o))
		printf("%-5s ", e->netid);
	printf("%-10s %-6u %-6u %23s %23s", state_name(e->state), e->recvq, e->sendq, local,
	       remote);
	print_aside(o, e);
	print_below(o, e);
	putchar('\n');
}
