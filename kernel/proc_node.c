/*
 * The registered files of /proc: one list, sorted by path, in which a directory is nothing but a
 * run of neighbours with the same beginning. So nobody has to make directories, and listings come
 * out in order.
 */
#include <abi/errno.h>
#include <string.h>

#include "kernel/mm.h"
#include "kernel/printk.h"
#include "kernel/proc_node.h"

#define PROC_INO 0x10000UL

static struct list_head nodes = LIST_HEAD_INIT(nodes);
static unsigned long last_ino = PROC_INO;

/* '/' sorts before every other character, so what lies below a directory stays together. */
static int path_rank(char c)
{
	return c == '/' ? 1 : (unsigned char)c;
}

int proc_path_cmp(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return path_rank(*a) - path_rank(*b);
}

bool proc_node_add(const char *path, const struct proc_entry *entry, const struct ctl_entry *ctl)
{
	struct proc_node *node = kzalloc(sizeof(*node)), *after;

	if (!node)
		return false;
	node->refs = 1;
	node->ino = ++last_ino;
	node->path = path;
	node->entry = entry;
	node->ctl = ctl;
	list_for_each_entry(after, &nodes, list) {
		int cmp = proc_path_cmp(path, after->path);

		if (cmp == 0)
			panic("/proc/%s is registered twice", path);
		if (cmp < 0)
			break;
	}
	/* Before @after, or at the end if the loop ran out: then &after->list is the head. */
	list_add_tail(&node->list, &after->list);
	return true;
}

const char *proc_node_remove(const struct proc_entry *entry, const struct ctl_entry *ctl)
{
	struct proc_node *node;

	list_for_each_entry(node, &nodes, list) {
		const char *path = node->path;

		if (node->entry != entry || node->ctl != ctl)
			continue;
		list_del(&node->list);
		node->entry = NULL;
		node->ctl = NULL;
		node->path = NULL;
		proc_node_put(node);
		return path;
	}
	return NULL;
}

void proc_node_put(struct proc_node *node)
{
	if (--node->refs == 0)
		kfree(node);
}

struct proc_node *proc_node_find(const char *path)
{
	struct proc_node *node;

	list_for_each_entry(node, &nodes, list) {
		if (strcmp(node->path, path) == 0)
			return node;
	}
	return NULL;
}

/* What of @path lies below directory @dir, or NULL. */
static const char *below(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	if (len == 0)
		return path;
	return strncmp(path, dir, len) == 0 && path[len] == '/' ? path + len + 1 : NULL;
}

size_t proc_node_next(const char *dir, const char *last, const char **name, struct proc_node **node)
{
	size_t last_len = strlen(last);
	struct proc_node *n;

	list_for_each_entry(n, &nodes, list) {
		const char *rest = below(n->path, dir);
		size_t len;

		if (!rest || proc_path_cmp(rest, last) <= 0)
			continue;
		len = strcspn(rest, "/");
		if (len == last_len && memcmp(rest, last, len) == 0)
			continue;
		*name = rest;
		*node = rest[len] ? NULL : n;
		return len;
	}
	return 0;
}

void proc_register(const struct proc_entry *entries, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!proc_node_add(entries[i].path, &entries[i], NULL))
			panic("no memory for /proc/%s", entries[i].path);
	}
}

int proc_add(const struct proc_entry *entry)
{
	if (proc_node_find(entry->path))
		return -EEXIST;
	return proc_node_add(entry->path, entry, NULL) ? 0 : -ENOMEM;
}

void proc_remove(const struct proc_entry *entry)
{
	proc_node_remove(entry, NULL);
}
