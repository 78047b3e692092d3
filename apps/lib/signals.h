/* Names of signals. */
#pragma once

/* "9", "KILL", "SIGKILL"; -1: no such signal. */
int signal_number(const char *name);
void signals_list(void);
