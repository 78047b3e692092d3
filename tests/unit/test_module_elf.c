/* A module's file: what becomes of a good one, and what is said of a bad one. */
#include "kern.h"

#include <string.h>

#include "kernel/elf.h"
#include "kernel/init.h"
#include "kernel/module_elf.h"
#include "kernel/mm.h"

void *malloc(size_t size);
void free(void *ptr);

#define BASE 0xffffffffa0000000UL
#define IN_KERNEL 0xffffffff80123456UL /* where lookup() says that kernel_name is */

/* ---- an object file ---- */

enum {
	S_NULL,
	S_TEXT,
	S_RODATA,
	S_DATA,
	S_BSS,
	S_DEBUG,
	S_RELA,
	S_RELA_DEBUG,
	S_SYMTAB,
	S_STRTAB,
	SECTIONS
};
enum { Y_NULL, Y_TEXT, Y_RODATA, Y_DATA, Y_KERNEL, Y_FUNC, Y_INFO, Y_ABS, SYMBOLS };
enum { R_CALL, R_ABS64, R_ABS32S, R_PC32, R_ABS32, R_PC64, RELOCS };

static const char names[] = "\0kernel_name\0mine_init\0this_module\0five";
#define NAME_KERNEL 1
#define NAME_FUNC 13
#define NAME_INFO 23
#define NAME_ABS 35

static struct file {
	struct elf64_ehdr eh;
	struct elf64_shdr sh[SECTIONS];
	u8 text[64], rodata[40], data[100], debug[16];
	struct elf64_rela rela[RELOCS], rela_debug[1];
	struct elf64_sym sym[SYMBOLS];
	char strtab[sizeof(names)];
} f;

#define AT(field) .sh_offset = offsetof(struct file, field), .sh_size = sizeof(f.field)
#define SYM_INFO(bind, type) (u8)((bind) << 4 | (type))
#define RELA(at, symbol, type, addend)                                                             \
	{                                                                                          \
		(at), (u64)(symbol) << 32 | (type), (addend)                                       \
	}

static void make_file(void)
{
	f = (struct file){
		.eh = { .e_ident = ELF_IDENT, .e_type = ET_REL, .e_machine = EM_X86_64,
			.e_shoff = offsetof(struct file, sh),
			.e_shentsize = sizeof(struct elf64_shdr), .e_shnum = SECTIONS },
		.sh = {
			[S_TEXT] = { .sh_type = SHT_PROGBITS, .sh_flags = SHF_ALLOC | SHF_EXECINSTR,
				     .sh_addralign = 16, AT(text) },
			[S_RODATA] = { .sh_type = SHT_PROGBITS, .sh_flags = SHF_ALLOC, AT(rodata) },
			[S_DATA] = { .sh_type = SHT_PROGBITS, .sh_flags = SHF_ALLOC | SHF_WRITE,
				     .sh_addralign = 8, AT(data) },
			[S_BSS] = { .sh_type = SHT_NOBITS, .sh_flags = SHF_ALLOC | SHF_WRITE,
				    .sh_addralign = 64, .sh_size = 5000, .sh_offset = 1UL << 60 },
			[S_DEBUG] = { .sh_type = SHT_PROGBITS, AT(debug) },
			[S_RELA] = { .sh_type = SHT_RELA, .sh_link = S_SYMTAB, .sh_info = S_TEXT,
				     .sh_entsize = sizeof(struct elf64_rela), AT(rela) },
			[S_RELA_DEBUG] = { .sh_type = SHT_RELA, .sh_link = S_SYMTAB,
					   .sh_info = S_DEBUG,
					   .sh_entsize = sizeof(struct elf64_rela), AT(rela_debug) },
			[S_SYMTAB] = { .sh_type = SHT_SYMTAB, .sh_link = S_STRTAB,
				       .sh_entsize = sizeof(struct elf64_sym), AT(sym) },
			[S_STRTAB] = { .sh_type = SHT_STRTAB, AT(strtab) },
		},
		.rela = {
			[R_CALL] = RELA(1, Y_KERNEL, R_X86_64_PLT32, -4),
			[R_ABS64] = RELA(8, Y_DATA, R_X86_64_64, 12),
			[R_ABS32S] = RELA(16, Y_RODATA, R_X86_64_32S, 3),
			[R_PC32] = RELA(20, Y_FUNC, R_X86_64_PC32, -4),
			[R_ABS32] = RELA(24, Y_ABS, R_X86_64_32, 1),
			[R_PC64] = RELA(56, Y_TEXT, R_X86_64_PC64, 0),
		},
		.rela_debug = { RELA(0, Y_NULL, 99, 0) },
		.sym = {
			[Y_TEXT] = { .st_shndx = S_TEXT, .st_info = SYM_INFO(0, 3) },
			[Y_RODATA] = { .st_shndx = S_RODATA, .st_info = SYM_INFO(0, 3) },
			[Y_DATA] = { .st_shndx = S_DATA, .st_info = SYM_INFO(0, 3) },
			[Y_KERNEL] = { .st_name = NAME_KERNEL, .st_info = SYM_INFO(STB_GLOBAL, 0) },
			[Y_FUNC] = { .st_name = NAME_FUNC, .st_shndx = S_TEXT, .st_value = 48,
				     .st_info = SYM_INFO(0, STT_FUNC) },
			[Y_INFO] = { .st_name = NAME_INFO, .st_shndx = S_RODATA, .st_value = 8,
				     .st_info = SYM_INFO(STB_GLOBAL, STT_OBJECT) },
			[Y_ABS] = { .st_name = NAME_ABS, .st_shndx = SHN_ABS, .st_value = 5 },
		},
	};
	memset(f.text, 0x90, sizeof(f.text));
	memset(f.rodata, 0x52, sizeof(f.rodata));
	memset(f.data, 0x44, sizeof(f.data));
	memcpy(f.strtab, names, sizeof(names));
}

static u64 lookup(const char *name)
{
	return strcmp(name, "kernel_name") == 0 ? IN_KERNEL : 0;
}

/* ---- loading it ---- */

static char why[MODULE_WHY_MAX];
static u8 *memory;
static struct module_elf elf;

/*
 * Runs all steps on @len bytes that lie at an odd address with nothing behind them, in memory of
 * its exact size: true if they are a module. Then close_file().
 */
static bool open_file(const void *bytes, size_t len)
{
	u8 *copy = malloc(len + 1);
	size_t offset;
	bool good;

	memcpy(copy + 1, bytes, len);
	strcpy(why, "");
	memory = NULL;
	good = module_elf_open(&elf, copy + 1, len, why) == 0;
	if (good) {
		assert_true(elf.size && elf.size % PAGE_SIZE == 0);
		memory = malloc(elf.size);
		memset(memory, 0, elf.size);
		good = module_elf_object(&elf, "this_module", 32, &offset) &&
		       module_elf_link(&elf, memory, BASE, lookup);
		module_elf_functions(&elf, BASE, NULL, 1000);
		if (good)
			assert_true(offset <= elf.size - 32);
		module_elf_close(&elf);
	}
	free(copy);
	assert_true(good || why[0]);
	assert_null(strchr(why, '\n'));
	return good;
}

static void close_file(void)
{
	free(memory);
}

/* Asserts that the file is refused for a reason that has @text in it. */
static void refused(const char *text)
{
	if (open_file(&f, sizeof(f)))
		fail_msg("taken, but: %s", text);
	if (!strstr(why, text))
		fail_msg("'%s', not '%s'", why, text);
	close_file();
	make_file();
}

static int setup(void **state)
{
	make_file();
	return 0;
}

static u64 word(size_t at, size_t width)
{
	u64 v = 0;

	memcpy(&v, memory + at, width);
	return v;
}

/* ---- good ones ---- */

static void each_part_lies_on_pages_of_its_own(void **state)
{
	assert_true(open_file(&f, sizeof(f)));
	assert_int_equal(elf.part_start[MODULE_TEXT], 0);
	assert_int_equal(elf.part_end[MODULE_TEXT], PAGE_SIZE);
	assert_int_equal(elf.part_start[MODULE_RODATA], PAGE_SIZE);
	assert_int_equal(elf.part_start[MODULE_DATA], 2 * PAGE_SIZE);
	assert_int_equal(elf.size, 4 * PAGE_SIZE);
	assert_int_equal(memory[0], 0x90);
	assert_int_equal(memory[PAGE_SIZE], 0x52);
	assert_int_equal(memory[PAGE_SIZE + 39], 0x52);
	assert_int_equal(memory[2 * PAGE_SIZE + 99], 0x44);
	assert_int_equal(memory[2 * PAGE_SIZE + 128], 0); /* .bss */
	close_file();
}

static void relocations_are_computed_as_the_ABI_says(void **state)
{
	const u64 data = BASE + 2 * PAGE_SIZE, rodata = BASE + PAGE_SIZE;

	assert_true(open_file(&f, sizeof(f)));
	assert_int_equal(word(1, 4), (u32)(IN_KERNEL - 4 - (BASE + 1)));
	assert_int_equal(word(8, 8), data + 12);
	assert_int_equal(word(16, 4), (u32)(rodata + 3));
	assert_int_equal(word(20, 4), (u32)(48 - 4 - 20));
	assert_int_equal(word(24, 4), 6);
	assert_int_equal(word(56, 8), (u64)-56);
	assert_int_equal(memory[0], 0x90);
	assert_int_equal(memory[5], 0x90);
	assert_int_equal(memory[28], 0x90);
	close_file();
}

static void names_for_backtraces(void **state)
{
	struct module_symbol symbols[4];

	assert_int_equal(module_elf_open(&elf, &f, sizeof(f), why), 0);
	assert_int_equal(module_elf_functions(&elf, BASE, NULL, 4), 1);
	assert_int_equal(module_elf_functions(&elf, BASE, symbols, 4), 1);
	assert_string_equal(symbols[0].name, "mine_init");
	assert_int_equal(symbols[0].addr, BASE + 48);
	module_elf_close(&elf);
}

static void a_weak_name_may_be_missing(void **state)
{
	f.sym[Y_KERNEL].st_name = NAME_ABS;
	f.sym[Y_KERNEL].st_info = SYM_INFO(STB_WEAK, 0);
	f.rela[R_CALL].r_info = (u64)Y_KERNEL << 32 | R_X86_64_64;
	f.rela[R_CALL].r_offset = 40;
	assert_true(open_file(&f, sizeof(f)));
	assert_int_equal(word(40, 8), (u64)-4);
	close_file();
}

/* ---- bad ones ---- */

static void headers_that_lie(void **state)
{
	f.eh.e_ident[0] = 'E';
	refused("no ELF64 header");
	f.eh.e_ident[4] = 1; /* 32 bits */
	refused("no ELF64 header");
	f.eh.e_machine = 40;
	refused("another machine");
	f.eh.e_type = 2;
	refused("not a relocatable object file");
	f.eh.e_shentsize = 40;
	refused("of a wrong size");
	f.eh.e_shnum = 0;
	refused("no sections");
	f.eh.e_shnum = 0xffff;
	refused("too many");
	f.eh.e_shoff = sizeof(f) - 10;
	refused("cut off");
	f.eh.e_shoff = UINT64_MAX - 10;
	refused("cut off");
}

static void sections_that_lie(void **state)
{
	f.sh[S_TEXT].sh_offset = sizeof(f);
	refused("section 1 is cut off");
	f.sh[S_TEXT].sh_size = UINT64_MAX;
	refused("section 1 is cut off");
	f.sh[S_DEBUG].sh_size = sizeof(f);
	refused("section 5 is cut off");
	f.sh[S_TEXT].sh_flags |= SHF_WRITE;
	refused("section 1 is both writable and executable");
	f.sh[S_DATA].sh_addralign = 24;
	refused("section 3 has an impossible alignment");
	f.sh[S_DATA].sh_addralign = 2 * PAGE_SIZE;
	refused("alignment");
	f.sh[S_BSS].sh_flags |= SHF_TLS;
	refused("thread-local");
	f.sh[S_DATA].sh_type = SHT_INIT_ARRAY;
	refused("constructors");
	f.sh[S_BSS].sh_size = 1UL << 40;
	refused("section 4 is too large");
	f.sh[S_BSS].sh_size = MODULE_SIZE_MAX - PAGE_SIZE;
	refused("too large");
	for (u32 n = 0; n < SECTIONS; n++)
		f.sh[n].sh_flags = 0;
	refused("empty");
}

static void tables_that_lie(void **state)
{
	f.sh[S_SYMTAB].sh_type = SHT_NOTE;
	refused("no symbol table");
	f.sh[S_DEBUG] = f.sh[S_SYMTAB];
	refused("two symbol tables");
	f.sh[S_SYMTAB].sh_entsize = 16;
	refused("is no good symbol table");
	f.sh[S_SYMTAB].sh_link = SECTIONS;
	refused("is no good symbol table");
	f.sh[S_SYMTAB].sh_link = S_TEXT;
	refused("no good table of names");
	f.strtab[sizeof(f.strtab) - 1] = 'x';
	refused("no good table of names");
	f.sh[S_NULL] = f.sh[S_STRTAB];
	f.sh[S_NULL].sh_offset = 1UL << 40;
	f.sh[S_SYMTAB].sh_link = S_NULL;
	refused("section 0 is cut off");
}

static void names_that_are_not_there(void **state)
{
	strcpy(f.strtab + NAME_KERNEL, "kernel\033nam");
	refused("modules/exports.c does not list: kernel?nam");
	f.sym[Y_KERNEL].st_name = 1 << 30;
	refused("does not list: ");
	f.sym[Y_INFO].st_name = NAME_FUNC;
	refused("it has no MODULE()");
	f.sym[Y_INFO].st_value = 9; /* then it ends behind its section */
	refused("it has no MODULE()");
	f.sym[Y_INFO].st_shndx = S_TEXT;
	refused("it has no MODULE()");
	f.sym[Y_INFO].st_shndx = SHN_UNDEF;
	refused("it has no MODULE()");
	f.sym[Y_FUNC].st_shndx = S_DEBUG;
	refused("lies nowhere: mine_init");
	f.sym[Y_FUNC].st_shndx = SHN_COMMON;
	refused("lies nowhere");
	f.sym[Y_FUNC].st_shndx = SECTIONS;
	refused("lies nowhere");
	f.sym[Y_FUNC].st_value = sizeof(f.text) + 1;
	refused("lies nowhere");
	f.sym[Y_FUNC].st_value = UINT64_MAX;
	refused("lies nowhere");
}

static void relocations_that_lie(void **state)
{
	f.rela[R_CALL].r_info = (u64)Y_KERNEL << 32 | 42;
	refused("unknown type 42");
	f.rela[R_CALL].r_info = (u64)SYMBOLS << 32 | R_X86_64_PC32;
	refused("names no symbol");
	f.rela[R_CALL].r_offset = sizeof(f.text) - 3;
	refused("outside its section");
	f.rela[R_ABS64].r_offset = sizeof(f.text) - 7;
	refused("outside its section");
	f.rela[R_CALL].r_offset = UINT64_MAX - 1;
	refused("outside its section");
	f.rela[R_ABS32S].r_addend = 1L << 40;
	refused("type 11 does not reach");
	f.rela[R_ABS32].r_addend = 1L << 32;
	refused("type 10 does not reach");
	f.rela[R_PC32].r_addend = 1L << 31;
	refused("type 2 does not reach");
	f.sh[S_RELA].sh_type = SHT_REL;
	refused("no good relocations");
	f.sh[S_RELA].sh_entsize = 16;
	refused("no good relocations");
	f.sh[S_RELA].sh_link = S_STRTAB;
	refused("no good relocations");
	f.sh[S_RELA].sh_link = 1000;
	refused("no good relocations");
	f.sh[S_RELA].sh_info = 1000; /* relocates nothing that is loaded */
	assert_true(open_file(&f, sizeof(f)));
	close_file();
}

static void a_file_that_is_cut_off_anywhere(void **state)
{
	for (size_t len = 0; len < sizeof(f); len++) {
		assert_false(open_file(&f, len));
		close_file();
	}
}

static void a_file_with_wrong_bytes(void **state)
{
	struct mem_info before, after;
	int good = 0;

	mem_info(&before);
	for (int round = 0; round < 20000; round++) {
		u8 *bytes = (u8 *)&f;

		for (u32 n = test_random() % 4; n-- > 0;)
			bytes[test_random() % sizeof(f)] = (u8)test_random();
		good += open_file(&f, sizeof(f));
		close_file();
		make_file();
	}
	assert_true(good > 1000 && good < 19000);
	mem_info(&after);
	assert_true(before.free - after.free < 100000);
}

/* ---- what modules may use ---- */

static void each_export_is_listed_once(void **state)
{
	assert_true(module_export_find("kmalloc") == (u64)kmalloc);
	assert_int_equal(module_export_find("kmallo"), 0);
	assert_int_equal(module_export_find(""), 0);
	for (size_t i = 0; i < nr_module_exports; i++)
		assert_true(module_export_find(module_exports[i].name) ==
			    (u64)module_exports[i].addr);
}

static int boot(void **state)
{
	kern_start("");
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(each_part_lies_on_pages_of_its_own, setup),
		cmocka_unit_test_setup(relocations_are_computed_as_the_ABI_says, setup),
		cmocka_unit_test_setup(names_for_backtraces, setup),
		cmocka_unit_test_setup(a_weak_name_may_be_missing, setup),
		cmocka_unit_test_setup(headers_that_lie, setup),
		cmocka_unit_test_setup(sections_that_lie, setup),
		cmocka_unit_test_setup(tables_that_lie, setup),
		cmocka_unit_test_setup(names_that_are_not_there, setup),
		cmocka_unit_test_setup(relocations_that_lie, setup),
		cmocka_unit_test_setup(a_file_that_is_cut_off_anywhere, setup),
		cmocka_unit_test_setup(a_file_with_wrong_bytes, setup),
		cmocka_unit_test(each_export_is_listed_once),
	};

	return cmocka_run_group_tests(tests, boot, NULL);
}
