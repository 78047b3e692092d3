/*
 * A plug-in for QEMU's TCG: how often each block of translated code has run, in a file that others
 * may map and read at any time. profile.py makes functions of it. Counting is one addition a block,
 * without atomics: right for a guest with one processor.
 *
 *	-plugin tb_count.so,table=PATH
 *
 * The file: struct table. QEMU's header is not part of the distribution's package, so what is used
 * of its interface (version 1) is declared here.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))
#define INLINE_ADD_U64 0
#define MAX_BLOCKS (1u << 20)

struct qemu_plugin_tb;
typedef uint64_t plugin_id;

void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id,
					   void (*cb)(plugin_id, struct qemu_plugin_tb *));
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *tb, int op, void *ptr,
					      uint64_t imm);

EXPORT int qemu_plugin_version = 1;
EXPORT int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv);

struct table {
	uint64_t used; /* blocks; a block that is translated anew gets another entry */
	struct block {
		uint64_t address, instructions, runs;
	} blocks[MAX_BLOCKS];
};

static struct table *table;

static void translated(plugin_id id, struct qemu_plugin_tb *tb)
{
	struct block *b;

	(void)id;
	if (table->used == MAX_BLOCKS)
		return;
	b = &table->blocks[table->used];
	b->address = qemu_plugin_tb_vaddr(tb);
	b->instructions = qemu_plugin_tb_n_insns(tb);
	table->used++;
	qemu_plugin_register_vcpu_tb_exec_inline(tb, INLINE_ADD_U64, &b->runs, 1);
}

EXPORT int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv)
{
	int fd;

	(void)info;
	if (argc != 1 || strncmp(argv[0], "table=", 6)) {
		fprintf(stderr, "tb_count: table=PATH is missing\n");
		return -1;
	}
	fd = open(argv[0] + 6, O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (fd < 0 || ftruncate(fd, sizeof(*table)) < 0) {
		perror(argv[0] + 6);
		return -1;
	}
	table = mmap(NULL, sizeof(*table), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (table == MAP_FAILED)
		return -1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	return 0;
}
