"""skbox boots on every machine that we name: RAM sizes, chip sets, cards, boot loaders; and it ends as it should."""

import os
import pathlib
import subprocess

import pytest
from lib.vm import KERNEL, ROOT, VM, User

OVMF = next((p for p in map(pathlib.Path, ("/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/ovmf/OVMF.fd",
                                           "/usr/share/qemu/OVMF.fd")) if p.exists()), None)
ISO = ROOT / "build" / "skbox.iso"


@pytest.fixture(scope="session")
def iso():
    subprocess.run(["make", "-s", "iso"], cwd=ROOT, check=True)
    return ISO


def address_and_ping(vm):
    vm.wait_prompt()
    assert "10.0.2.15" in vm.run("ifconfig eth0")
    assert "1 received" in vm.check("ping -c 1 10.0.2.2")


@pytest.mark.parametrize("mem", [16, 32, 128, 1024, 4096])
def test_memory_sizes(mem):
    with VM(nets=[User()], mem=mem) as vm:
        address_and_ping(vm)
        assert vm.poweroff() == 0


@pytest.mark.parametrize("card", ["e1000", "e1000-82544gc", "e1000-82545em", "e1000e"])
def test_cards(card):
    with VM(nets=[User()], card=card) as vm:
        address_and_ping(vm)


@pytest.mark.parametrize("machine,cpu", [("q35", None), ("pc", "qemu64"), ("pc", "max"), ("q35", "max")])
def test_machines(machine, cpu):
    with VM(nets=[User()], machine=machine, cpu=cpu) as vm:
        address_and_ping(vm)
        assert vm.poweroff() == 0


def test_two_processors_are_no_harm():
    with VM(nets=[User()], args=["-smp", "2"]) as vm:
        address_and_ping(vm)


def test_iso_by_bios(iso):
    with VM(nets=[User()], mem=64, boot=["-boot", "d", "-cdrom", str(iso)]) as vm:
        address_and_ping(vm)
        assert vm.poweroff() == 0


@pytest.mark.timeout(240)
def test_iso_by_uefi(iso):
    assert OVMF, "no OVMF firmware: make setup installs it"
    with VM(nets=[User()], mem=256, machine="q35",
            boot=["-drive", f"if=pflash,format=raw,unit=0,readonly=on,file={OVMF}", "-cdrom", str(iso)]) as vm:
        vm.wait_prompt(120)
        address_and_ping_after_prompt(vm)


def address_and_ping_after_prompt(vm):
    assert "10.0.2.15" in vm.run("ifconfig eth0")
    assert "1 received" in vm.check("ping -c 1 10.0.2.2")
    assert vm.poweroff() == 0


def test_command_line():
    with VM(append='hostname=walker ip=off sysctl.net.ipv4.ip_default_ttl=33 run="echo first; echo second"') as vm:
        vm.expect(r"first[\r\n]+second")
        vm.wait_prompt()
        assert vm.run("hostname") == "walker"
        assert vm.run("cat /proc/sys/net/ipv4/ip_default_ttl") == "33"
        assert "hostname=walker" in vm.run("cat /proc/cmdline")


def test_wrong_command_line_is_one_line_each():
    words = ["sysctl.net.ipv4.no_such=1", "sysctl.net.ipv4.ip_forward=abc", "hostname=a!b", "skb.pool=1", "ip=1.2.3"]
    with VM(append=" ".join(words), nets=[User()]) as vm:
        vm.wait_prompt()
        lines = vm.console_text().replace("\r", "").splitlines()[1:]
        for word in words:
            assert len([l for l in lines if word in l]) == 1, word


def test_initrd_overlays_the_root(tmp_path):
    root = tmp_path / "root"
    (root / "etc").mkdir(parents=True)
    (root / "etc/motd-of-ours").write_text("an appliance\n")
    (root / "www").mkdir()
    (root / "www/big").write_bytes(os.urandom(200_000))
    tar = tmp_path / "root.tar"
    subprocess.run(["tar", "--format=ustar", "-C", str(root), "-cf", str(tar), "."], check=True)
    with VM(append="ip=off", boot=["-kernel", str(KERNEL), "-initrd", str(tar),
                                   "-append", "ip=off"]) as vm:
        vm.wait_prompt()
        assert vm.run("cat /etc/motd-of-ours") == "an appliance"
        assert "200000" in vm.run("wc -c /www/big")


def test_broken_initrd_is_one_line(tmp_path):
    (tmp_path / "bad.tar").write_bytes(b"this is no tar at all" * 100)
    with VM(boot=["-kernel", str(KERNEL), "-initrd", str(tmp_path / "bad.tar"),
                  "-append", "ip=off"]) as vm:
        vm.wait_prompt()
        assert "tar" in vm.console_text()


def test_reboot_resets():
    with VM(append="ip=off") as vm:
        vm.wait_prompt()
        vm.send("reboot\r")
        assert vm.wait_exit() == 0  # -no-reboot turns the reset into an exit


def test_too_little_memory_is_one_line():
    with VM(append="ip=off", mem=4) as vm:
        vm.expect("memory")
