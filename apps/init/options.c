/*
 * The words of /proc/cmdline that are init's: ip=, nameserver=, run=. hostname= has been read by
 * the kernel.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/inaddr.h"
#include "../lib/util.h"
#include "init.h"

static void take_ip(struct init_options *o, const char *value)
{
	const char *why;

	o->has_ip = true;
	if (o->nr_ip == INIT_MAX_IP)
		app_error("init", "ip=%s: more than %d of them", value, INIT_MAX_IP);
	else if (!ip_param_parse(value, &o->ip[o->nr_ip], &why))
		app_error("init", "ip=%s: %s", value, why);
	else
		o->nr_ip++;
}

static void take_nameserver(struct init_options *o, const char *value)
{
	if (o->nr_dns == ARRAY_LEN(o->dns))
		return;
	if (inaddr_parse(value, &o->dns[o->nr_dns]))
		o->nr_dns++;
	else
		app_error("init", "nameserver=%s: not an address", value);
}

void init_options_read(struct init_options *o)
{
	char *cursor, *name, *value;

	memset(o, 0, sizeof(*o));
	o->line = cursor = text_read("/proc/cmdline");
	if (!cursor) {
		app_perror("init", "/proc/cmdline");
		return;
	}
	/* Quotes that are never closed reach to the end of the line, not over it. */
	cursor[strcspn(cursor, "\n")] = '\0';
	while (cmdline_word(&cursor, &name, &value)) {
		if (!strcmp(name, "ip"))
			take_ip(o, value);
		else if (!strcmp(name, "hostname"))
			o->has_hostname = true;
		else if (!strcmp(name, "nameserver"))
			take_nameserver(o, value);
		else if (!strcmp(name, "run") && o->nr_run < INIT_MAX_RUN)
			o->run[o->nr_run++] = value;
	}
}
