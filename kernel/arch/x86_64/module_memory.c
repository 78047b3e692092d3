/*
 * Modules in memory: each lies in the module area, which the image's code reaches with 32-bit
 * displacements, as a run of pages with an unmapped one behind it. While it is linked its pages can
 * be written; afterwards code can only be executed, and constants only be read.
 */
#include <abi/errno.h>
#include <string.h>

#include "kernel/arch.h"
#include "kernel/mm.h"
#include "kernel/module_elf.h"
#include "kernel/printk.h"
#include "memory.h"
#include "paging.h"
#include "stackguard.h"

#define AREA_PAGES 4096UL
#define FUNCTIONS_MAX 1024

static u64 page_used[AREA_PAGES / 64];

/* ---- addresses ---- */

static bool page_is_used(size_t n)
{
	return page_used[n / 64] >> n % 64 & 1;
}

static void mark_pages(size_t first, size_t count, bool used)
{
	for (size_t n = first; n < first + count; n++) {
		if (used)
			page_used[n / 64] |= 1UL << n % 64;
		else
			page_used[n / 64] &= ~(1UL << n % 64);
	}
}

/* @count pages of the area, the last of which will be the unmapped one; 0: none free. */
static u64 area_alloc(size_t count)
{
	size_t run = 0;

	for (size_t n = 0; n < AREA_PAGES; n++) {
		run = page_is_used(n) ? 0 : run + 1;
		if (run == count) {
			mark_pages(n + 1 - count, count, true);
			return MODULE_AREA + (n + 1 - count) * PAGE_SIZE;
		}
	}
	return 0;
}

/* ---- pages ---- */

static void unmap(u64 start, u64 end)
{
	for (u64 virt = start; virt < end; virt += PAGE_SIZE)
		free_pages(arch_phys_to_virt(paging_unmap_page(virt)), 0);
}

static void memory_free(u64 base, size_t size)
{
	unmap(base, base + size);
	mark_pages((base - MODULE_AREA) / PAGE_SIZE, size / PAGE_SIZE + 1, false);
}

/* @size bytes (whole pages) of zeros; 0: none. */
static u64 memory_alloc(size_t size)
{
	u64 base = area_alloc(size / PAGE_SIZE + 1);

	for (u64 virt = base; base && virt < base + size; virt += PAGE_SIZE) {
		void *page = memory_page();

		if (page && paging_map_page(virt, arch_virt_to_phys(page)))
			continue;
		if (page)
			free_pages(page, 0);
		unmap(base, virt);
		mark_pages((base - MODULE_AREA) / PAGE_SIZE, size / PAGE_SIZE + 1, false);
		return 0;
	}
	return base;
}

static void memory_protect(const struct module_elf *elf, u64 base)
{
	for (size_t at = 0; at < elf->part_end[MODULE_RODATA]; at += PAGE_SIZE)
		paging_protect_page(base + at, at < elf->part_end[MODULE_TEXT]);
}

/* ---- modules ---- */

/* What modules may use, and what the compiler uses on its own. */
static u64 lookup(const char *name)
{
	if (strcmp(name, "__stack_chk_guard") == 0)
		return (u64)&__stack_chk_guard;
	if (strcmp(name, "__stack_chk_fail") == 0)
		return (u64)__stack_chk_fail;
	return module_export_find(name);
}

static bool is_inside(const struct module *m, const void *start, size_t len)
{
	u64 at = (u64)start - (u64)m->base;

	return at < m->size && len <= m->size - at;
}

static bool is_text(const struct module *m, const char *s)
{
	u64 at = (u64)s - (u64)m->base;

	return is_inside(m, s, 1) && strnlen(s, m->size - at) < m->size - at;
}

static bool is_code(const struct module *m, const void *fn)
{
	return (u64)fn - (u64)m->base < m->text_size;
}

/* True if MODULE() has made it, and not something else of the same name. */
static bool info_is_good(const struct module *m)
{
	const struct module_info *info = m->info;

	if ((u64)info % _Alignof(struct module_info) || !is_text(m, info->name) ||
	    !is_text(m, info->version) || !is_code(m, (const void *)info->init))
		return false;
	if ((info->exit && !is_code(m, (const void *)info->exit)) ||
	    (info->description && !is_text(m, info->description)) ||
	    (info->author && !is_text(m, info->author)))
		return false;
	return !info->nr_params ||
	       (info->nr_params < m->size &&
		is_inside(m, info->params, info->nr_params * sizeof(*info->params)));
}

/* Without memory a backtrace names fewer functions, and that is all. */
static void note_functions(struct module *m, const struct module_elf *elf)
{
	u32 count = module_elf_functions(elf, 0, NULL, FUNCTIONS_MAX);

	m->symbols = count ? kmalloc(count * sizeof(*m->symbols)) : NULL;
	if (m->symbols)
		m->nr_symbols = module_elf_functions(elf, (u64)m->base, m->symbols, count);
}

static int load(struct module *m, const struct module_elf *elf)
{
	size_t info;
	u64 base;

	if (!module_elf_object(elf, "this_module", sizeof(*m->info), &info))
		return -ENOEXEC;
	base = memory_alloc(elf->size);
	if (!base)
		return -ENOMEM;
	if (!module_elf_link(elf, (u8 *)base, base, lookup)) {
		memory_free(base, elf->size);
		return -ENOEXEC;
	}
	memory_protect(elf, base);
	m->base = (void *)base;
	m->size = elf->size;
	m->text_size = elf->part_end[MODULE_TEXT];
	m->info = (const struct module_info *)(base + info);
	if (!info_is_good(m)) {
		snprintf(elf->why, MODULE_WHY_MAX, "not a module: this_module is not MODULE()'s");
		memory_free(base, elf->size);
		return -ENOEXEC;
	}
	note_functions(m, elf);
	return 0;
}

int arch_module_load(struct module *m, const u8 *bytes, size_t len, char why[MODULE_WHY_MAX])
{
	struct module_elf elf;
	int err = module_elf_open(&elf, bytes, len, why);

	if (err)
		return err;
	err = load(m, &elf);
	module_elf_close(&elf);
	return err;
}

void arch_module_unload(struct module *m)
{
	kfree(m->symbols);
	memory_free((u64)m->base, m->size);
}
