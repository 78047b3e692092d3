/*
 * A module's file: a relocatable object (ELF64, x86-64) as the compiler leaves it. Three steps:
 * module_elf_open reads and checks it and says how much memory it wants, module_elf_link puts it
 * there, module_elf_close forgets it. Nothing here knows what the memory is, so all of it runs
 * anywhere. System V ABI, chapters 4 and 5, and its x86-64 supplement, §4.4.
 */
#pragma once

#include "kernel/module_load.h"

/* Parts of the memory, each on pages of its own: what may be executed, read, written. */
enum module_part { MODULE_TEXT, MODULE_RODATA, MODULE_DATA, MODULE_PARTS };

struct elf_section {
	u64 flags, offset, size, align, entsize;
	u32 type, link, info;
	enum module_part part; /* MODULE_PARTS: it does not get into memory */
	size_t where;	       /* and where it is there */
};

struct module_elf {
	const u8 *bytes; /* borrowed */
	size_t len;
	char *why; /* of MODULE_WHY_MAX bytes: what is wrong with it */
	struct elf_section *sections;
	u32 nr_sections;
	const struct elf_section *symtab, *strtab;
	u64 nr_symbols;
	size_t part_start[MODULE_PARTS], part_end[MODULE_PARTS]; /* whole pages */
	size_t size;
};

/*
 * Reads the file's tables. 0, -ENOMEM, or -ENOEXEC with one line in @why; on success the caller
 * closes. Task.
 */
int module_elf_open(struct module_elf *elf, const void *bytes, size_t len,
		    char why[MODULE_WHY_MAX]);
void module_elf_close(struct module_elf *elf);

/*
 * Fills @memory, elf->size bytes of zeros that will run at address @base, and resolves what the
 * code uses by @lookup (0: no such name). False: elf->why. Pure.
 */
bool module_elf_link(const struct module_elf *elf, u8 *memory, u64 base,
		     u64 (*lookup)(const char *name));

/* Where the object of @size bytes is that the file calls @name: offset in memory; false: none. */
bool module_elf_object(const struct module_elf *elf, const char *name, size_t size, size_t *offset);

/* Fills @out (NULL: only counts) with the functions of the file, at most @max; their number. */
u32 module_elf_functions(const struct module_elf *elf, u64 base, struct module_symbol *out,
			 u32 max);

/* The address of the name that modules may use, or 0. */
u64 module_export_find(const char *name);
