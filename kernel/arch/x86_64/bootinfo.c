/*
 * Command line and boot modules, whichever loader brought them. The memory map goes to memory.c,
 * the RSDP to acpi.c.
 */
#include "bootinfo.h"

#include <string.h>

#include "kernel/arch.h"
#include "memory.h"
#include "start.h"

/* rootfs.S */
extern const void *const rootfs_data;
extern const size_t rootfs_size;

#define CMDLINE_MAX 2048
#define MODULES_MAX 8

struct module {
	u64 start, len;
};

static char cmdline[CMDLINE_MAX];
static struct module modules[MODULES_MAX];
static int nr_modules;

void bootinfo_set_cmdline(const char *text)
{
	size_t len = strnlen(text, CMDLINE_MAX - 1);

	memcpy(cmdline, text, len);
	cmdline[len] = '\0';
}

void bootinfo_add_module(u64 start, u64 len)
{
	if (nr_modules < MODULES_MAX && len)
		modules[nr_modules++] = (struct module){ start, len };
}

const char *bootinfo_cmdline(void)
{
	return cmdline;
}

void bootinfo_read(u32 magic, u64 info)
{
	if (magic == PVH_MAGIC)
		pvh_read(info);
	else if (magic == MULTIBOOT2_MAGIC)
		multiboot2_read(info);
	else
		boot_fail("started by a loader that speaks neither PVH nor Multiboot2");
	for (int i = 0; i < nr_modules; i++)
		memory_reserve(modules[i].start, modules[i].len);
}

bool arch_boot_module(int n, const void **data, size_t *len)
{
	if (n < 0 || n >= nr_modules)
		return false;
	*data = arch_phys_to_virt(modules[n].start);
	*len = modules[n].len;
	return true;
}

const void *arch_builtin_root(size_t *len)
{
	*len = rootfs_size;
	return rootfs_data;
}
