/*
 * Signals that should only interrupt. A handler gets nothing but the signal's number, and apps have
 * no writable statics (all instances share one image), so the note "it came" is a byte in the value
 * of a variable of the task's own environment.
 */
#include <signal.h>
#include <stdlib.h>

#include "util.h"

#define VARIABLE "?caught"
#define NONE 'A'

static void note(int sig)
{
	char *value = getenv(VARIABLE);

	if (value)
		*value = NONE + sig;
}

void app_catch(int sig)
{
	if (!getenv(VARIABLE))
		setenv(VARIABLE, "A", 1);
	signal(sig, note);
}

int app_caught(void)
{
	const volatile char *value = getenv(VARIABLE);

	return value ? *value - NONE : 0;
}

void app_caught_clear(void)
{
	note(0);
}
