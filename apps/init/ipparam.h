/*
 * The kernel command line as init reads it: words, and the value of ip= in Linux's syntax. Pure.
 */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Takes the next word off *@line: cuts it at its end, takes quotes away, splits it at the first
 * '='. False: there is none.
 * *@value is "" for a bare word. Works in place.
 */
bool cmdline_word(char **line, char **name, char **value);

enum ip_auto { IP_AUTO_DHCP, IP_AUTO_STATIC, IP_AUTO_OFF };

struct ip_param {
	enum ip_auto mode;
	in_addr_t client, gateway;
	int len; /* prefix length; without a netmask the class's */
	char hostname[65];
	char device[16]; /* "": any */
	in_addr_t dns[2];
};

/*
 * <client>:<server>:<gw>:<netmask>:<hostname>:<device>:<autoconf>:<dns0>:<dns1>, or the value of
 * <autoconf> alone. False: *@why says what is wrong with it.
 */
bool ip_param_parse(const char *text, struct ip_param *p, const char **why);
