/*
 * Modules as the kernel sees them: the list of those that are there, and how one is made of a file.
 */
#pragma once

#include "kernel/list.h"
#include "kernel/module.h"
#include "kernel/types.h"

struct seq_file;

#define MODULE_FILE_MAX (1UL << 20)
#define MODULE_SIZE_MAX (1UL << 20) /* in memory */
#define MODULE_NAME_MAX 31
#define MODULE_SYMBOL_MAX 64
#define MODULE_WHY_MAX 160

/* Where one of its functions begins, for backtraces. */
struct module_symbol {
	u64 addr;
	char name[MODULE_SYMBOL_MAX];
};

/* Only tasks use the list, and none is preempted in a syscall, so nothing guards it. */
struct module {
	struct list_head list;
	const struct module_info *info;
	enum { MODULE_LOADING, MODULE_LIVE, MODULE_UNLOADING } state;
	u32 refs;
	/* the machine's */
	void *base;
	size_t size, text_size; /* its code comes first */
	struct module_symbol *symbols;
	u32 nr_symbols;
};

/* What modules may use: modules/exports.c. */
struct module_export {
	const char *name;
	const void *addr;
};
extern const struct module_export module_exports[];
extern const size_t nr_module_exports;

/*
 * The machine's part: brings the module of a file's @len bytes into memory, ready to run, and fills
 * @m. 0, -ENOMEM, or -ENOEXEC with the reason in @why. Task.
 */
int arch_module_load(struct module *m, const u8 *bytes, size_t len, char why[MODULE_WHY_MAX]);
void arch_module_unload(struct module *m);

/* The function of a module that holds @addr: the module's name, or NULL. Any context. */
const char *module_symbol_find(u64 addr, char name[MODULE_SYMBOL_MAX], u64 *offset);

/* Sets parameters from "a=1 b=2", which it cuts up. 0 or -EINVAL, with the reason in @why. Task. */
int module_params_parse(const struct module_info *info, char *text, char why[MODULE_WHY_MAX]);

/* /proc/modules, in Linux's format. */
void modules_show(struct seq_file *s);
