/* Power. */
#pragma once

#include <abi/system.h>

int reboot(int cmd);
