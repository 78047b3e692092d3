/* dmesg: the kernel's messages. -c: and forget them, -C: only forget them, -n LEVEL: which go to
 * the console. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/klog.h>
#include <unistd.h>

#include "lib/util.h"

#define LOG_MAX (64 * 1024)

static int show(int action)
{
	char *buf = malloc(LOG_MAX);
	int n;

	if (!buf)
		return app_error("dmesg", "out of memory");
	n = klogctl(action, buf, LOG_MAX);
	if (n < 0)
		app_perror("dmesg", "log");
	else
		fwrite(buf, 1, n, stdout);
	free(buf);
	return n < 0;
}

static int set_level(const char *text)
{
	long level;

	if (!app_number_or_say("dmesg", "level", text, 1, 8, &level))
		return 2;
	return klogctl(SYSLOG_ACTION_CONSOLE_LEVEL, NULL, level) < 0 ?
		       app_perror("dmesg", "level") :
		       0;
}

int main(int argc, char **argv)
{
	int c, action = SYSLOG_ACTION_READ_ALL;

	while ((c = getopt(argc, argv, ":cCn:")) != -1) {
		switch (c) {
		case 'c':
			action = SYSLOG_ACTION_READ_CLEAR;
			break;
		case 'C':
			return klogctl(SYSLOG_ACTION_CLEAR, NULL, 0) < 0;
		case 'n':
			return set_level(optarg);
		default:
			return app_badopt(argv, c);
		}
	}
	return app_surplus(argc, argv) ? 2 : show(action);
}
