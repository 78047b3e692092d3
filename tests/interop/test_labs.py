"""The labs do what their files say: the very same files that `make lab` boots."""

import re
import shutil
import signal
import subprocess

import pytest
from lib.lab import RunningLab, lab
from lib.vm import ROOT, VM, User, wait_until


def test_every_lab_reads():
    for name in lab.names():
        found = lab.Lab(name)
        assert found.title and found.machines, name
        assert (ROOT / "labs" / f"{name}.lab").read_text().count("\n") < 40, f"{name}: a lab is one small file"


@pytest.mark.parametrize("text, error", [
    ("nic x 10.0.0.1/24", "no machine yet"), ("machine a\nnic x 10.0.0.1/24", "no link x"), ("link x\nmachine a\nnic x 10.0.0.1/99", "10.0.0.1/99"),
    ("machine a\nfly", "unknown word"), ("link x\nmachine a\nnic x none", "two ends"), ("machine a\nnic", "nic LINK"),
])
def test_bad_lab_is_one_line_of_error(tmp_path, monkeypatch, text, error):
    (tmp_path / "bad.lab").write_text(f"# Bad.\n{text}\n")
    monkeypatch.setattr(lab, "LABS", tmp_path)
    with pytest.raises(lab.LabError, match=re.escape(error)):
        lab.Lab("bad")


def test_pair():
    with RunningLab("pair") as machines:
        assert " 0% packet loss" in machines["left"].check("ping -c 3 -i 0.1 10.0.0.2")
        assert re.search("10.0.0.1 dev eth0 lladdr 52:54:00:00:01:01 (REACHABLE|DELAY|STALE)", machines["right"].run("ip neigh"))


def test_router():
    with RunningLab("router") as machines:
        left = machines["left"]
        assert "ttl=63" in left.check("ping -c 1 10.0.2.2")
        assert "<!doctype html>" in left.check("wget -q -O - http://10.0.2.2/").lower()
        assert machines["router"].snmp("Ip")["ForwDatagrams"] > 4
        machines.pull("right-lan", False)
        assert "100% packet loss" in left.run("ping -c 1 -W 1 10.0.2.2")
        machines.pull("right-lan", True)
        wait_until("the way is there again", lambda: "1 received" in left.run("ping -c 1 -W 1 10.0.2.2"))


def test_lossy_wan():
    with RunningLab("lossy-wan") as machines:
        out = machines["client"].check("ping -c 10 -i 0.05 -W 1 10.0.0.2 || true")
        assert min(float(t) for t in re.findall(r"time=([\d.]+)", out)) >= 100


def test_three_machines():
    """The guides' machines: their start-up files give each its place."""
    with RunningLab("three-machines") as machines:
        host, router = machines["lan-host"], machines["router"]
        assert host.run("hostname").strip() == "lan-host"
        routes = router.run("route -n")
        for line in (r"192\.168\.2\.0 +192\.168\.1\.2 +255\.255\.255\.0 +UG .* eth0", r"203\.0\.113\.7 +198\.51\.100\.3 +255\.255\.255\.255 +UGH .* eth1",
                     r"0\.0\.0\.0 +198\.51\.100\.1 +0\.0\.0\.0 +UG .* eth1"):
            assert re.search(line, routes), routes
        assert router.run("cat /proc/sys/net/ipv4/ip_forward").strip() == "1"
        assert host.run("cat /proc/sys/net/ipv4/ip_forward").strip() == "0"
        assert "ttl=63" in host.check("ping -c 2 -i 0.1 198.51.100.1")


def test_home_machine(tmp_path):
    """The third of the guides' machines is a tar for -initrd like the others."""
    root = lab.pack(ROOT / "boot" / "rootfs.d" / "home", tmp_path / "home.tar")
    with VM(append="quiet", nets=[User()], args=["-initrd", str(root)]) as vm:
        vm.wait_prompt()
        assert vm.run("hostname").strip() == "home"
        assert "inet 10.0.2.15" in vm.run("ifconfig eth0")


def test_rip_triangle():
    """All learn all networks; with a cable cut they go round, and back when it is mended."""
    with RunningLab("rip-triangle") as machines:
        def gateway(name, network):
            found = re.search(rf"{network}/24 via (\S+) ", machines[name].run("ip route"))
            return found and found.group(1)
        wait_until("a knows b's and c's", lambda: gateway("a", "192.168.2.0") == "10.1.0.2" and gateway("a", "192.168.3.0") == "10.3.0.3", 60)
        machines.pull("ab", False)
        wait_until("a goes round to b", lambda: gateway("a", "192.168.2.0") == "10.3.0.3", 60)
        wait_until("b's answers come round, too", lambda: "ttl=63" in machines["a"].run("ping -c 1 -W 1 192.168.2.1"), 60)
        machines.pull("ab", True)
        wait_until("a goes straight to b", lambda: gateway("a", "192.168.2.0") == "10.1.0.2", 60)


def test_started_by_hand_and_cable_pulled():
    """labs/lab.py itself, as somebody without tmux has it."""
    shutil.rmtree(lab.BUILD / "pair", ignore_errors=True)  # what a run before has left
    child = subprocess.Popen([ROOT / "labs" / "lab.py", "pair"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
    try:
        logs = [ROOT / "build" / "lab" / "pair" / f"{name}.log" for name in ("left", "right")]
        wait_until("both prompts", lambda: all(log.exists() and "skbox# " in log.read_text(errors="replace") for log in logs), 60)
        for verb in ("cut", "heal"):
            subprocess.run([ROOT / "labs" / "lab.py", "pair", verb, "wire"], check=True, timeout=60)
        bad = subprocess.run([ROOT / "labs" / "lab.py", "pair", "cut", "nothing"], capture_output=True, text=True, timeout=60)
        assert bad.returncode == 1 and bad.stderr.startswith("lab: no link nothing") and bad.stderr.count("\n") == 1
        assert (ROOT / "build" / "lab" / "pair" / "wire.pcap").read_bytes()[:4] in (b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4")
    finally:
        child.send_signal(signal.SIGTERM)
        child.wait(60)
