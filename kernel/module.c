/*
 * The modules that are in the kernel: loading and unloading by system call, references, and
 * /proc/modules. What a file is and how its code gets into memory is the machine's business:
 * arch_module_load.
 */
#include <abi/errno.h>
#include <string.h>

#include "kernel/file.h"
#include "kernel/mm.h"
#include "kernel/module_load.h"
#include "kernel/printk.h"
#include "kernel/seq_file.h"
#include "kernel/syscall.h"
#include "kernel/uaccess.h"

#define PARAMS_MAX 1024

static struct list_head modules = LIST_HEAD_INIT(modules);

static struct module *module_find(const char *name)
{
	struct module *m;

	list_for_each_entry(m, &modules, list) {
		if (strcmp(m->info->name, name) == 0)
			return m;
	}
	return NULL;
}

/* ---- references ---- */

bool module_get(const struct module_info *info)
{
	struct module *m = module_find(info->name);

	if (!m || m->state == MODULE_UNLOADING)
		return false;
	m->refs++;
	return true;
}

void module_put(const struct module_info *info)
{
	struct module *m = module_find(info->name);

	BUG_ON(!m || !m->refs);
	m->refs--;
}

/* ---- from a file to a module and back ---- */

static bool name_is_good(const char *name)
{
	size_t n = strnlen(name, MODULE_NAME_MAX + 1);

	return n && n <= MODULE_NAME_MAX && strcspn(name, " /\t\n") == n;
}

static void module_free(struct module *m)
{
	arch_module_unload(m);
	kfree(m);
}

/* In memory, but not in the list yet. */
static int module_make(const u8 *bytes, size_t len, struct module **out, char why[MODULE_WHY_MAX])
{
	struct module *m = kzalloc(sizeof(*m));
	int err;

	if (!m)
		return -ENOMEM;
	err = arch_module_load(m, bytes, len, why);
	if (err) {
		kfree(m);
		return err;
	}
	*out = m;
	if (strcmp(m->info->version, MODULE_VERSION) != 0)
		snprintf(why, MODULE_WHY_MAX, "made for %.40s, this is " MODULE_VERSION,
			 m->info->version);
	else if (!name_is_good(m->info->name) || !m->info->init)
		snprintf(why, MODULE_WHY_MAX, "has no name or no init function");
	else
		return 0;
	module_free(m);
	return -ENOEXEC;
}

/* @m gets its parameters and starts to live. */
static int module_start(struct module *m, char *params, char why[MODULE_WHY_MAX])
{
	int err;

	if (module_find(m->info->name)) {
		snprintf(why, MODULE_WHY_MAX, "%s is loaded already", m->info->name);
		return -EEXIST;
	}
	err = module_params_parse(m->info, params, why);
	if (err)
		return err;
	list_add_tail(&m->list, &modules);
	err = m->info->init();
	if (err) {
		list_del(&m->list);
		snprintf(why, MODULE_WHY_MAX, "%s: its init function says error %d", m->info->name,
			 -err);
		return err < 0 ? err : -EINVAL;
	}
	m->state = MODULE_LIVE;
	return 0;
}

static int module_insert(const u8 *bytes, size_t len, char *params)
{
	char why[MODULE_WHY_MAX] = "no memory";
	struct module *m;
	int err = module_make(bytes, len, &m, why);

	if (!err) {
		err = module_start(m, params, why);
		if (err)
			module_free(m);
	}
	if (err)
		printk(KERN_ERR "module: %s\n", why);
	return err;
}

static int module_remove(const char *name)
{
	struct module *m = module_find(name);

	if (!m)
		return -ENOENT;
	if (m->refs || m->state != MODULE_LIVE || !m->info->exit)
		return -EBUSY;
	m->state = MODULE_UNLOADING;
	m->info->exit();
	list_del(&m->list);
	module_free(m);
	return 0;
}

/* ---- files ---- */

/* All of @f, in memory for the caller to free. */
static int read_whole(struct file *f, u8 **bytes, size_t *len)
{
	struct stat st;
	ssize_t n = 0;
	u8 *buf;

	if (!f->ops->read || !f->ops->stat || f->ops->stat(f, &st) || !S_ISREG(st.st_mode))
		return -EINVAL;
	if (st.st_size <= 0 || (size_t)st.st_size > MODULE_FILE_MAX)
		return -ENOEXEC;
	buf = kmalloc((size_t)st.st_size);
	if (!buf)
		return -ENOMEM;
	f->pos = 0;
	for (*len = 0; *len < (size_t)st.st_size; *len += (size_t)n) {
		n = f->ops->read(f, buf + *len, (size_t)st.st_size - *len);
		if (n <= 0)
			break;
	}
	if (n < 0) {
		kfree(buf);
		return (int)n;
	}
	*bytes = buf;
	return 0;
}

static int read_fd(int fd, u8 **bytes, size_t *len)
{
	struct file *f = fget(fd);
	int err;

	if (!f)
		return -EBADF;
	err = read_whole(f, bytes, len);
	fput(f);
	return err;
}

/* ---- system calls ---- */

long sys_finit_module(int fd, const char *user_params, int flags)
{
	ssize_t n = strnlen_user(user_params, PARAMS_MAX);
	char params[PARAMS_MAX];
	size_t len;
	u8 *bytes;
	int err;

	if (flags)
		return -EINVAL;
	if (n < 0)
		return n;
	err = copy_from_user(params, user_params, (size_t)n + 1);
	if (!err)
		err = read_fd(fd, &bytes, &len);
	if (err)
		return err;
	err = module_insert(bytes, len, params);
	kfree(bytes);
	return err;
}

long sys_delete_module(const char *user_name, int flags)
{
	ssize_t n = strnlen_user(user_name, MODULE_NAME_MAX + 1);
	char name[MODULE_NAME_MAX + 1];
	int err;

	if (n < 0)
		return n == -ENAMETOOLONG ? -ENOENT : n;
	err = copy_from_user(name, user_name, (size_t)n + 1);
	return err ? err : module_remove(name);
}

static void info_show(struct seq_file *s, const struct module *m)
{
	const struct module_info *info = m->info;

	seq_printf(s, "%-16s%s\n", "name:", info->name);
	if (info->description)
		seq_printf(s, "%-16s%s\n", "description:", info->description);
	if (info->author)
		seq_printf(s, "%-16s%s\n", "author:", info->author);
	seq_printf(s, "%-16s%s\n", "vermagic:", info->version);
	for (size_t i = 0; i < info->nr_params; i++) {
		const struct module_param *p = &info->params[i];

		seq_printf(s, "%-16s%s:%s (%s)\n", "parm:", p->name, p->help ? p->help : "",
			   p->number ? "int" :
			   p->addr   ? "address" :
				       "string");
	}
}

/* What `module info` says of a file: it comes into memory, but does not run. */
long sys_module_info(int fd, char *user, size_t size)
{
	char why[MODULE_WHY_MAX] = "no memory";
	struct seq_file s = { 0 };
	struct module *m;
	size_t len;
	u8 *bytes;
	int err = read_fd(fd, &bytes, &len);

	if (err)
		return err;
	err = module_make(bytes, len, &m, why);
	kfree(bytes);
	if (err) {
		printk(KERN_ERR "module: %s\n", why);
		return err;
	}
	info_show(&s, m);
	module_free(m);
	len = min(s.len, size);
	err = s.overflow ? -ENOMEM : copy_to_user(user, s.buf, len);
	seq_free(&s);
	return err ? err : (long)len;
}

/* ---- to be seen ---- */

const char *module_symbol_find(u64 addr, char name[MODULE_SYMBOL_MAX], u64 *offset)
{
	const struct module_symbol *best = NULL;
	struct module *m;

	list_for_each_entry(m, &modules, list) {
		if (addr - (u64)m->base >= m->text_size)
			continue;
		for (u32 i = 0; i < m->nr_symbols; i++) {
			const struct module_symbol *sym = &m->symbols[i];

			if (sym->addr <= addr && (!best || sym->addr > best->addr))
				best = sym;
		}
		if (!best)
			return NULL;
		strlcpy(name, best->name, MODULE_SYMBOL_MAX);
		*offset = addr - best->addr;
		return m->info->name;
	}
	return NULL;
}

void modules_show(struct seq_file *s)
{
	static const char *const states[] = { "Loading", "Live", "Unloading" };
	struct module *m;

	list_for_each_entry(m, &modules, list)
		seq_printf(s, "%s %zu %u - %s 0x%016lx\n", m->info->name, m->size, m->refs,
			   states[m->state], (unsigned long)m->base);
}
