/*
 * A task's own memory: runs of pages that libc's malloc asks for, on a list, so that all of it
 * comes back when the task ends.
 */
#include <abi/errno.h>
#include <string.h>

#include "kernel/cpu.h"
#include "kernel/mm.h"
#include "kernel/sched.h"

struct heap_run {
	struct list_head node;
	void *addr;
	size_t pages;
};

void *task_heap_alloc(size_t size)
{
	struct heap_run *run;

	if (size == 0 || size > SIZE_MAX - PAGE_SIZE)
		return NULL;
	run = kmalloc(sizeof(*run));
	if (!run)
		return NULL;
	run->pages = ALIGN_UP(size, PAGE_SIZE) / PAGE_SIZE;
	run->addr = alloc_page_run(run->pages);
	if (!run->addr) {
		kfree(run);
		return NULL;
	}
	memset(run->addr, 0, run->pages * PAGE_SIZE);
	list_add(&run->node, &current->heap);
	return run->addr;
}

static void free_run(struct heap_run *run)
{
	list_del(&run->node);
	free_page_run(run->addr, run->pages);
	kfree(run);
}

int task_heap_free(void *addr)
{
	struct heap_run *run;

	list_for_each_entry(run, &current->heap, node) {
		if (run->addr == addr) {
			free_run(run);
			return 0;
		}
	}
	return -EINVAL;
}

void task_heap_free_all(void)
{
	while (!list_empty(&current->heap))
		free_run(list_first_entry(&current->heap, struct heap_run, node));
}
