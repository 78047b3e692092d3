/*
 * The state of the kernel as a library (skbox.h): whether it is one, and its clock.
 */
#pragma once

#include "kernel/types.h"

#define LIBRARY_RTC_SECONDS 1000000000 /* civil time at boot: September 9th, 2001 */

/*
 * The kernel's clock when the caller's is 0: on a real machine, too, time has passed before the
 * first packet, and in many places 0 stands for "never".
 */
#define LIBRARY_BOOT_NS 1000000000ull

extern struct library {
	bool on;
	u64 now;				       /* the kernel's clock */
	void (*console)(const char *text, size_t len); /* NULL: nobody wants to know */
} library;

/* machine.c's clock interrupt: when it is due, and the interrupt itself. */
u64 machine_timer_deadline(void);
void machine_timer_fire(void);

/* Runs all that can run before something comes from outside. */
void library_settle(void);

/* simdev.c: the devices whose wire is the caller. Results as in skbox.h. */
int simdev_add(const u8 *mac);
int simdev_add_ip(u32 mtu);
int simdev_in(int index, bool raw, const void *buf, size_t len, u32 mss);
size_t simdev_out(int index, bool raw, void *buf, size_t size);
int simdev_set_offload(int index, u32 what);
/* Does any of them have something to fetch? */
bool simdev_has_output(void);

/* library_call.c: has a started call ended that nobody has asked for? */
bool library_call_ended(void);
