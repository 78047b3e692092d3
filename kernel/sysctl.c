/*
 * Tunables: an int or a few, with bounds, or a text, that the command line (sysctl.<name>=) sets at
 * boot and /proc/sys shows and sets later.
 */
#include <abi/errno.h>
#include <abi/fcntl.h>
#include <string.h>

#include "kernel/cmdline.h"
#include "kernel/init.h"
#include "kernel/mm.h"
#include "kernel/printk.h"
#include "kernel/proc_node.h"

#define SYSCTL_MAX_TEXT 256

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static const char *skip_space(const char *s)
{
	while (is_space(*s))
		s++;
	return s;
}

static u32 digit(char c)
{
	if (c >= '0' && c <= '9')
		return (u32)(c - '0');
	c |= 'a' ^ 'A';
	return c >= 'a' && c <= 'f' ? (u32)(c - 'a' + 10) : UINT32_MAX;
}

/* "0x" begins a hexadecimal number, "0" an octal one, as in Linux. */
static u32 parse_base(const char **s)
{
	if ((*s)[0] != '0')
		return 10;
	if ((*s)[1] != 'x' && (*s)[1] != 'X')
		return 8;
	*s += 2;
	return 16;
}

/* One integer, white space before it; returns what comes behind it, NULL: there is none. */
static const char *parse_int(const char *s, int *value)
{
	bool negative = false;
	s64 n = 0;
	u32 base;

	s = skip_space(s);
	if (*s == '-' || *s == '+')
		negative = *s++ == '-';
	base = parse_base(&s);
	if (digit(*s) >= base)
		return NULL;
	for (; digit(*s) < base; s++) {
		n = n * base + digit(*s);
		if (n > -(s64)INT32_MIN)
			return NULL;
	}
	n = negative ? -n : n;
	*value = (int)n;
	return n <= INT32_MAX && (*s == '\0' || is_space(*s)) ? s : NULL;
}

static u32 sysctl_count(const struct ctl_entry *ctl)
{
	return ctl->count ? ctl->count : 1;
}

/* A text, without the white space around it. */
static int sysctl_set_text(const struct ctl_entry *ctl, const char *text)
{
	char word[SYSCTL_MAX_TEXT];
	size_t n;

	text = skip_space(text);
	n = strlen(text);
	while (n && is_space(text[n - 1]))
		n--;
	if (!ctl->set)
		return -EACCES;
	if (n >= sizeof(word))
		return -EINVAL;
	memcpy(word, text, n);
	word[n] = '\0';
	return ctl->set(word);
}

static int sysctl_set(const struct ctl_entry *ctl, const char *text)
{
	int value[SYSCTL_MAX_COUNT];
	u32 n = sysctl_count(ctl);

	if (ctl->show)
		return sysctl_set_text(ctl, text);
	for (u32 i = 0; i < n; i++) {
		text = parse_int(text, &value[i]);
		if (!text || value[i] < ctl->min || value[i] > ctl->max)
			return -EINVAL;
	}
	if (*skip_space(text))
		return -EINVAL;
	memcpy(ctl->value, value, n * sizeof(value[0]));
	if (ctl->changed)
		ctl->changed();
	return 0;
}

void sysctl_show(const struct ctl_entry *ctl, struct seq_file *s)
{
	if (ctl->show) {
		ctl->show(s);
		return;
	}
	for (u32 i = 0; i < sysctl_count(ctl); i++)
		seq_printf(s, i ? "\t%d" : "%d", ctl->value[i]);
	seq_puts(s, "\n");
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
	if (!text || !sysctl_set(ctl, text))
		return;
	if (ctl->show)
		printk(KERN_ERR "%s=%s: not one of its values\n", word, text);
	else
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

static void check_word(const char *name, const char *value)
{
	struct proc_node *node = NULL;
	char *path;

	if (strncmp(name, "sysctl.", 7))
		return;
	path = sysctl_path(name + 7);
	if (path)
		node = proc_node_find(path);
	if (!node || !node->ctl)
		printk(KERN_ERR "%s=%s: no such tunable\n", name, value);
	kfree(path);
}

void sysctl_check_cmdline(void)
{
	cmdline_for_each(check_word);
}

void sysctl_unregister(const struct ctl_entry *entries, size_t count)
{
	for (size_t i = 0; i < count; i++)
		kfree((void *)proc_node_remove(NULL, &entries[i]));
}
