/*
 * Task 1's parts: what the kernel command line wants, the network that it describes, and the lines
 * of /etc/inittab.
 */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "ipparam.h"

#define INIT_MAX_IP 8
#define INIT_MAX_RUN 8

struct init_options {
	struct ip_param ip[INIT_MAX_IP];
	int nr_ip;
	bool has_ip;	   /* the command line says how: /etc does not count */
	bool has_hostname; /* it counts more than /etc and ip= */
	in_addr_t dns[2];  /* nameserver= */
	int nr_dns;
	const char *run[INIT_MAX_RUN];
	int nr_run;
	char *line; /* what run[] points into */
};
void init_options_read(struct init_options *o);

/* Brings up lo and the interfaces of o->ip; waits for DHCP no longer than a few seconds. */
void init_network(const struct init_options *o);
/* One line: the addresses we have. */
void init_banner(void);

/* inittab.c */
struct inittab_entry {
	struct inittab_entry *next;
	char *id, *action, *process;
	pid_t pid;	   /* of the running task; 0: none */
	long long started; /* ns */
	int fast_ends;	   /* in a row */
};
struct inittab_entry *inittab_read(const char *path);

/* Starts @command (a line for the shell, or just an app with words): its pid, -1 after saying why
 * not. */
pid_t init_start(const char *command);
/* The same in the foreground, and waits for it. Other children that end meanwhile are noted in
 * @tab. */
void init_run(const char *command, struct inittab_entry *tab);
void init_child_ended(struct inittab_entry *tab, pid_t pid);
