/*
 * Modules where the kernel is a Linux process: they are part of the program, and their files only
 * name them ("linked NAME"). Their variables keep their values from one loading to the next.
 */
#include <abi/errno.h>
#include <string.h>

#include "kernel/arch/host/module_linked.h"
#include "kernel/module_load.h"
#include "kernel/printk.h"

#define WORD "linked "

int arch_module_load(struct module *m, const u8 *bytes, size_t len, char why[MODULE_WHY_MAX])
{
	size_t word = strlen(WORD);

	for (size_t i = 0; i < nr_modules_linked; i++) {
		const struct module_info *info = modules_linked[i];
		size_t n = strlen(info->name);

		if (len == word + n + 1 && memcmp(bytes, WORD, word) == 0 &&
		    memcmp(bytes + word, info->name, n) == 0) {
			m->info = info;
			m->base = (void *)info;
			m->size = sizeof(*info);
			return 0;
		}
	}
	snprintf(why, MODULE_WHY_MAX, "not a module of this program");
	return -ENOEXEC;
}

void arch_module_unload(struct module *m)
{
}
