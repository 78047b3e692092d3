/*
 * /proc as a file system. A file's text is made when its reader is at the start and kept for the
 * open file, so that a reader who takes it in small pieces sees one consistent whole; seeking back
 * to the start makes it anew. Of a text that is made in pieces (struct proc_entry's walk) only a
 * window is kept: who seeks elsewhere has it made from the start again, up to there.
 */
#include <abi/errno.h>
#include <string.h>

#include "kernel/cpu.h"
#include "kernel/file.h"
#include "kernel/mm.h"
#include "kernel/printk.h"
#include "kernel/proc_node.h"
#include "kernel/seq_file.h"
#include "kernel/softirq.h"
#include "kernel/task.h"
#include "kernel/uaccess.h"
#include "kernel/vfs.h"

#define WRITE_MAX 4096
#define WINDOW 8192 /* at least so much of a text that is made in pieces, but for its end */

/* What stands behind a path. */
struct target {
	enum { PROC_DIR, PROC_NODE, PID_DIR, PID_FILE } kind;
	struct proc_node *node;	     /* PROC_NODE */
	int pid;		     /* PID_DIR, PID_FILE */
	const struct pid_file *file; /* PID_FILE */
};

struct proc_file {
	struct target target;
	struct seq_file text;
	off_t start;		 /* of text in the file */
	bool ended;		 /* nothing comes after it */
	char dir[PATH_MAX];	 /* PROC_DIR: its path */
	char last[NAME_MAX + 1]; /* and the name that readdir gave last */
	int last_pid;
};

/* ---- paths ---- */

/* "12" or "self" as a component of @len bytes: the pid of a task, or 0. */
static int parse_pid(const char *s, size_t len)
{
	int pid = 0;

	if (len == 4 && memcmp(s, "self", 4) == 0)
		return current->pid;
	if (len == 0 || len > 8 || *s == '0')
		return 0;
	for (size_t i = 0; i < len; i++) {
		if (s[i] < '0' || s[i] > '9')
			return 0;
		pid = pid * 10 + (s[i] - '0');
	}
	return task_find(pid) ? pid : 0;
}

static int pid_lookup(const char *path, struct target *t)
{
	size_t len = strcspn(path, "/");

	t->pid = parse_pid(path, len);
	t->kind = PID_DIR;
	if (!t->pid)
		return -ENOENT;
	if (!path[len])
		return 0;
	t->kind = PID_FILE;
	for (size_t i = 0; i < nr_pid_files; i++) {
		t->file = &pid_files[i];
		if (strcmp(path + len + 1, t->file->name) == 0)
			return 0;
	}
	return -ENOENT;
}

static int proc_lookup(const char *path, struct target *t)
{
	struct proc_node *node;
	const char *name;

	t->kind = PROC_NODE;
	t->node = proc_node_find(path);
	if (t->node)
		return 0;
	t->kind = PROC_DIR;
	if (proc_node_next(path, "", &name, &node))
		return 0;
	return pid_lookup(path, t);
}

static bool target_is_dir(const struct target *t)
{
	return t->kind == PROC_DIR || t->kind == PID_DIR;
}

static bool target_writable(const struct target *t)
{
	const struct proc_node *node = t->node;

	if (t->kind != PROC_NODE)
		return false;
	if (node->ctl)
		return !node->ctl->show || node->ctl->set;
	return node->entry && node->entry->write;
}

static void target_stat(const struct target *t, struct stat *st)
{
	st->st_mode = target_is_dir(t) ? S_IFDIR | 0555 : S_IFREG | 0444;
	if (target_writable(t))
		st->st_mode |= 0200;
	st->st_ino = t->kind == PROC_NODE ? t->node->ino : 1UL;
}

/* ---- text ---- */

static int proc_show_task(const struct target *t, struct seq_file *text)
{
	struct task *task;

	local_bh_disable();
	task = task_find(t->pid);
	if (task)
		t->file->show(text, task);
	local_bh_enable();
	return task ? 0 : -ESRCH;
}

static bool target_in_pieces(const struct target *t)
{
	return t->kind == PROC_NODE && t->node->entry && t->node->entry->walk;
}

/* Makes the text, or the next window of it. */
static int proc_make_text(struct proc_file *pf)
{
	const struct target *t = &pf->target;
	int err = 0;

	pf->start += (off_t)pf->text.len;
	pf->ended = true;
	if (t->kind == PID_FILE)
		err = proc_show_task(t, &pf->text);
	else if (target_in_pieces(t))
		pf->ended = !seq_fill(&pf->text, t->node->entry->walk, WINDOW);
	else if (t->node->entry)
		t->node->entry->show(&pf->text);
	else if (t->node->ctl)
		sysctl_show(t->node->ctl, &pf->text);
	else
		err = -ENODEV;
	return pf->text.overflow ? -ENOMEM : err;
}

/* Sees to it that text has the byte at @pos, or that the text ends before it. */
static int proc_have_text(struct proc_file *pf, off_t pos)
{
	int err = 0;

	if (pos == 0 || pos < pf->start) {
		seq_free(&pf->text);
		pf->start = 0;
		pf->ended = false;
	}
	while (!err && !pf->ended && pos >= pf->start + (off_t)pf->text.len)
		err = proc_make_text(pf);
	return err;
}

static ssize_t proc_read(struct file *f, void *buf, size_t len)
{
	struct proc_file *pf = f->private;
	int err = proc_have_text(pf, f->pos);
	size_t at = (size_t)(f->pos - pf->start);

	if (err)
		return err;
	if (at >= pf->text.len)
		return 0;
	len = min(len, pf->text.len - at);
	err = copy_to_user(buf, pf->text.buf + at, len);
	if (err)
		return err;
	f->pos += (off_t)len;
	return (ssize_t)len;
}

static ssize_t proc_write(struct file *f, const void *buf, size_t len)
{
	const struct target *t = &((struct proc_file *)f->private)->target;
	ssize_t ret = -ENODEV;
	char *text;

	if (len >= WRITE_MAX)
		return -EINVAL;
	text = kmalloc(len + 1);
	if (!text)
		return -ENOMEM;
	if (copy_from_user(text, buf, len)) {
		kfree(text);
		return -EFAULT;
	}
	text[len] = '\0';
	if (t->node->ctl)
		ret = sysctl_write(t->node->ctl, text, len);
	else if (t->node->entry)
		ret = t->node->entry->write(text, len);
	kfree(text);
	return ret;
}

static off_t proc_llseek(struct file *f, off_t off, int whence)
{
	struct proc_file *pf = f->private;

	if (whence == SEEK_END && target_in_pieces(&pf->target))
		return -EINVAL; /* nobody knows where that is */
	return generic_llseek(f, (off_t)pf->text.len, off, whence);
}

static int proc_fstat(struct file *f, struct stat *st)
{
	target_stat(&((struct proc_file *)f->private)->target, st);
	return 0;
}

static void proc_release(struct file *f)
{
	struct proc_file *pf = f->private;

	if (pf->target.kind == PROC_NODE)
		proc_node_put(pf->target.node);
	seq_free(&pf->text);
	kfree(pf);
}

/* ---- directories ---- */

static off_t proc_dir_llseek(struct file *f, off_t off, int whence)
{
	struct proc_file *pf = f->private;

	pf->last[0] = '\0';
	pf->last_pid = 0;
	return generic_llseek(f, 0, off, whence);
}

/* The tasks' directories come after the files of /proc. */
static int proc_readdir_pid(struct proc_file *pf, struct dirent *d)
{
	int next = 0;
	char name[12];

	local_bh_disable();
	for (struct task *t = task_next(NULL); t; t = task_next(t)) {
		if (t->pid > pf->last_pid && (!next || t->pid < next))
			next = t->pid;
	}
	local_bh_enable();
	if (!next)
		return 0;
	pf->last_pid = next;
	dirent_set(d, 1, DT_DIR, name, (size_t)snprintf(name, sizeof(name), "%d", next));
	return 1;
}

static int proc_readdir(struct file *f, struct dirent *d)
{
	struct proc_file *pf = f->private;
	struct proc_node *node;
	const char *name;
	size_t len;

	len = proc_node_next(pf->dir, pf->last, &name, &node);
	if (!len)
		return pf->dir[0] ? 0 : proc_readdir_pid(pf, d);
	dirent_set(d, node ? node->ino : 1, node ? DT_REG : DT_DIR, name, len);
	strlcpy(pf->last, d->d_name, sizeof(pf->last));
	return 1;
}

static int proc_task_readdir(struct file *f, struct dirent *d)
{
	const char *name;

	if ((size_t)f->pos >= nr_pid_files)
		return 0;
	name = pid_files[f->pos++].name;
	dirent_set(d, 1, DT_REG, name, strlen(name));
	return 1;
}

static const struct file_operations proc_file_ops = {
	.read = proc_read,
	.write = proc_write,
	.llseek = proc_llseek,
	.stat = proc_fstat,
	.release = proc_release,
};

static const struct file_operations proc_dir_ops = {
	.llseek = proc_dir_llseek,
	.stat = proc_fstat,
	.readdir = proc_readdir,
	.release = proc_release,
};

static const struct file_operations proc_task_dir_ops = {
	.llseek = proc_dir_llseek,
	.stat = proc_fstat,
	.readdir = proc_task_readdir,
	.release = proc_release,
};

/* ---- the file system ---- */

static int proc_open_check(const struct target *t, u32 flags)
{
	bool writes = (flags & O_ACCMODE) != O_RDONLY;

	if ((flags & O_CREAT) && (flags & O_EXCL))
		return -EEXIST;
	if (target_is_dir(t))
		return writes ? -EISDIR : 0;
	if (flags & O_DIRECTORY)
		return -ENOTDIR;
	return writes && !target_writable(t) ? -EACCES : 0;
}

static const struct file_operations *target_ops(const struct target *t)
{
	if (t->kind == PID_DIR)
		return &proc_task_dir_ops;
	return t->kind == PROC_DIR ? &proc_dir_ops : &proc_file_ops;
}

static int proc_open(const char *path, u32 flags, mode_t mode, struct file **out)
{
	struct target t = { 0 };
	struct proc_file *pf;
	int err = proc_lookup(path, &t);

	if (!err)
		err = proc_open_check(&t, flags);
	if (err)
		return err;
	pf = kzalloc(sizeof(*pf));
	if (!pf)
		return -ENOMEM;
	pf->target = t;
	strlcpy(pf->dir, path, sizeof(pf->dir));
	*out = file_alloc(target_ops(&t), flags & O_KEPT, pf);
	if (!*out) {
		kfree(pf);
		return -ENOMEM;
	}
	if (t.kind == PROC_NODE)
		t.node->refs++;
	return 0;
}

static int proc_stat(const char *path, struct stat *st)
{
	struct target t = { 0 };
	int err = proc_lookup(path, &t);

	if (!err)
		target_stat(&t, st);
	return err;
}

const struct fs_ops proc_ops = {
	.open = proc_open,
	.stat = proc_stat,
};
