# Tests: `make test` runs all of them; `make test-wire` (unit, script, property, check, wire, interop, fuzz) one kind.

PYTHON ?= /usr/bin/python3
SUITES := unit script property check wire interop fuzz

test:
	@$(PYTHON) tests/run.py

$(SUITES:%=test-%): test-%:
	@$(PYTHON) tests/run.py $*

# skbox and a Linux guest in turns: a quarter of an hour, on a machine that does nothing else.
bench: build/skbox.elf
	@$(PYTHON) tests/bench/compare.py --json build/bench/compare.json

# ---- the relay: a bad network between two ends, for the tests ----

RELAY_SRC := $(wildcard tests/relay/*.c) net/link/netem_dice.c net/link/due_heap.c apps/tc/netem.c apps/tc/units.c

relay: build/relay

build/relay: $(RELAY_SRC) $(wildcard tests/relay/*.h net/link/netem_dice.h net/link/due_heap.h apps/tc/*.h libc/include/abi/netem.h)
	@mkdir -p $(@D)
	@echo "  HOSTCC $@"
	$(Q)gcc -std=gnu11 -O2 -g $(WARN) -D_GNU_SOURCE -I. -idirafter libc/include $(RELAY_SRC) -o $@.tmp
	$(Q)mv $@.tmp $@

# ---- unit tests and fuzz targets: a program for each file, over the whole kernel as one object ----

ifeq ($(ARCH),host)
UNIT := $(patsubst tests/unit/%.c,$(OBJ)/unit/%,$(wildcard tests/unit/test_*.c))
UNIT_HELP := $(patsubst tests/unit/%.c,$(OBJ)/unit/%.o,$(filter-out tests/unit/test_%,$(wildcard tests/unit/*.c)))
FUZZERS := $(patsubst tests/fuzz/%.c,$(OBJ)/%,$(wildcard tests/fuzz/fuzz_*.c))
TEST_CC = $(CC) -std=gnu11 -O1 -g -MMD -MP -Wall -Wextra -Wno-unused-parameter -Wno-missing-field-initializers -Werror $(SAN) -I. -Ikernel/arch/host -idirafter libc/include

# Fuzz targets see our headers; malloc and abort are the machine's.
FUZZ_CC = $(CC) $(BASE) $(SAN) -fPIE $(KERNEL_INC)

$(OBJ)/unit/%.o: tests/unit/%.c
	@mkdir -p $(@D)
	$(Q)$(TEST_CC) -c $< -o $@

$(UNIT): $(OBJ)/unit/%: tests/unit/%.c $(UNIT_HELP) $(OBJ)/kernel.o $(HOST_LIB_OBJS)
	@mkdir -p $(@D)
	@echo "  TEST  $@"
	$(Q)$(TEST_CC) $(filter %.c %.o,$^) -o $@ -lcmocka -lm -lm

# What stands beside the kernel in a test.
$(OBJ)/unit/test_relay_line: tests/relay/line.c tests/relay/frame.c
$(OBJ)/unit/test_relay_segment: tests/relay/segment.c
$(OBJ)/unit/test_ne2k: tests/unit/dp8390/model.c $(wildcard drivers/net/ne2k*.c)
$(OBJ)/unit/test_ne2k: TEST_CC += -Itests/unit/dp8390 -Wl,--wrap=netif_rx
$(OBJ)/unit/test_serial: tests/unit/uart16550/model.c drivers/serial.c
$(OBJ)/unit/test_serial: TEST_CC += -Itests/unit/uart16550

# tcpdump's compiler wants memory, which in the kernel's object a task has: here it is built over the machine's libc.
FUZZ_TCPDUMP := $(filter-out %/capture.c %/savefile.c %/sink.c,$(wildcard apps/tcpdump/*.c))

$(OBJ)/fuzz_tcpdump: tests/fuzz/fuzz_tcpdump.c $(FUZZ_TCPDUMP) $(wildcard apps/tcpdump/*.h)
	@mkdir -p $(@D)
	@echo "  FUZZ  $@"
	$(Q)$(filter-out -MMD -MP,$(FUZZ_CC)) -fsanitize=fuzzer $(filter %.c,$^) -o $@

$(OBJ)/fuzz_stack.o $(OBJ)/fuzz_tcp_peer.o: $(OBJ)/fuzz_%.o: tests/fuzz/%.c
	$(Q)$(FUZZ_CC) $(FUZZ_UNTRACED) -c $< -o $@

$(OBJ)/fuzz_tcp_segment: $(OBJ)/fuzz_tcp_peer.o

$(filter-out %/fuzz_tcpdump,$(FUZZERS)): $(OBJ)/%: tests/fuzz/%.c $(OBJ)/fuzz_stack.o $(OBJ)/kernel.o $(HOST_LIB_OBJS)
	@echo "  FUZZ  $@"
	$(Q)$(FUZZ_CC) $(FUZZ_UNTRACED) -fsanitize=fuzzer $(filter %.c %.o,$^) -o $@

# Two stacks and what lies between them, in a program that loads libskbox twice. Faster without sanitizers, for many seeds:
# make ARCH=host OBJ=build/fast SAN= property-build && build/fast/tcp_property --lib build/fast/libskbox.so --seeds 1-100000
PROPERTY_SRC := $(wildcard tests/property/*.c) $(addprefix tests/relay/,line.c frame.c) $(addprefix net/link/,netem_dice.c due_heap.c)

$(OBJ)/tcp_property: $(PROPERTY_SRC) $(wildcard tests/property/*.h tests/relay/*.h net/link/netem_dice.h net/link/due_heap.h)
	@mkdir -p $(@D)
	@echo "  TEST  $@"
	$(Q)gcc -std=gnu11 -O2 -g $(WARN) $(SAN) -D_GNU_SOURCE -I. -idirafter libc/include $(PROPERTY_SRC) -o $@.tmp -ldl
	$(Q)mv $@.tmp $@

property-build: $(OBJ)/tcp_property $(OBJ)/libskbox.so
unit-build: $(UNIT)
fuzzers: $(FUZZERS)

-include $(UNIT:=.d) $(UNIT_HELP:.o=.d) $(FUZZERS:=.d) $(OBJ)/fuzz_stack.d $(OBJ)/fuzz_tcp_peer.d
endif

# libFuzzer is clang's: the same tree once more, with coverage. Comparisons are traced, for the fuzzer to guess their other side, only
# where bytes are read: in timers, queues and tables the tracing would be half of an execution's time.
FUZZ_READERS := %parse.c %/ip_options.c %/module_elf.c %/tar.c %/filter_check.c libc/netdb/% apps/dhcp/% \
	apps/routed/wire.c apps/routed/input.c
$(call obj,$(filter-out $(FUZZ_READERS),$(SRC))): CFLAGS_ALL += $(FUZZ_UNTRACED)

fuzz-build:
	@$(MAKE) --no-print-directory ARCH=host OBJ=build/fuzz CC=clang FUZZ_UNTRACED=-fno-sanitize-coverage=trace-cmp \
		SAN="-fsanitize=address,undefined,fuzzer-no-link -fno-sanitize-recover=undefined" fuzzers

# ---- check: what the compiler does not see ----

check: check-includes check-headers check-layout check-format check-static

check-includes:
	@$(PYTHON) tests/check/include_rule.py

check-headers:
	@$(PYTHON) tests/check/headers_alone.py

# A function that is renamed would leave its place in the image, and nobody would see it.
check-layout:
	@for f in $$(grep -o '\.text\.[a-z0-9_]*' linker.ld | cut -d. -f3 | grep -vx -e boot -e unlikely -e ''); do \
		git grep -qE "^[A-Za-z].*\b$$f\(" -- '*.c' || { echo "linker.ld: no function $$f"; exit 1; }; done; echo "layout: good"

check-format:
	@clang-format --dry-run -Werror $$(git ls-files '*.c' '*.h') && echo "format: good"

check-static:
	@cppcheck -q --error-exitcode=1 --inline-suppr --enable=warning,portability --suppressions-list=tests/check/cppcheck.txt \
		-D__x86_64__ -I. -Ilibc/include -Ikernel/arch/x86_64 kernel/*.c net libc apps drivers modules && echo "cppcheck: good"

.PHONY: test relay bench check check-includes check-headers check-layout check-format check-static unit-build property-build fuzzers fuzz-build $(SUITES:%=test-%)
