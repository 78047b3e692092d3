/* The objects of the ip command. Each takes the words behind the object and returns an exit status.
 */
#pragma once

#include <stdbool.h>

struct ip_options {
	int stats; /* how many -s */
	bool brief, numeric, oneline;
	bool inet; /* -4: addresses, without their links */
};

int cmd_ip_addr(const struct ip_options *o, char **words);
int cmd_ip_link(const struct ip_options *o, char **words);
int cmd_ip_route(const struct ip_options *o, char **words);
int cmd_ip_neigh(const struct ip_options *o, char **words);
int cmd_ip_maddr(const struct ip_options *o, char **words);
int cmd_ip_rule(const struct ip_options *o, char **words);
int cmd_ip_tcp_metrics(const struct ip_options *o, char **words);

/* iproute2's rule: any front part of a command's name will do. */
bool ip_matches(const char *word, const char *name);
/* Prints the lines that `ip link` and `ip addr` start an interface with. */
void ip_print_link(int fd, const char *dev, const struct ip_options *o, bool mode);
/* "UP", "DOWN", "UNKNOWN" */
const char *ip_link_state(int flags);

/* A command line read as NAME VALUE pairs. */
struct ip_pair {
	const char *name; /* "dev" */
	const char **value;
};
/*
 * Reads @words into @pairs; a word that is no name goes to the pair whose name is "" (the target).
 * False: said what is wrong. Names whose value is NULL are accepted and ignored with their value.
 */
bool ip_parse_pairs(const char *what, char **words, const struct ip_pair *pairs, int n);
int ip_failed(const char *what); /* "ip: what: errno's text"; 2, as iproute2 */
int ip_bad(const char *what, const char *word);
/* iproute2's words for what often is wrong; the status to end with. */
int ip_not_there(const char *dev);   /* to be shown */
int ip_cannot_find(const char *dev); /* to be changed */
int ip_no_prefix(const char *word);
int ip_answer(int err,
	      const char *text); /* "Error: text", or with NULL errno's in RTNETLINK's name */
/* Takes @word out of @words, if it is there. */
bool ip_take_word(char **words, const char *word);
