/* Syscall numbers: Linux x86-64's, and from 512 on our own. Arguments: rdi rsi rdx r10 r8 r9,
 * number and result in rax. */
#pragma once

#define SYS_read 0
#define SYS_write 1
#define SYS_open 2
#define SYS_close 3
#define SYS_stat 4
#define SYS_fstat 5
#define SYS_poll 7
#define SYS_lseek 8
#define SYS_mmap 9	    /* (size): anonymous pages for libc's heap */
#define SYS_munmap 11	    /* (addr) */
#define SYS_rt_sigaction 13 /* (sig, handler, &old) */
#define SYS_ioctl 16
#define SYS_readv 19
#define SYS_writev 20
#define SYS_pipe 22
#define SYS_select 23
#define SYS_sched_yield 24
#define SYS_dup 32
#define SYS_dup2 33
#define SYS_nanosleep 35
#define SYS_getpid 39
#define SYS_sendfile 40
#define SYS_socket 41
#define SYS_connect 42
#define SYS_accept 43
#define SYS_sendto 44
#define SYS_recvfrom 45
#define SYS_sendmsg 46
#define SYS_recvmsg 47
#define SYS_shutdown 48
#define SYS_bind 49
#define SYS_listen 50
#define SYS_getsockname 51
#define SYS_getpeername 52
#define SYS_setsockopt 54
#define SYS_getsockopt 55
#define SYS_exit 60
#define SYS_wait4 61
#define SYS_kill 62
#define SYS_uname 63
#define SYS_fcntl 72
#define SYS_ftruncate 77
#define SYS_getcwd 79
#define SYS_chdir 80
#define SYS_rename 82
#define SYS_mkdir 83
#define SYS_rmdir 84
#define SYS_unlink 87
#define SYS_sysinfo 99
#define SYS_syslog 103
#define SYS_getppid 110
#define SYS_reboot 169
#define SYS_sethostname 170
#define SYS_delete_module 176 /* (name, flags) */
#define SYS_epoll_create 213
#define SYS_clock_settime 227
#define SYS_clock_gettime 228
#define SYS_epoll_wait 232
#define SYS_epoll_ctl 233
#define SYS_epoll_pwait 281
#define SYS_accept4 288
#define SYS_epoll_create1 291
#define SYS_pipe2 293
#define SYS_finit_module 313 /* (fd, params, flags) */
#define SYS_getrandom 318

#define SYS_spawn 512	    /* (name, argv, flags): pid of a new task running that app */
#define SYS_readdir 513	    /* (fd, struct dirent *): 1, 0 at the end */
#define SYS_tcsetpgrp 514   /* (pgrp): whose is Ctrl-C */
#define SYS_ttymode 515	    /* (flags): the console's line discipline */
#define SYS_module_info 516 /* (fd, buf, size): text about the module in a file */
#define NR_SYSCALLS 517

#define SPAWN_NEWPGRP 1
#define SPAWN_FOREGROUND 3 /* and the console is the new job's before it runs */
#define TTY_RAW 1	   /* bytes as they come, no echo; Ctrl-C still signals unless TTY_NOSIG */
#define TTY_NOSIG 2
#define TTY_MIDLINE 4	 /* in the result only: the cursor is not at the start of a line */
#define TIOCGPGRP 0x540F /* ioctl on the console: an int, whose is Ctrl-C */
