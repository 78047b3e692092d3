/*
 * A module's file from bytes: whatever it says, it is refused in one line, or lies in its memory
 * and nowhere else.
 */
#include <stdlib.h>
#include <string.h>

#include "kernel/arch/host/skbox.h"
#include "kernel/mm.h"
#include "kernel/module_elf.h"
#include "kernel/printk.h"

#define BASE 0xffffffffa0000000UL
#define FUNCTIONS 16

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	skbox_set_seed(1);
	return skbox_boot("quiet mem=16M") ? -1 : 0;
}

static u64 lookup(const char *name)
{
	return strlen(name) % 2 ? 0xffffffff80100000UL : 0;
}

static bool load(const struct module_elf *elf)
{
	struct module_symbol functions[FUNCTIONS];
	u8 *memory = malloc(elf->size);
	size_t info;
	bool good;

	memset(memory, 0, elf->size);
	good = module_elf_link(elf, memory, BASE, lookup);
	if (good && module_elf_object(elf, "this_module", 64, &info))
		memory[info + 63]++;
	for (u32 n = module_elf_functions(elf, BASE, functions, FUNCTIONS); n-- > 0;) {
		if (functions[n].addr - BASE > elf->size)
			panic("a function outside the module");
	}
	free(memory);
	return good;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);
int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	char why[MODULE_WHY_MAX] = "";
	struct module_elf elf;
	bool good = false;
	u8 *exact;

	if (!size)
		return 0;
	exact = malloc(size);
	memcpy(exact, data, size);
	if (module_elf_open(&elf, exact, size, why) == 0) {
		good = load(&elf);
		module_elf_close(&elf);
	}
	if (!good && !why[0])
		panic("refused without a reason");
	free(exact);
	return 0;
}
