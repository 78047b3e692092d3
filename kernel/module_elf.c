/*
 * What a module's file says: headers, sections, and where each of them will lie in memory. The file
 * comes from a user, so every number in it is checked before it is used.
 */
#include "kernel/module_elf.h"

#include <abi/errno.h>
#include <string.h>

#include "kernel/elf.h"
#include "kernel/mm.h"
#include "kernel/printk.h"

#define SECTIONS_MAX 4096

static bool elf_says(struct module_elf *elf, const char *what)
{
	snprintf(elf->why, MODULE_WHY_MAX, "%s", what);
	return false;
}

static bool section_says(struct module_elf *elf, u32 n, const char *what)
{
	snprintf(elf->why, MODULE_WHY_MAX, "section %u %s", n, what);
	return false;
}

/* ---- headers ---- */

static bool read_header(struct module_elf *elf, struct elf64_ehdr *eh)
{
	if (elf->len < sizeof(*eh))
		return elf_says(elf, "not an object file: too short");
	memcpy(eh, elf->bytes, sizeof(*eh));
	if (memcmp(eh->e_ident, ELF_IDENT, ELF_IDENT_LEN) != 0)
		return elf_says(elf, "not an object file: no ELF64 header");
	if (eh->e_machine != EM_X86_64)
		return elf_says(elf, "an object file for another machine");
	if (eh->e_type != ET_REL)
		return elf_says(elf, "not a relocatable object file (compile with -c)");
	if (eh->e_shentsize != sizeof(struct elf64_shdr))
		return elf_says(elf, "section headers of a wrong size");
	if (!eh->e_shnum || eh->e_shnum > SECTIONS_MAX)
		return elf_says(elf, "no sections, or too many");
	if (eh->e_shoff > elf->len ||
	    elf->len - eh->e_shoff < eh->e_shnum * sizeof(struct elf64_shdr))
		return elf_says(elf, "cut off: the section headers lie behind the end");
	elf->nr_sections = eh->e_shnum;
	return true;
}

static bool read_section(struct module_elf *elf, u32 n, const u8 *header)
{
	struct elf_section *s = &elf->sections[n];
	struct elf64_shdr sh;

	memcpy(&sh, header, sizeof(sh));
	*s = (struct elf_section){
		.flags = sh.sh_flags,
		.offset = sh.sh_offset,
		.size = sh.sh_size,
		.align = sh.sh_addralign ? sh.sh_addralign : 1,
		.entsize = sh.sh_entsize,
		.type = sh.sh_type,
		.link = sh.sh_link,
		.info = sh.sh_info,
		.part = MODULE_PARTS,
	};
	if (s->type == SHT_NOBITS)
		return true;
	if (s->offset > elf->len || s->size > elf->len - s->offset)
		return section_says(elf, n, "is cut off: it lies behind the end of the file");
	return true;
}

static bool read_sections(struct module_elf *elf, u64 offset)
{
	for (u32 n = 0; n < elf->nr_sections; n++) {
		if (!read_section(elf, n, elf->bytes + offset + n * sizeof(struct elf64_shdr)))
			return false;
	}
	return true;
}

static bool find_symbols(struct module_elf *elf)
{
	for (u32 n = 1; n < elf->nr_sections; n++) {
		const struct elf_section *s = &elf->sections[n];

		if (s->type != SHT_SYMTAB)
			continue;
		if (elf->symtab)
			return elf_says(elf, "two symbol tables");
		if (s->entsize != sizeof(struct elf64_sym) || s->link >= elf->nr_sections)
			return section_says(elf, n, "is no good symbol table");
		elf->symtab = s;
		elf->strtab = &elf->sections[s->link];
		elf->nr_symbols = s->size / sizeof(struct elf64_sym);
	}
	if (!elf->symtab)
		return elf_says(elf, "no symbol table");
	if (elf->strtab->type != SHT_STRTAB || !elf->strtab->size ||
	    elf->bytes[elf->strtab->offset + elf->strtab->size - 1] != '\0')
		return elf_says(elf, "no good table of names");
	return true;
}

/* ---- where it will lie ---- */

/* To which part section @n belongs. */
static bool choose_part(struct module_elf *elf, u32 n)
{
	struct elf_section *s = &elf->sections[n];
	u64 rights = s->flags & (SHF_WRITE | SHF_EXECINSTR);

	if (!(s->flags & SHF_ALLOC) || s->type == SHT_NOTE)
		return true;
	if (s->type == SHT_INIT_ARRAY || s->type == SHT_FINI_ARRAY || s->type == SHT_PREINIT_ARRAY)
		return section_says(elf, n, "has constructors, which nobody would call");
	if (s->flags & SHF_TLS)
		return section_says(elf, n, "has thread-local variables");
	if (rights == (SHF_WRITE | SHF_EXECINSTR))
		return section_says(elf, n, "is both writable and executable");
	if (s->align & (s->align - 1) || s->align > PAGE_SIZE)
		return section_says(elf, n, "has an impossible alignment");
	if (s->size > MODULE_SIZE_MAX)
		return section_says(elf, n, "is too large");
	if (rights & SHF_EXECINSTR)
		s->part = MODULE_TEXT;
	else
		s->part = rights ? MODULE_DATA : MODULE_RODATA;
	return true;
}

static bool lay_out(struct module_elf *elf)
{
	for (u32 n = 1; n < elf->nr_sections; n++) {
		if (!choose_part(elf, n))
			return false;
	}
	for (u32 part = 0; part < MODULE_PARTS; part++) {
		size_t at = elf->size;

		elf->part_start[part] = at;
		for (u32 n = 1; n < elf->nr_sections; n++) {
			struct elf_section *s = &elf->sections[n];

			if (s->part != part)
				continue;
			s->where = ALIGN_UP(at, s->align);
			at = s->where + s->size;
			if (at > MODULE_SIZE_MAX)
				return elf_says(elf, "too large");
		}
		elf->size = elf->part_end[part] = ALIGN_UP(at, PAGE_SIZE);
	}
	return elf->size || elf_says(elf, "empty");
}

int module_elf_open(struct module_elf *elf, const void *bytes, size_t len, char why[MODULE_WHY_MAX])
{
	struct elf64_ehdr eh;

	*elf = (struct module_elf){ .bytes = bytes, .len = len, .why = why };
	if (!read_header(elf, &eh))
		return -ENOEXEC;
	elf->sections = kmalloc(elf->nr_sections * sizeof(*elf->sections));
	if (!elf->sections)
		return -ENOMEM;
	if (read_sections(elf, eh.e_shoff) && find_symbols(elf) && lay_out(elf))
		return 0;
	module_elf_close(elf);
	return -ENOEXEC;
}

void module_elf_close(struct module_elf *elf)
{
	kfree(elf->sections);
	elf->sections = NULL;
}
