/* The system's name. */
#pragma once

#include <abi/system.h>

int uname(struct utsname *u);
