"""What a crash prints: the cause in one line, registers, a backtrace with names. Then panic= decides if it was in the
kernel; an app ends alone.

The faults are made from outside, through QEMU's gdb stub, so that the image under test is the real one.
"""

import re

import pytest
from lib.gdb import RCX, RIP, RSP, Gdb, symbol
from lib.vm import VM


@pytest.fixture
def crash(tmp_path):
    """Boots, lets @prepare change the idle machine, wakes it, and gives all that the console says until QEMU has ended."""
    def run(prepare, append="ip=off panic=-1"):
        stub = tmp_path / "gdb"
        with VM(append=append, args=["-gdb", f"unix:{stub},server=on,wait=off"]) as vm:
            vm.wait_prompt().wait_idle()
            gdb = Gdb(stub)
            prepare(gdb)
            gdb.go()
            vm.send("\r")
            assert vm.wait_exit() == 0
            return vm.console_text()
    return run


def test_jump_to_null(crash):
    text = crash(lambda gdb: gdb.set(RIP, 0))
    assert "page fault: execution of 0000000000000000 (not mapped)" in text
    assert re.search(r"RIP 0000000000000000\b", text) and "CR2 0000000000000000" in text
    assert "sched_idle" in text.split("Backtrace:")[1]


def test_divide_error(crash):
    where = symbol("arch_halt")
    def prepare(gdb):
        gdb.poke(where, bytes.fromhex("31c9f7f9"))  # xor %ecx, %ecx; idiv %ecx
        gdb.set(RIP, where)
    text = crash(prepare)
    assert "divide error" in text
    assert re.search(r"RIP [0-9a-f]{16} arch_halt\+0x2\b", text)


def test_stack_overflow_has_a_name(crash):
    text = crash(lambda gdb: gdb.set(RSP, symbol("boot_stack")))
    assert "stack overflow in task idle" in text


def test_code_is_read_only(crash):
    where, target = symbol("arch_halt"), symbol("kernel_main")
    def prepare(gdb):
        gdb.poke(where, bytes.fromhex("c60100"))  # movb $0, (%rcx)
        gdb.set(RCX, target)
        gdb.set(RIP, where)
    text = crash(prepare)
    assert f"page fault: write of {target:016x} (protected)" in text


def test_data_is_not_executable(crash):
    target = symbol("gdt")
    text = crash(lambda gdb: gdb.set(RIP, target))
    assert f"page fault: execution of {target:016x} (protected)" in text


def test_nmi_shows_where_we_are():
    with VM(append="ip=off panic=-1") as vm:
        vm.wait_prompt().wait_idle()
        vm.qmp("inject-nmi")
        vm.expect("Kernel panic: NMI")
        assert vm.wait_exit() == 0
        assert "arch_idle" in vm.console_text()


def test_panic_waits_for_someone_to_read_it():
    with VM(append="ip=off panic=2") as vm:
        vm.wait_prompt()
        vm.qmp("inject-nmi")
        vm.expect("Rebooting in 2 seconds")
        assert vm.wait_exit() == 0


@pytest.mark.parametrize("code,says", [
    ("31c08b00", "page fault: read of 0000000000000000 (not mapped) in task uname"),  # xor %eax, %eax; mov (%rax), %eax
    ("0f0b", "invalid opcode (error code 0) in task uname"),  # ud2
    ("e8fbffffff", "stack overflow in task uname"),  # call itself
])
def test_an_app_ends_alone(tmp_path, code, says):
    stub = tmp_path / "gdb"
    with VM(append="ip=off panic=-1", args=["-gdb", f"unix:{stub},server=on,wait=off"]) as vm:
        vm.wait_prompt()
        vm.run("uname; true")
        before = vm.run("free | head -2")
        gdb = Gdb(stub)
        gdb.poke(symbol("uname_main"), bytes.fromhex(code))
        gdb.go()
        for _ in range(20):
            text = vm.run("uname")
            assert says in text and "uname_main" in text and "panic" not in text
            assert "Segmentation fault" in text
        assert vm.run("uname > /dev/null 2>&1; echo $?").splitlines()[-1] == "139"
        assert vm.run("uname | cat; echo still there").splitlines()[-1] == "still there"
        assert vm.run("free | head -2") == before
        assert vm.poweroff() == 0
