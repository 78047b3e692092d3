/*
 * The battery clock (MC146818 data sheet): date and time in BCD or binary, 12 or 24 hours, and a
 * century where ACPI says there is one.
 */
#include <string.h>

#include "acpi.h"
#include "io.h"
#include "kernel/arch.h"
#include "kernel/timer.h"

#define CMOS_INDEX 0x70
#define CMOS_DATA 0x71
#define NMI_OFF 0x80

enum { RTC_SEC = 0, RTC_MIN = 2, RTC_HOUR = 4, RTC_DAY = 7, RTC_MONTH = 8, RTC_YEAR = 9 };
enum { RTC_A = 10, RTC_B = 11 };

#define A_UPDATE 0x80 /* an update is near or going on: do not read */
#define B_24_HOURS 0x02
#define B_BINARY 0x04
#define HOUR_PM 0x80

/* An update takes 2 ms; without an answer by then there is no clock. */
#define PATIENCE (10 * NSEC_PER_MSEC)

struct rtc_time {
	u8 sec, min, hour, day, month, year, century;
};

static u8 cmos_read(u8 reg)
{
	outb(CMOS_INDEX, reg | NMI_OFF);
	return inb(CMOS_DATA);
}

static void rtc_read(struct rtc_time *t)
{
	u8 century = acpi_century_register();

	t->sec = cmos_read(RTC_SEC);
	t->min = cmos_read(RTC_MIN);
	t->hour = cmos_read(RTC_HOUR);
	t->day = cmos_read(RTC_DAY);
	t->month = cmos_read(RTC_MONTH);
	t->year = cmos_read(RTC_YEAR);
	t->century = century ? cmos_read(century) : 0;
}

/* Two equal readings with no update before either: none can have come between. */
static bool rtc_read_stable(struct rtc_time *t)
{
	u64 deadline = arch_clock_ns() + PATIENCE;
	struct rtc_time again;
	bool stable = false;

	while (!stable && arch_clock_ns() < deadline) {
		if (cmos_read(RTC_A) & A_UPDATE)
			continue;
		rtc_read(t);
		if (cmos_read(RTC_A) & A_UPDATE)
			continue;
		rtc_read(&again);
		stable = memcmp(t, &again, sizeof(again)) == 0;
	}
	cmos_read(RTC_B);
	outb(CMOS_INDEX, RTC_B); /* NMI on again */
	return stable;
}

static u8 from_bcd(u8 v)
{
	return (v >> 4) * 10 + (v & 15);
}

static void rtc_decode(struct rtc_time *t, u8 format)
{
	bool pm = t->hour & HOUR_PM;

	t->hour &= ~HOUR_PM;
	if (!(format & B_BINARY)) {
		t->sec = from_bcd(t->sec);
		t->min = from_bcd(t->min);
		t->hour = from_bcd(t->hour);
		t->day = from_bcd(t->day);
		t->month = from_bcd(t->month);
		t->year = from_bcd(t->year);
		t->century = from_bcd(t->century);
	}
	if (!(format & B_24_HOURS))
		t->hour = t->hour % 12 + (pm ? 12 : 0);
}

/* Days from 1970-01-01 in the Gregorian calendar; the year is taken to begin in March, so that the
 * leap day comes last. */
static u64 days_since_1970(u32 year, u32 month, u32 day)
{
	u32 y = month > 2 ? year : year - 1;
	u32 m = month > 2 ? month - 3 : month + 9;

	return 365UL * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

u64 arch_rtc_seconds(void)
{
	struct rtc_time t;
	u32 year;

	if (!rtc_read_stable(&t))
		return 0;
	rtc_decode(&t, cmos_read(RTC_B));
	if (t.century >= 19 && t.century <= 29)
		year = t.century * 100 + t.year;
	else
		year = t.year + (t.year < 70 ? 2000 : 1900);
	if (t.month < 1 || t.month > 12 || t.day < 1 || year < 1970)
		return 0;
	return days_since_1970(year, t.month, t.day) * 86400 + t.hour * 3600 + t.min * 60 + t.sec;
}
