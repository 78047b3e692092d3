/*
 * ip rule: which tables are asked, and in which order. There are no rules to choose: local, then
 * main, for every packet; so it only shows.
 */
#include <stdio.h>

#include "../lib/util.h"
#include "ip.h"

int cmd_ip_rule(const struct ip_options *o, char **words)
{
	(void)o;
	if (*words && !ip_matches(*words, "show") && !ip_matches(*words, "list"))
		return app_error("ip",
				 "rule: there are only the tables local and main, in this order");
	puts("0:\tfrom all lookup local\n32766:\tfrom all lookup main");
	return 0;
}
