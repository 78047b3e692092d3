/* What a file is. */
#pragma once

#include <abi/fcntl.h>

#define st_mtime st_mtim.tv_sec

int stat(const char *path, struct stat *st);
int fstat(int fd, struct stat *st);
int mkdir(const char *path, mode_t mode);
