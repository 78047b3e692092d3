/*
 * The programs of the image, for the kernel.
 */
#pragma once

#include <abi/app.h>

/* The app called @name, or NULL. Any context. */
const struct app *app_find(const char *name);
