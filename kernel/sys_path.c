/*
 * Syscalls on names of files. A name is used where it lies: it cannot change under the call, since
 * no task is preempted in one.
 */
#include <abi/errno.h>
#include <string.h>

#include "kernel/cpu.h"
#include "kernel/file.h"
#include "kernel/syscall.h"
#include "kernel/task.h"
#include "kernel/uaccess.h"
#include "kernel/vfs.h"

/* 0, -EFAULT or -ENAMETOOLONG. */
static int name_check(const char *name)
{
	ssize_t len = strnlen_user(name, PATH_MAX);

	return len < 0 ? (int)len : 0;
}

long sys_open(const char *name, int flags, mode_t mode)
{
	struct file *f;
	int err = name_check(name), fd;

	if (!err && (flags & O_ACCMODE) == O_ACCMODE)
		err = -EINVAL;
	if (!err)
		err = vfs_open(name, (u32)flags, mode, &f);
	if (err)
		return err;
	fd = fd_install(f, 0, flags & O_CLOEXEC);
	if (fd < 0)
		fput(f);
	return fd;
}

long sys_stat(const char *name, struct stat *st)
{
	struct stat s;
	int err = name_check(name);

	if (!err)
		err = vfs_stat(name, &s);
	return err ? err : copy_to_user(st, &s, sizeof(s));
}

long sys_mkdir(const char *name, mode_t mode)
{
	int err = name_check(name);

	return err ? err : vfs_mkdir(name, mode);
}

long sys_rmdir(const char *name)
{
	int err = name_check(name);

	return err ? err : vfs_rmdir(name);
}

long sys_unlink(const char *name)
{
	int err = name_check(name);

	return err ? err : vfs_unlink(name);
}

long sys_rename(const char *from, const char *to)
{
	int err = name_check(from);

	if (!err)
		err = name_check(to);
	return err ? err : vfs_rename(from, to);
}

long sys_chdir(const char *name)
{
	int err = name_check(name);

	return err ? err : vfs_chdir(name);
}

/* As on Linux: the length with the NUL. */
long sys_getcwd(char *buf, size_t size)
{
	const char *cwd = current->cwd[0] ? current->cwd : "/";
	size_t len = strlen(cwd) + 1;
	int err;

	if (len > size)
		return -ERANGE;
	err = copy_to_user(buf, cwd, len);
	return err ? err : (long)len;
}
