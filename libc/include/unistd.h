/* Descriptors, files, the task. */
#pragma once

#include <abi/types.h>
#include <getopt.h>
#include <sys/types.h>

#define STDIN_FILENO 0
#define STDOUT_FILENO 1
#define STDERR_FILENO 2

#define SEEK_SET 0
#define SEEK_CUR 1
#define SEEK_END 2

#define F_OK 0
#define X_OK 1
#define W_OK 2
#define R_OK 4

ssize_t read(int fd, void *buf, size_t len);
ssize_t write(int fd, const void *buf, size_t len);
int close(int fd);
off_t lseek(int fd, off_t off, int whence);
int ftruncate(int fd, off_t len);
int fsync(int fd);
int dup(int fd);
int dup2(int from, int to);
int pipe(int fds[2]);
int pipe2(int fds[2], int flags);
int isatty(int fd);

int access(const char *path, int mode);
int unlink(const char *path);
int rmdir(const char *path);
int chdir(const char *path);
char *getcwd(char *buf, size_t size);

pid_t getpid(void);
pid_t getppid(void);
uid_t getuid(void);
uid_t geteuid(void);
void _exit(int status) __attribute__((noreturn));
/* Seconds that were left when a signal came. */
unsigned int sleep(unsigned int seconds);
int usleep(useconds_t usec);
int sched_yield(void);
/* Whose is Ctrl-C on the console; @fd is any descriptor of it. */
int tcsetpgrp(int fd, pid_t pgrp);

int gethostname(char *name, size_t size);
int sethostname(const char *name, size_t len);
int getpagesize(void);
