/* What uptime and top show alike. */
#pragma once

/* " 12:00:00 up 1 day,  2:03,  load average: 0.00, 0.01, 0.05" */
void print_uptime(void);
