"""No receive livelock: under a flood the console answers, and afterwards every frame is accounted for."""

import contextlib
import socket
import subprocess
import threading
import time

import pytest
from lib.vm import VM, Tap
from lib.wire import HOST_IP, IP, SKBOX_IP, SKBOX_MAC, STATIC, UDP, Raw, Wire

SECONDS = 6


def flood(wire, frame, stop, count):
    while time.monotonic() < stop:
        for _ in range(64):
            wire.sock.sendto(frame, wire.theirs)
        count[0] += 64


def test_console_stays_alive_and_every_datagram_is_counted():
    wire = Wire()
    with VM(append=f"quiet {STATIC}", nets=[wire], mem=64) as vm:
        vm.wait_prompt()
        wire.fence()
        vm.run("udpecho -p 9 &")
        baseline = vm.pool_in_use()
        delivered, drops = vm.snmp("Udp")["InDatagrams"], sum(vm.drops().values())
        frame = bytes(wire.ether() / IP(src=HOST_IP, dst=SKBOX_IP) / UDP(sport=1, dport=9) / Raw(b"f" * 18))
        wire.sock.setblocking(True)
        count, stop = [0], time.monotonic() + SECONDS
        sink = threading.Thread(target=drain, args=(wire, stop + 1), daemon=True)
        sender = threading.Thread(target=flood, args=(wire, frame, stop, count), daemon=True)
        sender.start()
        sink.start()
        answers = 0
        while time.monotonic() < stop:
            assert vm.run(f"echo {answers}", deadline=5) == str(answers)
            answers += 1
        sender.join()
        sink.join()
        wire.fence(30)
        assert answers >= 3
        vm.wait_until("the pool is back at its baseline", lambda: vm.pool_in_use() <= baseline)
        delivered = vm.snmp("Udp")["InDatagrams"] - delivered
        drops = sum(vm.drops().values()) - drops
        # what came besides: the echo of the fence is neither UDP nor dropped
        assert delivered + drops == count[0], f"sent {count[0]}, delivered {delivered}, dropped {drops}"


def drain(wire, stop):
    """Takes the echoes away, so that the VM's side of the cable does not fill up."""
    wire.sock.settimeout(0.2)
    while time.monotonic() < stop:
        try:
            wire.sock.recv(2048)
        except OSError:
            pass


def tap_sent(tap):
    """Frames that Linux has given to the tap device's reader: QEMU."""
    with open("/proc/net/dev") as dev:
        return next(int(line.split(":")[1].split()[9]) for line in dev if tap.name in line)


def mac_of(tap):
    words = subprocess.run(["ip", "-o", "link", "show", tap.name], check=True, stdout=subprocess.PIPE, text=True).stdout.split()
    return words[words.index("link/ether") + 1]


def flood_socket(sock, size, stop):
    data = b"f" * size
    while time.monotonic() < stop:
        for _ in range(64):
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
        stop, worst = time.monotonic() + SECONDS, 0
        # Open until the end, for Linux would complain of each answer to a closed one.
        socks = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
        for sock in socks:
            sock.connect((SKBOX_IP, port))
        threads = [threading.Thread(target=flood_socket, args=(sock, size, stop), daemon=True) for sock in socks]
        for thread in threads:
            thread.start()
        while time.monotonic() < stop:
            start = time.monotonic()
            assert vm.run("echo alive", deadline=10) == "alive"
            worst = max(worst, time.monotonic() - start)
        for thread in threads:
            thread.join()
        assert worst < 1

        def rest():
            delivered, drops = vm.snmp("Udp")["InDatagrams"] - before[0], sum(vm.drops().values()) - before[1]
            return tap_sent(tap) - before[2] - delivered - drops

        vm.wait_until(f"every frame is accounted for, but {rest()}", lambda: rest() == 0)
        vm.wait_until("the pool is back at its baseline", lambda: vm.pool_in_use() <= baseline)
        for sock in socks:
            sock.close()
