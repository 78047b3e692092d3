/* Memory, load, uptime. */
#pragma once

#include <abi/system.h>

int sysinfo(struct sysinfo *info);
