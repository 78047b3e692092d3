"""No receive livelock: under a flood the console answers, and afterwards every frame is accounted for."""

import threading
import time

from lib.vm import VM
from lib.wire import HOST_IP, IP, SKBOX_IP, STATIC, UDP, Raw, Wire

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
