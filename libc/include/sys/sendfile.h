/* From a file to a socket without a turn through the task. */
#pragma once

#include <abi/types.h>

/* From @in's position, or from *@pos, which moves instead; what went over. */
ssize_t sendfile(int out, int in, off_t *pos, size_t len);
