/*
 * Devices by name: what a driver registers stands in /dev from then on.
 */
#pragma once

#include "kernel/types.h"

struct file;
struct file_operations;

struct char_device {
	const char *name;
	const struct file_operations *ops;
	/*
	 * Makes the file of one open(2), whose flags are @flags; NULL: one of @ops that knows
	 * nothing. 0 or -errno. Task.
	 */
	int (*open)(u32 flags, struct file **out);
};

/* Adds @dev, borrowed for ever; -ENOSPC: there are too many. Boot. */
int dev_register(const struct char_device *dev);
