"""A real DHCP and DNS server: dnsmasq."""

import os
import signal
import socket
import subprocess

import pytest
from lib.vm import VM, Tap

HOST = "10.78.0.1"


class Dnsmasq:
    def __init__(self, directory):
        self.log = directory / "dnsmasq.log"
        self.process = subprocess.Popen(
            ["dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--no-hosts", "--no-resolv", "--user=root",
             f"--pid-file={directory}/pid", f"--dhcp-leasefile={directory}/leases", f"--log-facility={self.log}",
             "--log-dhcp", "--log-queries", "--interface=sktap0", "--bind-interfaces", "--except-interface=lo",
             "--dhcp-range=10.78.0.50,10.78.0.60,255.255.255.0,2m", "--dhcp-option=option:router,10.78.0.1",
             "--domain=test.example", "--no-ping", "--dhcp-sequential-ip", "--dhcp-authoritative",
             "--dhcp-option=option:mtu,1400", "--dhcp-option=option:T1,10",
             "--address=/printer.test.example/10.78.0.200", "--cname=alias.test.example,printer2.test.example",
             "--host-record=printer2.test.example,10.78.0.201", "--txt-record=txt.test.example,some text",
             "--mx-host=test.example,mail.test.example,10", "--ptr-record=200.0.78.10.in-addr.arpa,printer.test.example"])

    def text(self):
        return self.log.read_text() if self.log.exists() else ""

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)


@pytest.fixture
def net(tmp_path):
    tap = Tap(address=HOST)
    server = Dnsmasq(tmp_path)
    yield tap, server
    server.stop()


def test_lease_names_and_renewal(net):
    tap, server = net
    with VM(append="hostname=walker", nets=[tap]) as vm:
        vm.wait_prompt()
        text = vm.run("ifconfig eth0")
        assert "10.78.0.50" in text
        assert "1400" in text
        assert "10.78.0.1" in vm.run("cat /etc/resolv.conf")
        assert "test.example" in vm.run("cat /etc/resolv.conf")
        assert "DHCPACK" in server.text() and "walker" in server.text()
        assert "10.78.0.200" in vm.check("nslookup printer.test.example")
        assert "10.78.0.200" in vm.check("nslookup printer")  # by the search list
        assert "10.78.0.201" in vm.check("nslookup alias.test.example")
        assert "printer.test.example" in vm.check("nslookup 10.78.0.200")
        assert "some text" in vm.check("nslookup -type=TXT txt.test.example")
        assert "mail.test.example" in vm.check("nslookup -type=MX test.example")
        missing = vm.run("nslookup nosuch.test.example")
        assert "NXDOMAIN" in missing or "can't find" in missing
        assert vm.run("nslookup nosuch.test.example > /dev/null; echo $?").strip() != "0"
        # T1 is after ten seconds
        vm.wait_until("the lease is renewed", lambda: server.text().count("DHCPACK") >= 2)
        assert "1 received" in vm.check(f"ping -c 1 {HOST}")


def test_conflict_is_declined(net):
    """RFC 2131 §3.1.5: somebody - here Linux itself, on the tap - has the address that the server offers first."""
    tap, server = net
    subprocess.run(["ip", "addr", "add", "10.78.0.50/32", "dev", "sktap0"], check=True)
    with VM(nets=[tap]) as vm:
        vm.wait_prompt()
        vm.wait_until("an address after all", lambda: "10.78.0.51" in vm.run("ifconfig eth0"), deadline=60)
        assert "DHCPDECLINE" in server.text()


def test_no_server_is_said_and_the_prompt_comes(tmp_path):
    with VM(nets=[Tap(address=HOST)]) as vm:
        vm.wait_prompt(30)
        assert "eth0" in vm.run("ifconfig -a")
        server = Dnsmasq(tmp_path)
        try:
            vm.wait_until("a lease once there is a server", lambda: "10.78.0." in vm.run("ifconfig eth0"), 60)
        finally:
            server.stop()


def test_resolver_gives_up_on_a_dead_server():
    tap = Tap(address=HOST)
    with VM(append=f"ip=10.78.0.5::{HOST}:255.255.255.0:x:eth0:off:{HOST}", nets=[tap]) as vm:
        vm.wait_prompt()
        text = vm.run("nslookup printer.test.example; echo status $?", deadline=40)
        assert "status 0" not in text
        # A host that drops silently: nobody answers at all.
        vm.run("echo nameserver 10.78.0.99 > /etc/resolv.conf")
        assert "status 0" not in vm.run("nslookup printer.test.example; echo status $?", deadline=60)
