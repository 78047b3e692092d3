/*
 * Links a module: copies its sections into memory, finds the addresses of the names that it uses,
 * and writes them into the code where the relocations say.
 */
#include <string.h>

#include "kernel/elf.h"
#include "kernel/module_elf.h"
#include "kernel/printk.h"

struct link {
	const struct module_elf *elf;
	u8 *memory;
	u64 base;
	u64 (*lookup)(const char *name);
};

/* ---- symbols ---- */

static void symbol_read(const struct module_elf *elf, u64 n, struct elf64_sym *sym)
{
	memcpy(sym, elf->bytes + elf->symtab->offset + n * sizeof(*sym), sizeof(*sym));
}

/* Its table of names ends with a NUL. */
static const char *symbol_name(const struct module_elf *elf, const struct elf64_sym *sym)
{
	if (sym->st_name >= elf->strtab->size)
		return "";
	return (const char *)elf->bytes + elf->strtab->offset + sym->st_name;
}

/* The section in memory that @sym lies in; NULL: none. */
static const struct elf_section *symbol_section(const struct module_elf *elf,
						const struct elf64_sym *sym)
{
	const struct elf_section *s;

	if (sym->st_shndx == SHN_UNDEF || sym->st_shndx >= elf->nr_sections)
		return NULL;
	s = &elf->sections[sym->st_shndx];
	return s->part != MODULE_PARTS && sym->st_value <= s->size ? s : NULL;
}

static bool symbol_says(const struct module_elf *elf, const char *what, const char *name)
{
	char clean[MODULE_SYMBOL_MAX];

	strlcpy(clean, name, sizeof(clean));
	for (char *c = clean; *c; c++)
		*c = *c > ' ' && *c < 127 ? *c : '?';
	snprintf(elf->why, MODULE_WHY_MAX, "%s: %s", what, clean);
	return false;
}

static bool symbol_value(const struct link *l, u64 n, u64 *value)
{
	const struct elf_section *s;
	struct elf64_sym sym;
	const char *name;

	if (n >= l->elf->nr_symbols)
		return symbol_says(l->elf, "a relocation names no symbol", "");
	symbol_read(l->elf, n, &sym);
	name = symbol_name(l->elf, &sym);
	*value = sym.st_value;
	if (n == 0 || sym.st_shndx == SHN_ABS)
		return true;
	if (sym.st_shndx == SHN_UNDEF) {
		*value = l->lookup(name);
		if (*value || ELF64_ST_BIND(sym.st_info) == STB_WEAK)
			return true;
		return symbol_says(l->elf, "uses what modules/exports.c does not list", name);
	}
	s = symbol_section(l->elf, &sym);
	if (!s)
		return symbol_says(l->elf, "a symbol that lies nowhere", name);
	*value = l->base + s->where + sym.st_value;
	return true;
}

/* ---- relocations ---- */

static bool fits_s32(u64 v)
{
	return (s64)v == (s32)v;
}

static bool fits_u32(u64 v)
{
	return v == (u32)v;
}

static size_t reloc_width(u32 type)
{
	return type == R_X86_64_64 || type == R_X86_64_PC64 ? 8 : 4;
}

/* What goes to @place for the sum @value of symbol and addend. */
static bool reloc_compute(const struct module_elf *elf, u32 type, u64 place, u64 *value)
{
	bool fits = true;

	switch (type) {
	case R_X86_64_64:
		break;
	case R_X86_64_PC64:
		*value -= place;
		break;
	case R_X86_64_PC32:
	case R_X86_64_PLT32:
		*value -= place;
		fits = fits_s32(*value);
		break;
	case R_X86_64_32:
		fits = fits_u32(*value);
		break;
	case R_X86_64_32S:
		fits = fits_s32(*value);
		break;
	default:
		snprintf(elf->why, MODULE_WHY_MAX,
			 "a relocation of unknown type %u (compile it as the Makefile does)", type);
		return false;
	}
	if (!fits)
		snprintf(elf->why, MODULE_WHY_MAX, "a relocation of type %u does not reach", type);
	return fits;
}

static bool relocate(const struct link *l, const struct elf_section *target,
		     const struct elf64_rela *r)
{
	u32 type = ELF64_R_TYPE(r->r_info);
	size_t width = reloc_width(type);
	u64 value;

	if (type == R_X86_64_NONE)
		return true;
	if (r->r_offset > target->size || target->size - r->r_offset < width)
		return symbol_says(l->elf, "a relocation lies outside its section", "");
	if (!symbol_value(l, ELF64_R_SYM(r->r_info), &value))
		return false;
	value += (u64)r->r_addend;
	if (!reloc_compute(l->elf, type, l->base + target->where + r->r_offset, &value))
		return false;
	memcpy(l->memory + target->where + r->r_offset, &value, width);
	return true;
}

static bool relocate_section(const struct link *l, const struct elf_section *s)
{
	const struct module_elf *elf = l->elf;
	struct elf64_rela r;

	if (s->info >= elf->nr_sections || elf->sections[s->info].part == MODULE_PARTS)
		return true;
	if (s->type == SHT_REL || s->entsize != sizeof(r) ||
	    &elf->sections[min(s->link, elf->nr_sections - 1)] != elf->symtab)
		return symbol_says(elf, "no good relocations", "");
	for (u64 n = 0; n < s->size / sizeof(r); n++) {
		memcpy(&r, elf->bytes + s->offset + n * sizeof(r), sizeof(r));
		if (!relocate(l, &elf->sections[s->info], &r))
			return false;
	}
	return true;
}

bool module_elf_link(const struct module_elf *elf, u8 *memory, u64 base,
		     u64 (*lookup)(const char *name))
{
	const struct link l = { elf, memory, base, lookup };

	for (u32 n = 1; n < elf->nr_sections; n++) {
		const struct elf_section *s = &elf->sections[n];

		if (s->part != MODULE_PARTS && s->type != SHT_NOBITS)
			memcpy(memory + s->where, elf->bytes + s->offset, s->size);
	}
	for (u32 n = 1; n < elf->nr_sections; n++) {
		const struct elf_section *s = &elf->sections[n];

		if ((s->type == SHT_RELA || s->type == SHT_REL) && !relocate_section(&l, s))
			return false;
	}
	return true;
}

/* ---- what others want to know of it ---- */

bool module_elf_object(const struct module_elf *elf, const char *name, size_t size, size_t *offset)
{
	for (u64 n = 1; n < elf->nr_symbols; n++) {
		const struct elf_section *s;
		struct elf64_sym sym;

		symbol_read(elf, n, &sym);
		s = symbol_section(elf, &sym);
		if (!s || s->part == MODULE_TEXT || s->size - sym.st_value < size ||
		    ELF64_ST_BIND(sym.st_info) != STB_GLOBAL ||
		    strcmp(symbol_name(elf, &sym), name) != 0)
			continue;
		*offset = s->where + sym.st_value;
		return true;
	}
	snprintf(elf->why, MODULE_WHY_MAX, "not a module: it has no MODULE()");
	return false;
}

u32 module_elf_functions(const struct module_elf *elf, u64 base, struct module_symbol *out, u32 max)
{
	u32 count = 0;

	for (u64 n = 1; n < elf->nr_symbols && count < max; n++) {
		const struct elf_section *s;
		struct elf64_sym sym;

		symbol_read(elf, n, &sym);
		s = symbol_section(elf, &sym);
		if (!s || s->part != MODULE_TEXT || ELF64_ST_TYPE(sym.st_info) != STT_FUNC)
			continue;
		if (out) {
			out[count].addr = base + s->where + sym.st_value;
			strlcpy(out[count].name, symbol_name(elf, &sym), MODULE_SYMBOL_MAX);
		}
		count++;
	}
	return count;
}

u64 module_export_find(const char *name)
{
	for (size_t i = 0; i < nr_module_exports; i++) {
		if (strcmp(module_exports[i].name, name) == 0)
			return (u64)module_exports[i].addr;
	}
	return 0;
}
