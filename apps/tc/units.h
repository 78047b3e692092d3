/*
 * Times, rates and shares as people write them to tc, and as tc prints them. Pure; whole numbers
 * and decimal fractions, no floating point. What reads returns false for what it cannot mean.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define UNITS_STRLEN 32

/* "50ms", "1.5s", "100us", "20ns", "100" (microseconds) as nanoseconds. */
bool units_time(const char *s, uint64_t *ns);
/* "1%", "0.01%", "25" (per cent too) as a part of UINT32_MAX. */
bool units_percent(const char *s, uint32_t *part);
/* "1mbit", "500kbit", "10mbps" (bytes), "9600" (bits) as bytes a second. */
bool units_rate(const char *s, uint64_t *bytes);
/* "1000" */
bool units_count(const char *s, uint32_t *n);
/* A word that begins like a number. */
bool units_is_number(const char *s);

const char *units_time_text(uint64_t ns, char buf[UNITS_STRLEN]);
const char *units_percent_text(uint32_t part, char buf[UNITS_STRLEN]);
const char *units_rate_text(uint64_t bytes, char buf[UNITS_STRLEN]);
