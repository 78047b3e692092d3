/*
 * Multiboot2 boot information (Multiboot2 specification 2.0, §3.6), as GRUB makes it: a sequence of
 * tags, each on a multiple of 8.
 */
#include "kernel/arch.h"

#include "acpi.h"
#include "bootinfo.h"
#include "memory.h"
#include "start.h"

enum mb2_tag_type {
	MB2_END = 0,
	MB2_CMDLINE = 1,
	MB2_MODULE = 3,
	MB2_MMAP = 6,
	MB2_RSDP_V1 = 14,
	MB2_RSDP_V2 = 15,
};

struct mb2_tag {
	u32 type;
	u32 size; /* with this header */
};

struct mb2_module {
	struct mb2_tag tag;
	u32 start, end;
	char cmdline[];
};

struct mb2_mmap {
	struct mb2_tag tag;
	u32 entry_size;
	u32 entry_version;
	u8 entries[];
};

struct mb2_mmap_entry {
	u64 addr;
	u64 len;
	u32 type;
	u32 reserved;
};

static bool mb2_read_memory(const struct mb2_mmap *map)
{
	u32 left = map->tag.size - sizeof(*map);
	const u8 *p = map->entries;

	if (map->entry_size < sizeof(struct mb2_mmap_entry))
		return false;
	for (; left >= map->entry_size; left -= map->entry_size, p += map->entry_size) {
		const struct mb2_mmap_entry *e = (const void *)p;

		memory_add(e->addr, e->len, e->type);
	}
	return true;
}

static void mb2_read_module(const struct mb2_module *mod)
{
	if (mod->end > mod->start)
		bootinfo_add_module(mod->start, mod->end - mod->start);
}

void multiboot2_read(u64 phys)
{
	const u8 *info = arch_phys_to_virt(phys);
	u32 total = *(const u32 *)info;
	bool have_memory = false;

	for (u32 at = 8; at + sizeof(struct mb2_tag) <= total;) {
		const struct mb2_tag *tag = (const void *)(info + at);

		if (tag->type == MB2_END || tag->size < sizeof(*tag) || tag->size > total - at)
			break;
		if (tag->type == MB2_CMDLINE)
			bootinfo_set_cmdline((const char *)(tag + 1));
		else if (tag->type == MB2_MODULE)
			mb2_read_module((const void *)tag);
		else if (tag->type == MB2_MMAP)
			have_memory = mb2_read_memory((const void *)tag);
		else if (tag->type == MB2_RSDP_V1 || tag->type == MB2_RSDP_V2)
			acpi_set_rsdp(tag + 1);
		at += ALIGN_UP(tag->size, 8U);
	}
	if (!have_memory)
		boot_fail("the loader gave no memory map");
}
