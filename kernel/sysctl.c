/*
 * Tunables: an int each, with bounds, that the command line (sysctl.<name>=) sets at boot and /proc/sys shows and sets later.
 */
#include <abi/errno.h>
#include <abi/fcntl.h>
#include <string.h>

#include "kernel/cmdline.h"
#include "kernel/mm.h"
#include "kernel/printk.h"
#include "kernel/proc_node.h"

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* One decimal integer with white space around it, and nothing else. */
static bool parse_int(const char *s, int *value)
{
	bool negative = false;
	s64 n = 0;

	while (is_space(*s))
		s++;
	if (*s == '-' || *s == '+')
		negative = *s++ == '-';
	if (*s < '0' || *s > '9')
		return false;
	for (; *s >= '0' && *s <= '9'; s++) {
		n = n * 10 + (*s - '0');
		if (n > -(s64)INT32_MIN)
			return false;
	}
	while (is_space(*s))
		s++;
	n = negative ? -n : n;
	*value = (int)n;
	return *s == '\0' && n <= INT32_MAX;
}

static int sysctl_set(const struct ctl_entry *ctl, const char *text)
{
	int value;

	if (!parse_int(text, &value) || value < ctl->min || value > ctl->max)
		return -EINVAL;
	*ctl->value = value;
	if (ctl->changed)
		ctl->changed();
	return 0;
}

void sysctl_show(const struct ctl_entry *ctl, struct seq_file *s)
{
	seq_printf(s, "%d\n", *ctl->value);
}

ssize_t sysctl_write(const struct ctl_entry *ctl, const char *text, size_t len)
{
	int err = sysctl_set(ctl, text);

	return err ? err : (ssize_t)len;
}

/* What the command line says of @ctl; the last word counts. */
static void sysctl_from_cmdline(const struct ctl_entry *ctl)
{
	char word[PATH_MAX];
	const char *value, *text = NULL;

	snprintf(word, sizeof(word), "sysctl.%s", ctl->name);
	for (int n = 0; (value = cmdline_get(word, n)); n++)
		text = value;
	if (text && sysctl_set(ctl, text))
		printk(KERN_ERR "%s=%s: want a number from %d to %d\n", word, text, ctl->min,
		       ctl->max);
}

/* "net.ipv4.ip_forward" to "sys/net/ipv4/ip_forward", in memory of its own. */
static char *sysctl_path(const char *name)
{
	char path[PATH_MAX], *dot;

	snprintf(path, sizeof(path), "sys.%s", name);
	for (dot = path; (dot = strchr(dot, '.')); dot++)
		*dot = '/';
	return kstrdup(path);
}

void sysctl_register(const struct ctl_entry *entries, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char *path = sysctl_path(entries[i].name);

		if (!path || !proc_node_add(path, NULL, &entries[i])) {
			printk(KERN_ERR "sysctl %s: no memory\n", entries[i].name);
			kfree(path);
		}
		sysctl_from_cmdline(&entries[i]);
	}
}

void sysctl_unregister(const struct ctl_entry *entries, size_t count)
{
	for (size_t i = 0; i < count; i++)
		kfree((void *)proc_node_remove(&entries[i]));
}
