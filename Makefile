# skbox: `make help` lists the targets.
#
#   ARCH=x86_64 (default)  build/skbox.elf, the bare-metal kernel
#   ARCH=host              build/host/skbox and build/host/libskbox.so, the same kernel as a Linux process
#   V=1                    shows the commands

ifneq ($(filter setup,$(MAKECMDGOALS)),)
# setup runs first and alone: the other goals look for their tools only after it.
REST := $(filter-out setup,$(MAKECMDGOALS))
setup:
	@sh tests/setup.sh $(REST)
$(REST): setup
	@$(MAKE) --no-print-directory $@
.PHONY: setup $(REST)
else

ARCH ?= x86_64
OBJ ?= build/$(ARCH)
Q := $(if $(V),,@)
MAKEFLAGS += --no-builtin-rules
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:

# ---- tools ----

ifeq ($(ARCH),x86_64)
ifndef CROSS_COMPILE
CROSS_COMPILE := $(firstword $(foreach p,x86_64-elf- x86_64-linux-gnu-,$(if $(shell command -v $(p)gcc),$(p))))
endif
CC := $(CROSS_COMPILE)gcc
LD := $(CROSS_COMPILE)ld
NM := $(CROSS_COMPILE)nm
OBJCOPY := $(CROSS_COMPILE)objcopy
else
CC := gcc
LD := ld
NM := nm
OBJCOPY := objcopy
endif

# ---- sources: every .c of a layer's folder belongs to it ----

KERNEL_SRC := $(wildcard kernel/*.c)
NET_SRC := $(wildcard net/*.c net/*/*.c)
LIBC_SRC := $(wildcard libc/*.c libc/*/*.c)
APPS_SRC := $(wildcard apps/*.c apps/*/*.c)
# The machine, and the drivers that it has hardware for.
ARCH_SRC := $(filter-out kernel/arch/host/host_%,$(wildcard kernel/arch/$(ARCH)/*.c))
ifeq ($(ARCH),x86_64)
ARCH_SRC += $(wildcard kernel/arch/x86_64/*.S boot/*.S)
DRIVER_SRC := drivers/drivers.c $(wildcard drivers/pci.c drivers/uart.c drivers/serial.c drivers/net/e1000*.c drivers/net/ne2k*.c)
else
DRIVER_SRC := drivers/drivers_host.c $(wildcard drivers/net/hostnic.c drivers/net/tap.c drivers/net/dgram.c)
HOST_SRC := $(wildcard kernel/arch/host/host_*.c)
endif

# A module is one file. The kernel loads it from the root file system; where it is a Linux process, it is linked in.
MODULE_SRC := $(filter-out modules/exports.c,$(wildcard modules/*.c))
MODULES := $(basename $(notdir $(MODULE_SRC)))

SRC := modules/exports.c $(if $(filter host,$(ARCH)),$(MODULE_SRC)) $(wildcard boot/image.c) $(KERNEL_SRC) $(ARCH_SRC) $(wildcard $(DRIVER_SRC)) $(NET_SRC) $(LIBC_SRC) $(APPS_SRC)
obj = $(patsubst %,$(OBJ)/%.o,$(basename $(1)))
OBJS := $(call obj,$(SRC))
MODULE_OBJS := $(call obj,$(MODULE_SRC))

# ---- flags ----

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wno-unused-parameter -Wno-missing-field-initializers \
	-Werror
# What packets and their tasks pass is made fast, what only boot and people wait for is made small.
FAST := net/% drivers/net/% libc/string/% libc/socket/% $(patsubst %,kernel/%.c,file idle irq kmalloc mm_page mm_slab poll sched \
	signal softirq sys_file sys_time syscall time timer uaccess wait) \
	$(patsubst %,kernel/arch/x86_64/%.c,clock context lapic pic timer_x86 trap) kernel/arch/host/%
SMALL := net/link/dev.c net/link/dev_ioctl.c net/link/dev_mcast.c net/link/dev_proc.c net/ip/devinet% net/ip/route_ioctl.c \
	net/core/sock_opt.c net/ip/arp_ioctl.c net/ip/neighbour_proc.c net/ip/ip_sockglue.c net/ip/ip_sockopts.c net/ip/ip_srr.c drivers/net/e1000_hw.c \
	drivers/net/ne2k.c drivers/net/ne2k_probe.c drivers/net/ne2k_overflow.c
OPT = -Os
$(call obj,$(filter-out $(SMALL),$(filter $(FAST),$(SRC)))): OPT = -O2
GCC_INC := $(shell $(CC) -print-file-name=include)
# The kernel, the stack and the apps use no floating-point registers, so a context switch and an interrupt save none.
BASE = -std=gnu11 $(OPT) -g -ffreestanding -fno-common -fno-strict-aliasing -fno-omit-frame-pointer -nostdinc \
	-isystem $(GCC_INC) -MMD -MP $(WARN)
# Small copies and fills as plain moves: rep movs starts slowly on a processor, and is a loop of one word at a time in an emulator.
UNROLL := unrolled_loop:256:noalign,libcall:-1:noalign
STRINGOPS := -mmemcpy-strategy=$(UNROLL) -mmemset-strategy=$(UNROLL)
STRINGOPS := $(if $(filter x86_64,$(ARCH)),$(shell $(CC) $(STRINGOPS) -E -xc /dev/null >/dev/null 2>&1 && echo $(STRINGOPS)))
CFLAGS_x86_64 := -m64 -march=x86-64 -mno-red-zone -mgeneral-regs-only -mcmodel=kernel -fno-pic -fno-pie \
	-fstack-protector-strong -mstack-protector-guard=global -ffunction-sections -fdata-sections $(STRINGOPS)
CFLAGS_host := -fPIC -fvisibility=hidden -fno-stack-protector
SAN := -fsanitize=address,undefined -fno-sanitize-recover=undefined
CFLAGS_host += $(SAN)
CFLAGS_ALL = $(BASE) $(CFLAGS_$(ARCH))
KERNEL_INC := -I. -Ilibc/include -Ilibc/arch/$(ARCH) -Ikernel/arch/$(ARCH)
APP_INC := -Ilibc/include

# Layers above the syscall border see libc's headers only.
$(call obj,$(APPS_SRC)): INC := $(APP_INC)
# An app's main() becomes <file>_main, so that all of them fit into one image.
$(call obj,$(APPS_SRC)): CFLAGS_ALL += -Wno-missing-prototypes -Dmain=$(notdir $*)_main
INC := $(KERNEL_INC)
module_symbol = $(if $(filter host,$(ARCH)),module_$(subst -,_,$(1)),this_module)
module_flags = -DMODULE_NAME='"$(1)"' -DMODULE_SYMBOL=$(call module_symbol,$(1)) \
	-fno-function-sections -fno-data-sections -fno-asynchronous-unwind-tables
$(MODULE_OBJS): CFLAGS_ALL += $(call module_flags,$(notdir $*))

$(OBJ)/%.o: %.c Makefile
	@mkdir -p $(@D)
	@echo "  CC    $<"
	$(Q)$(CC) $(CFLAGS_ALL) $(INC) -c $< -o $@

$(OBJ)/%.o: %.S Makefile
	@mkdir -p $(@D)
	@echo "  AS    $<"
	$(Q)$(CC) $(CFLAGS_ALL) $(INC) -D__ASSEMBLY__ -c $< -o $@

-include $(OBJS:.o=.d) $(MODULE_OBJS:.o=.d)

# ---- the root file system that is built into the image ----

ROOTFS := $(shell find boot/rootfs -type f 2>/dev/null)
ROOT_MODULES := $(MODULES:%=lib/modules/%.o)
$(OBJ)/rootfs.tar: $(ROOTFS) $(ROOT_MODULES:%=$(OBJ)/root/%) Makefile
	@mkdir -p $(@D)
	$(Q)tar --format=ustar --sort=name --owner=0 --group=0 --numeric-owner --mode=u+w,go-w --mtime=@0 -cf $@ \
		$(if $(ROOTFS),-C boot/rootfs .) -C $(abspath $(OBJ))/root $(ROOT_MODULES)

ifeq ($(ARCH),x86_64)
# Without what only a debugger reads.
MODULE_STRIP := $(OBJCOPY) --strip-debug --discard-locals -R .comment -R .eh_frame -R '.note.*'
$(OBJ)/root/lib/modules/%.o: $(OBJ)/modules/%.o
	@mkdir -p $(@D)
	$(Q)$(MODULE_STRIP) $< $@

# One whose file stands elsewhere: make module M=/path/mine.c leaves /path/mine.o.
module:
	@test -n "$(M)" || { echo "which one? make module M=/path/mine.c"; exit 1; }
	@echo "  CC    $(M)"
	$(Q)$(CC) $(filter-out -MMD -MP,$(CFLAGS_ALL)) $(call module_flags,$(basename $(notdir $(M)))) $(INC) -c $(M) -o $(M:.c=.o)
	$(Q)$(MODULE_STRIP) $(M:.c=.o)

.PHONY: module
else
$(OBJ)/root/lib/modules/%.o: Makefile
	@mkdir -p $(@D)
	$(Q)echo "linked $*" > $@

# The table of those that are linked in.
$(OBJ)/modules_linked.c: $(MODULE_SRC) Makefile
	@mkdir -p $(@D)
	$(Q)(echo '#include "kernel/arch/host/module_linked.h"'; $(foreach m,$(MODULES),echo \
		'extern const struct module_info $(call module_symbol,$(m));';) \
		echo 'const struct module_info *const modules_linked[] = {'; \
		$(foreach m,$(MODULES),echo '	&$(call module_symbol,$(m)),';) echo '};'; \
		echo 'const size_t nr_modules_linked = ARRAY_SIZE(modules_linked);') > $@

$(OBJ)/modules_linked.o: $(OBJ)/modules_linked.c
	$(Q)$(CC) $(CFLAGS_ALL) $(INC) -c $< -o $@
endif

# ---- x86_64: the kernel ----

ifeq ($(ARCH),x86_64)
all: build/skbox.elf

# Linked twice: the names of the first image's functions become the symbol table of the second. Like all that others run or load
# while we build, it appears at once and whole.
LINK := $(LD) -nostdlib -static --gc-sections --build-id=none -z max-page-size=4096 -z noexecstack -T linker.ld
SYMBOLS := kernel/arch/x86_64/symbols.awk

build/skbox.elf: $(OBJS) linker.ld $(SYMBOLS)
	@echo "  LD    $@"
	$(Q)$(LINK) -o $(OBJ)/nosymbols.elf $(OBJS)
	$(Q)$(NM) -n $(OBJ)/nosymbols.elf | awk -f $(SYMBOLS) > $(OBJ)/symbols.S
	$(Q)$(CC) -m64 -c $(OBJ)/symbols.S -o $(OBJ)/symbols.o
	$(Q)$(LINK) -o $@.tmp $(OBJS) $(OBJ)/symbols.o
	@mv $@.tmp $@

$(OBJ)/kernel/arch/x86_64/rootfs.o: $(OBJ)/rootfs.tar
$(OBJ)/kernel/arch/x86_64/rootfs.o: CFLAGS_ALL += -DROOTFS_TAR='"$(OBJ)/rootfs.tar"'

# ---- booting it: make run MEM=64 APPEND='ip=dhcp' INITRD=my.tar QEMU_ARGS='-accel kvm -cpu host' ----

QEMU ?= qemu-system-x86_64
MEM ?= 128

# Console and QEMU's monitor share the terminal: Ctrl-A X ends QEMU, Ctrl-A C switches to the monitor.
run: build/skbox.elf
	$(QEMU) -m $(MEM) -cpu max -vga none -display none -serial mon:stdio \
		-netdev user,id=n0 -device e1000,netdev=n0 \
		-kernel $< $(if $(APPEND),-append '$(APPEND)') $(if $(INITRD),-initrd '$(INITRD)') $(QEMU_ARGS)

# Several machines on cables of their own: make lab LAB=pair, make lab lists them.
lab: build/skbox.elf
	@labs/lab.py $(LAB)
.PHONY: lab

# What grub.cfg uses, and the partition maps, which GRUB's own start file on UEFI asks for.
GRUB_MODULES := normal multiboot2 serial $(addprefix part_,acorn amiga apple bsd dfly dvh gpt msdos plan sun sunpc)

# The same APPEND and INITRD go into the ISO.
iso: build/skbox.elf boot/grub.cfg
	@command -v grub-mkrescue > /dev/null || { echo "grub-mkrescue is missing: make setup"; exit 1; }
	@echo "  ISO   build/skbox.iso"
	@rm -rf $(OBJ)/iso && mkdir -p $(OBJ)/iso/boot/grub
	$(Q)$(OBJCOPY) --strip-all $< $(OBJ)/iso/boot/skbox.elf
	$(Q)$(if $(INITRD),cp '$(INITRD)' $(OBJ)/iso/boot/initrd.tar)
	$(Q)sed 's|@APPEND@|$(subst &,\&,$(subst |,\|,$(APPEND)))|; s|@MODULE@|$(if $(INITRD),module2 /boot/initrd.tar)|' boot/grub.cfg \
		> $(OBJ)/iso/boot/grub/grub.cfg
	$(Q)grub-mkrescue --fonts= --locales= --themes= --install-modules="$(GRUB_MODULES)" \
		-o build/skbox.iso.tmp $(OBJ)/iso > $(OBJ)/iso.log 2>&1 || { cat $(OBJ)/iso.log; exit 1; }
	@mv build/skbox.iso.tmp build/skbox.iso

.PHONY: run iso
endif

# ---- host: the kernel as one object whose libc cannot be mistaken for the machine's ----

ifeq ($(ARCH),host)
all: $(OBJ)/skbox $(OBJ)/libskbox.so $(OBJ)/skbox.h

# The outer side, which sees Linux; its main is only the program's.
HOST_OBJS := $(call obj,$(HOST_SRC))
HOST_LIB_OBJS := $(filter-out %/host_main.o,$(HOST_OBJS))
$(HOST_OBJS): $(OBJ)/%.o: %.c Makefile
	@mkdir -p $(@D)
	@echo "  HOSTCC $<"
	$(Q)$(CC) -std=gnu11 -O2 -g -fPIC -fvisibility=hidden -fno-omit-frame-pointer -MMD -MP $(WARN) $(SAN) -D_GNU_SOURCE -I. -c $< -o $@

-include $(HOST_OBJS:.o=.d)

$(OBJ)/kernel/arch/host/rootfs.o: $(OBJ)/rootfs.tar
$(OBJ)/kernel/arch/host/rootfs.o: CFLAGS_ALL += -DROOTFS_TAR='"$(OBJ)/rootfs.tar"'

# Every name of our libc gets a prefix: libskbox lives in processes that have a libc already.
$(OBJ)/kernel.o: $(OBJS) $(OBJ)/modules_linked.o
	@echo "  LD    $@"
	$(Q)$(NM) -g --defined-only $(call obj,$(LIBC_SRC)) | awk 'NF == 3 { print $$3, "skbox_libc_" $$3 }' | sort -u > $(OBJ)/libc.syms
	$(Q)$(LD) -r -o $@.tmp $^
	$(Q)$(OBJCOPY) --redefine-syms=$(OBJ)/libc.syms $@.tmp $@
	@rm -f $@.tmp

$(OBJ)/skbox: $(OBJ)/kernel.o $(HOST_OBJS)
	@echo "  LD    $@"
	$(Q)$(CC) $(SAN) -o $@.tmp $^
	@mv $@.tmp $@

$(OBJ)/libskbox.so: $(OBJ)/kernel.o $(HOST_LIB_OBJS) kernel/arch/host/libskbox.map
	@echo "  LD    $@"
	$(Q)$(CC) $(SAN) -shared -Wl,--version-script=$(lastword $^) -o $@.tmp $(filter %.o,$^)
	@mv $@.tmp $@

$(OBJ)/skbox.h: kernel/arch/host/skbox.h
	$(Q)cp $< $@
endif

clean:
	rm -rf build

help:
	@echo "make            build/skbox.elf"
	@echo "make run        boot it in QEMU: user networking, console on this terminal"
	@echo "                (MEM=64 APPEND='ip=dhcp quiet' INITRD=root.tar QEMU_ARGS='-accel kvm -cpu host')"
	@echo "make lab        several machines, joined: LAB=pair, router, ... (labs/README.md)"
	@echo "make iso        build/skbox.iso (GRUB; BIOS and UEFI)"
	@echo "make ARCH=host  build/host/skbox and build/host/libskbox.so"
	@echo "make module     a module of yours: M=/path/mine.c becomes /path/mine.o (those in modules/ are built with the rest)"
	@echo "make relay      build/relay, a bad network between two ends (tests/relay/relay.c says how)"
	@echo "make test       all tests;  make check: style, include rule, static analysis"
	@echo "make bench      skbox and a Linux guest on the same card, side by side (make setup bench first)"
	@echo "make setup      install what building and testing need"
	@echo "make clean"

.PHONY: all clean help

include tests/tests.mk
endif
