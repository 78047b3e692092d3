/* Directories. */
#pragma once

#include <abi/fcntl.h>

typedef struct libc_dir DIR;

DIR *opendir(const char *path);
struct dirent *readdir(DIR *dir);
int closedir(DIR *dir);
int dirfd(DIR *dir);
