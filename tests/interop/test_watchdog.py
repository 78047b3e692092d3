"""A card that stops sending: the queue fills, the watchdog resets the card, and traffic goes on."""

import re

from lib.gdb import Gdb
from lib.vm import VM
from lib.wire import STATIC, Wire

TCTL = 0x400


def test_stuck_transmitter_is_reset(tmp_path):
    wire, stub = Wire(), tmp_path / "gdb"
    with VM(append=f"quiet {STATIC}", nets=[wire], args=["-gdb", f"unix:{stub},server=on,wait=off"]) as vm:
        vm.wait_prompt()
        wire.fence()
        baseline = vm.pool_in_use()
        pci = vm.qmp("human-monitor-command", **{"command-line": "info pci"})
        bar = int(re.search(r"8086:100e.*?BAR0: 32 bit memory at (0x[0-9a-f]+)", pci, re.S).group(1), 16)
        gdb = Gdb(stub)
        gdb.poke_physical(bar + TCTL, bytes(4))  # the transmitter is off, and nobody has told the driver
        gdb.leave()
        vm.run("ping -q -f -c 2000 -w 4 10.9.0.1", deadline=30)
        vm.wait_until("the card is reset", lambda: "TX errors 1" in vm.run("ifconfig eth0"), deadline=30)
        wire.fence()
        vm.wait_until("the pool is back at its baseline", lambda: vm.pool_in_use() <= baseline)
        assert vm.drops()["TX_ERROR"] > 0
