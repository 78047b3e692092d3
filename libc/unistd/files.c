/* Files by name, and directories. */
#include <dirent.h>
#include <fcntl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libc/internal.h"
#include "libc/syscall.h"

struct libc_dir {
	int fd;
	struct dirent entry;
};

int stat(const char *path, struct stat *st)
{
	return (int)__ret(sys(SYS_stat, path, st));
}

int fstat(int fd, struct stat *st)
{
	return (int)__ret(sys(SYS_fstat, fd, st));
}

int mkdir(const char *path, mode_t mode)
{
	return (int)__ret(sys(SYS_mkdir, path, mode));
}

/* There are no users: what exists may be used. */
int access(const char *path, int mode)
{
	struct stat st;

	return stat(path, &st);
}

int unlink(const char *path)
{
	return (int)__ret(sys(SYS_unlink, path));
}

int rmdir(const char *path)
{
	return (int)__ret(sys(SYS_rmdir, path));
}

int rename(const char *from, const char *to)
{
	return (int)__ret(sys(SYS_rename, from, to));
}

int chdir(const char *path)
{
	return (int)__ret(sys(SYS_chdir, path));
}

char *getcwd(char *buf, size_t size)
{
	return __ret(sys(SYS_getcwd, buf, size)) < 0 ? NULL : buf;
}

DIR *opendir(const char *path)
{
	DIR *dir = malloc(sizeof(*dir));

	if (!dir)
		return NULL;
	dir->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir->fd >= 0)
		return dir;
	free(dir);
	return NULL;
}

struct dirent *readdir(DIR *dir)
{
	return __ret(sys(SYS_readdir, dir->fd, &dir->entry)) > 0 ? &dir->entry : NULL;
}

int closedir(DIR *dir)
{
	int ret = close(dir->fd);

	free(dir);
	return ret;
}

int dirfd(DIR *dir)
{
	return dir->fd;
}
