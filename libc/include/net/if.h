/* Network interfaces. */
#pragma once

#include <abi/net_if.h>
#include <sys/socket.h>

#define IF_NAMESIZE IFNAMSIZ

struct if_nameindex {
	unsigned int if_index;
	char *if_name;
};

unsigned int if_nametoindex(const char *name);
char *if_indextoname(unsigned int index, char *name);
/* Ends with an entry { 0, NULL }; give back with if_freenameindex. NULL with errno. */
struct if_nameindex *if_nameindex(void);
void if_freenameindex(struct if_nameindex *list);
