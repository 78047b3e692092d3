/*
 * Reads /proc/tasks (pid, ppid, pgrp, state, priority, cpu-ms, name), and /proc/<pid>/cmdline for
 * the arguments.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tasks.h"
#include "util.h"

/* The arguments are separated by NULs. A kernel thread has none: its name in brackets. */
static void read_command(struct task_info *t)
{
	char path[32];
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/cmdline", t->pid);
	fd = open(path, O_RDONLY);
	if (fd >= 0) {
		n = read(fd, t->command, sizeof(t->command) - 1);
		close(fd);
	}
	if (n <= 0) {
		snprintf(t->command, sizeof(t->command), "[%s]", t->name);
		return;
	}
	while (n && !t->command[n - 1])
		n--;
	for (ssize_t i = 0; i < n; i++)
		if ((unsigned char)t->command[i] < ' ')
			t->command[i] = ' ';
	t->command[n] = '\0';
}

static bool parse_line(char *line, struct task_info *t)
{
	char *f[7];

	if (text_fields(line, f, 7) != 7 || !atoi(f[0] + strspn(f[0], " ")))
		return false;
	t->pid = atoi(f[0]);
	t->ppid = atoi(f[1]);
	t->state = f[3][0];
	t->cpu_ms = strtoull(f[5], NULL, 10);
	strlcpy(t->name, f[6], sizeof(t->name));
	read_command(t);
	return true;
}

static int count_lines(const char *text)
{
	int n = 1;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

int tasks_read(struct task_info **list)
{
	char *text = text_read("/proc/tasks"), *cursor = text, *line;
	int n = 0;

	*list = text ? calloc(count_lines(text), sizeof(**list)) : NULL;
	if (!*list) {
		free(text);
		return -1;
	}
	while ((line = text_line(&cursor)))
		n += parse_line(line, &(*list)[n]);
	free(text);
	return n;
}

const char *task_time(const struct task_info *t, char buf[16])
{
	snprintf(buf, 16, "%llu:%02llu.%02llu", (unsigned long long)(t->cpu_ms / 60000),
		 (unsigned long long)(t->cpu_ms / 1000 % 60),
		 (unsigned long long)(t->cpu_ms / 10 % 100));
	return buf;
}
