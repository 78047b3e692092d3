/*
 * PVH start info (Xen's public hvm/start_info.h, as QEMU's -kernel makes it): version 1 carries the
 * memory map.
 */
#include "kernel/arch.h"

#include "acpi.h"
#include "bootinfo.h"
#include "memory.h"
#include "start.h"

struct pvh_start_info {
	u32 magic;
	u32 version;
	u32 flags;
	u32 nr_modules;
	u64 modlist;
	u64 cmdline;
	u64 rsdp;
	u64 memmap; /* from here on: version 1 */
	u32 memmap_entries;
	u32 reserved;
};

struct pvh_module {
	u64 start;
	u64 size;
	u64 cmdline;
	u64 reserved;
};

struct pvh_memmap_entry {
	u64 addr;
	u64 size;
	u32 type;
	u32 reserved;
};

static void pvh_read_memory(const struct pvh_start_info *info)
{
	const struct pvh_memmap_entry *map = arch_phys_to_virt(info->memmap);

	if (info->version < 1 || !info->memmap)
		boot_fail("the loader gave no memory map");
	for (u32 i = 0; i < info->memmap_entries; i++)
		memory_add(map[i].addr, map[i].size, map[i].type);
}

void pvh_read(u64 phys)
{
	const struct pvh_start_info *info = arch_phys_to_virt(phys);
	const struct pvh_module *modules = arch_phys_to_virt(info->modlist);

	if (info->magic != PVH_MAGIC)
		boot_fail("the PVH start info is damaged");
	pvh_read_memory(info);
	if (info->cmdline)
		bootinfo_set_cmdline(arch_phys_to_virt(info->cmdline));
	for (u32 i = 0; info->modlist && i < info->nr_modules; i++)
		bootinfo_add_module(modules[i].start, modules[i].size);
	if (info->rsdp)
		acpi_set_rsdp(arch_phys_to_virt(info->rsdp));
}
