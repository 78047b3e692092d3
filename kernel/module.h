/*
 * Modules: parts of the kernel that come and go while it runs. What a module's own file includes.
 * Such a file stands in modules/, and ends with the one line that says what it is:
 *
 *	MODULE(.init = mine_init, .exit = mine_exit, .description = "what it does");
 *
 * `make` puts it into the root file system as /lib/modules/<file>.o; `module load <file>` brings it
 * into the kernel. It may use the names that modules/exports.c lists.
 */
#pragma once

#include "kernel/hostname.h"
#include "kernel/types.h"

/* What can be given a value in `module load NAME param=value`: one of the four. */
struct module_param {
	const char *name;
	const char *help;
	int *number; /* from min to max */
	int min, max;
	be32 *addr; /* 10.0.2.2; "any" is 0 */
	char *text; /* of @size bytes, the NUL among them */
	size_t size;
	int (*set)(const char *value); /* takes it; 0 or -errno. Task, perhaps before init */
};
#define PARAM_INT(param, variable, lowest, highest, what)                                          \
	{                                                                                          \
		.name = (param), .help = (what), .number = (variable), .min = (lowest),            \
		.max = (highest)                                                                   \
	}
#define PARAM_ADDR(param, variable, what)                                                          \
	{                                                                                          \
		.name = (param), .help = (what), .addr = (variable)                                \
	}
#define PARAM_STRING(param, array, what)                                                           \
	{                                                                                          \
		.name = (param), .help = (what), .text = (array), .size = sizeof(array)            \
	}
#define PARAM_SET(param, function, what)                                                           \
	{                                                                                          \
		.name = (param), .help = (what), .set = (function)                                 \
	}

struct module_info {
	const char *name, *version; /* MODULE fills both in */
	const char *description, *author;
	/* After the parameters are set: 0, or -errno: then it was never here. Task; may sleep. */
	int (*init)(void);
	/*
	 * Takes back all that init has registered: afterwards the module's memory goes. NULL: it
	 * stays for ever. Task; must not sleep once the first thing is taken back.
	 */
	void (*exit)(void);
	const struct module_param *params;
	size_t nr_params;
};

#define MODULE_VERSION UTS_SYSNAME " " UTS_RELEASE
#define MODULE_PARAMS(table) .params = (table), .nr_params = ARRAY_SIZE(table)
/* The Makefile says what MODULE_NAME and MODULE_SYMBOL are. */
#define MODULE(...)                                                                                \
	const struct module_info MODULE_SYMBOL = { .name = MODULE_NAME,                            \
						   .version = MODULE_VERSION,                      \
						   __VA_ARGS__ }
extern const struct module_info MODULE_SYMBOL;

/*
 * Sets one of @count parameters: 0, -ENOENT (none of that name) or -EINVAL. For a module whose
 * /proc file takes them too. Task.
 */
int module_param_set(const struct module_param *params, size_t count, const char *name,
		     const char *value);

/*
 * For code that runs @module's functions at a time of its own: while it holds a reference,
 * unloading says -EBUSY. False: the module is about to go. Task.
 */
bool module_get(const struct module_info *module);
void module_put(const struct module_info *module);
