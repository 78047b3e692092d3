/*
 * Starting, waiting for and stopping the clients in the background. /var/run/dhclient.<dev>.pid
 * says who serves an interface.
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/spawn.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/util.h"
#include "daemon.h"

#define STOP_TRIES 100 /* of 10 ms */

static void pid_path(const char *dev, char *path, size_t size)
{
	mkdir("/var/run", 0755);
	snprintf(path, size, "/var/run/dhclient.%s.pid", dev);
}

pid_t dhcp_pid(const char *dev)
{
	char path[64];
	char *text;
	pid_t pid;

	pid_path(dev, path, sizeof(path));
	text = text_read(path);
	pid = text ? atoi(text) : 0;
	free(text);
	return pid > 0 && !kill(pid, 0) ? pid : 0;
}

bool dhcp_stop(const char *dev, int sig)
{
	pid_t pid = dhcp_pid(dev);
	char path[64];

	if (!pid)
		return false;
	/* Again and again: a signal that comes just before the client goes to sleep does not wake
	 * it. */
	for (int i = 0; i < STOP_TRIES && !kill(pid, sig); i++)
		app_sleep_ns(10 * NSEC_PER_MSEC);
	pid_path(dev, path, sizeof(path));
	unlink(path);
	return true;
}

int dhcp_spawn(const char *dev)
{
	char fd_text[12], pid_text[12], path[64];
	char *argv[] = { "dhclient", "-d", "-p", fd_text, (char *)dev, NULL };
	int fds[2];
	pid_t pid;

	dhcp_stop(dev, SIGTERM);
	if (pipe(fds) < 0) {
		app_perror("dhclient", "pipe");
		return -1;
	}
	fcntl(fds[0], F_SETFD, FD_CLOEXEC);
	snprintf(fd_text, sizeof(fd_text), "%d", fds[1]);
	pid = spawn("dhclient", argv, SPAWN_NEWPGRP);
	close(fds[1]);
	if (pid < 0) {
		app_perror("dhclient", "spawn");
		close(fds[0]);
		return -1;
	}
	snprintf(pid_text, sizeof(pid_text), "%d\n", pid);
	pid_path(dev, path, sizeof(path));
	text_write(path, pid_text);
	return fds[0];
}

/* True: a lease, or false: the client has ended or the time is up. */
static bool wait_one(int fd, int64_t deadline)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	int64_t left = deadline - app_clock_ns();
	char byte;

	return poll(&pfd, 1, left > 0 ? (left + NSEC_PER_MSEC - 1) / NSEC_PER_MSEC : 0) > 0 &&
	       read(fd, &byte, 1) == 1;
}

int dhcp_wait(int *fds, int n, int64_t ns)
{
	int64_t deadline = app_clock_ns() + ns;
	int without = 0;

	for (int i = 0; i < n; i++) {
		if (fds[i] < 0 || !wait_one(fds[i], deadline))
			without++;
		if (fds[i] >= 0)
			close(fds[i]);
	}
	return without;
}
