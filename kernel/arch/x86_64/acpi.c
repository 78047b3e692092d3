/*
 * ACPI without an interpreter (ACPI 6.5 §5.2): RSDP to RSDT or XSDT to FADT, which names the ports;
 * the value that means "off" is found by looking for the bytes of the \_S5 package in the DSDT.
 */
#include "acpi.h"

#include <string.h>

#include "io.h"
#include "kernel/arch.h"
#include "kernel/mm.h"
#include "paging.h"

#define BIOS_START 0xe0000
#define BIOS_END 0x100000
#define EBDA_SEGMENT 0x40e
#define TABLE_MAX (4U << 20)

#define FADT_RESET_REG_SUP (1 << 10)
#define GAS_MEMORY 0
#define GAS_IO 1

#define AML_NAME_OP 0x08
#define AML_PACKAGE_OP 0x12
#define AML_BYTE_PREFIX 0x0a

#define PM1_SCI_EN 0x0001
#define PM1_SLP_EN 0x2000
#define PM1_SLP_TYP_SHIFT 10
#define ENABLE_TRIES 100000 /* port reads; firmware may take a while to hand over */

struct rsdp {
	char signature[8];
	u8 checksum;
	char oem[6];
	u8 revision;
	u32 rsdt;
	u32 length; /* from here on: revision 2 */
	u64 xsdt;
	u8 extended_checksum;
	u8 reserved[3];
} __packed;

struct sdt {
	char signature[4];
	u32 length;
	u8 revision;
	u8 checksum;
	u8 ids[26];
} __packed;

struct gas {
	u8 space;
	u8 width, offset, access;
	u64 addr;
} __packed;

struct fadt {
	struct sdt header;
	u32 firmware_ctrl;
	u32 dsdt;
	u8 reserved0, profile;
	u16 sci_int;
	u32 smi_cmd;
	u8 acpi_enable, acpi_disable, s4bios, pstate;
	u32 pm1a_event, pm1b_event, pm1a_control, pm1b_control;
	u32 pm2_control, pm_timer, gpe0, gpe1;
	u8 pm1_event_len, pm1_control_len, pm2_control_len, pm_timer_len;
	u8 gpe_len[2], gpe1_base, cst;
	u16 lat2, lat3, flush_size, flush_stride;
	u8 duty_offset, duty_width, day_alarm, month_alarm, century;
	u16 boot_flags;
	u8 reserved1;
	u32 flags;
	struct gas reset; /* from here on: may be missing */
	u8 reset_value;
	u8 reserved2[3];
	u64 x_firmware_ctrl, x_dsdt;
} __packed;

static u64 root_addr; /* RSDT or XSDT, 0: no ACPI */
static bool root_is_xsdt;
static struct fadt fadt; /* zero beyond what the machine's table has */
static u8 *reset_memory; /* the reset register, if it is no port */
static int s5_type_a = -1, s5_type_b;

static bool checksum_ok(const void *table, size_t len)
{
	const u8 *p = table;
	u8 sum = 0;

	while (len--)
		sum += *p++;
	return sum == 0;
}

void acpi_set_rsdp(const void *table)
{
	const struct rsdp *rsdp = table;

	if (memcmp(rsdp->signature, "RSD PTR ", 8) != 0 || !checksum_ok(rsdp, 20))
		return;
	if (rsdp->revision >= 2 && rsdp->xsdt) {
		root_addr = rsdp->xsdt;
		root_is_xsdt = true;
	} else if (!root_is_xsdt) {
		root_addr = rsdp->rsdt;
	}
}

/* Firmware's memory, for reading: the direct map where it is RAM. */
static const void *acpi_map(u64 phys, size_t len)
{
	if (paging_mapped(ARCH_DIRECT_MAP + phys) &&
	    paging_mapped(ARCH_DIRECT_MAP + phys + len - 1))
		return arch_phys_to_virt(phys);
	return arch_ioremap(phys, len);
}

/* A whole table whose checksum is right; NULL otherwise. */
static const struct sdt *acpi_map_table(u64 phys)
{
	const struct sdt *table = phys ? acpi_map(phys, sizeof(*table)) : NULL;
	u32 len;

	if (!table)
		return NULL;
	len = table->length;
	if (len < sizeof(*table) || len > TABLE_MAX)
		return NULL;
	if ((phys + len - 1) / PAGE_SIZE != (phys + sizeof(*table) - 1) / PAGE_SIZE)
		table = acpi_map(phys, len);
	return table && checksum_ok(table, len) ? table : NULL;
}

static void scan_for_rsdp(u64 start, u64 len)
{
	const u8 *p = acpi_map(start, len);

	for (u64 at = 0; p && !root_addr && at + sizeof(struct rsdp) <= len; at += 16)
		acpi_set_rsdp(p + at);
}

static void find_rsdp(void)
{
	const u8 *page0 = acpi_map(0, PAGE_SIZE);
	u64 ebda = page0 ? (u64)(page0[EBDA_SEGMENT] | page0[EBDA_SEGMENT + 1] << 8) << 4 : 0;

	if (ebda >= 0x80000 && ebda <= 0x9fc00)
		scan_for_rsdp(ebda, 1024);
	if (!root_addr)
		scan_for_rsdp(BIOS_START, BIOS_END - BIOS_START);
}

static const struct sdt *find_table(const char *signature)
{
	const struct sdt *root = acpi_map_table(root_addr);
	size_t entry = root_is_xsdt ? 8 : 4;
	const u8 *p = (const u8 *)(root + 1);

	if (!root)
		return NULL;
	for (size_t left = root->length - sizeof(*root); left >= entry; left -= entry, p += entry) {
		u64 phys = 0;
		const struct sdt *table;

		memcpy(&phys, p, entry);
		table = acpi_map_table(phys);
		if (table && memcmp(table->signature, signature, 4) == 0)
			return table;
	}
	return NULL;
}

/* One small integer of AML at *@p; -1 if it is something else. */
static int aml_integer(const u8 **p, const u8 *end)
{
	if (*p < end && **p <= 1)
		return *(*p)++;
	if (end - *p >= 2 && **p == AML_BYTE_PREFIX) {
		*p += 2;
		return (*p)[-1];
	}
	return -1;
}

/* Name(_S5, Package { SLP_TYPa, SLP_TYPb, … }) */
static bool parse_s5(const u8 *p, const u8 *end)
{
	int a, b;

	if (p[-1] != AML_NAME_OP && !(p[-1] == '\\' && p[-2] == AML_NAME_OP))
		return false;
	p += 4;
	if (end - p < 4 || *p++ != AML_PACKAGE_OP)
		return false;
	p += 1 + (*p >> 6); /* length of the package: 1 to 4 bytes */
	p += 1;		    /* number of elements */
	a = aml_integer(&p, end);
	b = aml_integer(&p, end);
	if (a < 0)
		return false;
	s5_type_a = a;
	s5_type_b = max(b, 0);
	return true;
}

static void find_s5(u64 dsdt_addr)
{
	const struct sdt *dsdt = acpi_map_table(dsdt_addr);
	const u8 *p, *end;

	if (!dsdt)
		return;
	end = (const u8 *)dsdt + dsdt->length;
	for (p = (const u8 *)(dsdt + 1) + 2; end - p >= 4; p++)
		if (memcmp(p, "_S5_", 4) == 0 && parse_s5(p, end))
			return;
}

void acpi_init(void)
{
	const struct sdt *table;

	if (!root_addr)
		find_rsdp();
	table = root_addr ? find_table("FACP") : NULL;
	if (!table)
		return;
	memcpy(&fadt, table, min((size_t)table->length, sizeof(fadt)));
	find_s5(fadt.dsdt ? fadt.dsdt : fadt.x_dsdt);
	if ((fadt.flags & FADT_RESET_REG_SUP) && fadt.reset.space == GAS_MEMORY)
		reset_memory = arch_ioremap(fadt.reset.addr, 1);
}

u16 acpi_pm_timer_port(void)
{
	return fadt.pm_timer_len == 4 ? fadt.pm_timer : 0;
}

u8 acpi_century_register(void)
{
	return fadt.century < 128 ? fadt.century : 0;
}

/* Firmware in legacy mode ignores the PM1 registers. */
static void acpi_enable(void)
{
	if ((inw(fadt.pm1a_control) & PM1_SCI_EN) || !fadt.smi_cmd || !fadt.acpi_enable)
		return;
	outb(fadt.smi_cmd, fadt.acpi_enable);
	for (int i = 0; i < ENABLE_TRIES && !(inw(fadt.pm1a_control) & PM1_SCI_EN); i++)
		;
}

void acpi_poweroff(void)
{
	if (s5_type_a < 0 || !fadt.pm1a_control)
		return;
	acpi_enable();
	outw(fadt.pm1a_control, s5_type_a << PM1_SLP_TYP_SHIFT | PM1_SLP_EN | PM1_SCI_EN);
	if (fadt.pm1b_control)
		outw(fadt.pm1b_control, s5_type_b << PM1_SLP_TYP_SHIFT | PM1_SLP_EN | PM1_SCI_EN);
}

void acpi_reset(void)
{
	if (!(fadt.flags & FADT_RESET_REG_SUP))
		return;
	if (fadt.reset.space == GAS_IO)
		outb(fadt.reset.addr, fadt.reset_value);
	else if (reset_memory)
		*(volatile u8 *)reset_memory = fadt.reset_value;
}
