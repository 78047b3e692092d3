"""No receive livelock: under a flood the console answers, and afterwards every frame is accounted for."""

import contextlib
import socket
import subprocess
import threading
import time

import pytest
from lib.vm import VM, Tap
from lib.wire import HOST_IP, SKBOX_IP, SKBOX_MAC, STATIC, Flood, Wire

SECONDS, COMMANDS = 6, 10  # of a flood, at least


def use_console(vm):
    """Under a flood, for a while; a command may take its time on a slow machine, but each must end."""
    end, answers = time.monotonic() + SECONDS, 0
    while time.monotonic() < end or answers < COMMANDS:
        assert vm.run(f"echo {answers}") == str(answers)
        answers += 1


def test_console_stays_alive_and_every_datagram_is_counted():
    wire = Wire()
    with VM(append=f"quiet {STATIC}", nets=[wire], mem=64) as vm:
        vm.wait_prompt()
        wire.fence()
        vm.run("udpecho -p 9 &")
        baseline = vm.pool_in_use()
        delivered, drops = vm.snmp("Udp")["InDatagrams"], sum(vm.drops().values())
        with Flood(wire, 9) as flood:
            use_console(vm)
        wire.fence()
        vm.wait_until("the pool is back at its baseline", lambda: vm.pool_in_use() <= baseline)
        delivered = vm.snmp("Udp")["InDatagrams"] - delivered
        drops = sum(vm.drops().values()) - drops
        # what came besides: the echo of the fence is neither UDP nor dropped
        assert delivered + drops == flood.sent, f"sent {flood.sent}, delivered {delivered}, dropped {drops}"


def tap_sent(tap):
    """Frames that Linux has given to the tap device's reader: QEMU."""
    with open("/proc/net/dev") as dev:
        return next(int(line.split(":")[1].split()[9]) for line in dev if tap.name in line)


def mac_of(tap):
    words = subprocess.run(["ip", "-o", "link", "show", tap.name], check=True, stdout=subprocess.PIPE, text=True).stdout.split()
    return words[words.index("link/ether") + 1]


def flood_socket(sock, size, stop):
    data = b"f" * size
    while not stop.is_set():
        with contextlib.suppress(OSError):  # refused, or the queue is full: on with it
            sock.send(data)


@pytest.mark.parametrize("card,mem,port,size", [("e1000", 64, 9, 18), ("e1000", 16, 9999, 18), ("e1000e", 64, 9, 1472)])
def test_flood_from_linux_is_accounted_for(card, mem, port, size):
    """What Linux has handed over is delivered or dropped for a reason, to the last frame: by a server, at a closed port."""
    tap = Tap(address=HOST_IP)
    with open(f"/proc/sys/net/ipv6/conf/{tap.name}/disable_ipv6", "w") as switch:
        switch.write("1")
    subprocess.run(["ip", "neigh", "replace", SKBOX_IP, "lladdr", SKBOX_MAC, "nud", "permanent", "dev", tap.name], check=True)
    with VM(append=f"quiet {STATIC}", nets=[tap], mem=mem, card=card) as vm:
        vm.wait_prompt()
        vm.run("udpecho -p 9 &")
        vm.check(f"arp -s {HOST_IP} {mac_of(tap)}")  # nothing but the flood shall be on the wire
        subprocess.run(["ping", "-c", "2", "-i", "0.2", SKBOX_IP], check=True, stdout=subprocess.DEVNULL)
        baseline, before = vm.pool_in_use(), (vm.snmp("Udp")["InDatagrams"], sum(vm.drops().values()), tap_sent(tap))
        stop = threading.Event()
        # Open until the end, for Linux would complain of each answer to a closed one.
        socks = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
        for sock in socks:
            sock.connect((SKBOX_IP, port))
        threads = [threading.Thread(target=flood_socket, args=(sock, size, stop), daemon=True) for sock in socks]
        for thread in threads:
            thread.start()
        try:
            use_console(vm)
        finally:
            stop.set()
            for thread in threads:
                thread.join()

        def rest():
            delivered, drops = vm.snmp("Udp")["InDatagrams"] - before[0], sum(vm.drops().values()) - before[1]
            return tap_sent(tap) - before[2] - delivered - drops

        vm.wait_until(f"every frame is accounted for, but {rest()}", lambda: rest() == 0)
        vm.wait_until("the pool is back at its baseline", lambda: vm.pool_in_use() <= baseline)
        for sock in socks:
            sock.close()
