"""Interrupts that no device has asked for (8259A data sheet: a request that is gone too soon comes as line 7 of its chip)."""

import re

from lib.gdb import RIP, Gdb, symbol
from lib.vm import VM

VECTORS = 0x20  # of line 0


def counts(vm):
    """{"SPU": 2, "4": 31} of /proc/interrupts."""
    return {name: int(n) for name, n in re.findall(r"^ *(\w+): +(\d+)", vm.proc("interrupts"), re.M)}


def test_spurious_interrupts_are_told_from_unserved_ones(tmp_path):
    stub = tmp_path / "gdb"
    with VM(append="ip=off", args=["-gdb", f"unix:{stub},server=on,wait=off"]) as vm:
        vm.wait_prompt()
        assert counts(vm)["SPU"] == 0
        vm.wait_idle()
        gdb = Gdb(stub)
        back, where = gdb.command(f"p{RIP:x}").decode(), symbol("arch_halt")  # which runs at the very end only
        code = bytes([0xcd, VECTORS + 15] * 3 + [0xcd, VECTORS + 7] * 2)
        gdb.poke(where, code + bytes.fromhex("ff2500000000") + bytes.fromhex(back))  # jmp *0(%rip): where it slept
        gdb.set(RIP, where)
        gdb.leave()
        vm.send("\r")  # wakes it
        found = vm.wait_until("all of them have come", lambda: (c := counts(vm))["SPU"] >= 5 and c)
        assert found["SPU"] == 5
        assert found["4"] > 0 and not {"7", "15"} & set(found)
        assert "nobody serves" not in vm.console_text()
