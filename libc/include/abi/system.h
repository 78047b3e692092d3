/* uname, sysinfo, wait4, reboot, clocks. */
#pragma once

#include <abi/types.h>

struct utsname {
	char sysname[65], nodename[65], release[65], version[65], machine[65];
};

struct sysinfo {
	long uptime;
	unsigned long loads[3];
	unsigned long totalram, freeram, slabram,
		poolram; /* bytes; poolram: set aside for packets */
	unsigned short procs;
};

#define WNOHANG 1
#define WIFEXITED(s) (((s)&0x7f) == 0)
#define WEXITSTATUS(s) (((s) >> 8) & 0xff)
#define WIFSIGNALED(s) (((s)&0x7f) != 0)
#define WTERMSIG(s) ((s)&0x7f)

#define RB_AUTOBOOT 0x01234567
#define RB_POWER_OFF 0x4321fedc
#define RB_HALT_SYSTEM 0xcdef0123

#define CLOCK_REALTIME 0
#define CLOCK_MONOTONIC 1

#define SYSLOG_ACTION_READ_ALL 3
#define SYSLOG_ACTION_READ_CLEAR 4
#define SYSLOG_ACTION_CLEAR 5
#define SYSLOG_ACTION_CONSOLE_LEVEL 8
