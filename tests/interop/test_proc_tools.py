"""The files of /proc/net, judged twice: beside Linux's own of the same name, and by the tools that read them on Linux.

The tools (net-tools, iproute2, psutil) run where skbox's files lie in place of Linux's, and must tell what skbox's commands tell.
"""

import contextlib
import json
import os
import pathlib
import re
import socket
import struct
import subprocess
import sys
import urllib.request

import pytest
from lib.vm import VM, Tap, wait_until

GUEST, HOST = "10.77.0.2", "10.77.0.1"
GROUP, SOURCE_GROUP = "239.1.2.3", "239.4.5.6"

TEXTS = """arp dev dev_mcast icmp igmp mcfilter netstat packet protocols ptype raw route rt_cache snmp sockstat softnet_stat tcp udp
stat/arp_cache stat/rt_cache""".split()

BUSY = [
    "inetd echo &",
    f"udpecho -p 5000 -g {GROUP} &",
    f"udpecho -p 5001 -g {SOURCE_GROUP} -S {HOST} &",
    "tcpdump -n -i eth0 arp > /dev/null &",
    f"nc -u {HOST} 9999 &",
    f"ping -i 100 {HOST} > /dev/null &",
    "arp -s 10.77.0.50 02:00:00:00:00:50",
    "arp -i eth0 -Ds 10.77.0.51 eth0 pub",
    f"ping -e 7 -i 100 {HOST} > /dev/null &",
    "ip route add unreachable 10.9.9.9",
    "ip route add blackhole 10.9.8.0/24",
    f"ip route add 10.5.0.0/16 via {HOST} metric 7",
    "ip route add 10.6.0.0/16 dev eth0",
    "ip route add 10.7.0.0/16 via 10.77.0.50 realm 5",
    "sysctl -q -w net.ipv4.ip_forward=1",
    "ping -c 1 127.0.0.1 > /dev/null",
]


@contextlib.contextmanager
def boot():
    with VM(append=f"ip={GUEST}::{HOST}:255.255.255.0:skbox:eth0:off", nets=[Tap(address=HOST)]) as vm:
        vm.wait_prompt()
        for command in BUSY:
            vm.run(command)
        vm.wait_until("all of them run", lambda: all(f":{port}" in vm.run("netstat -tuna") for port in (7, 5000, 5001, 9999)))
        with contextlib.ExitStack() as stack:
            vm.socks = []
            for n in range(3):
                s = stack.enter_context(socket.create_connection((GUEST, 7), 60))
                s.sendall(b"x" * 1000 * n + b"x")
                s.recv(10)
                vm.socks.append(s)
            socket.create_connection((GUEST, 7), 60).close()
            vm.wait_until("one is gone", lambda: "estab" in (t := vm.run("ss -s").lower()) and "(estab 3," in t)
            yield vm


@pytest.fixture
def vm(shared):
    with shared.lend(boot) as vm:
        yield vm


def read(vm, name):
    return vm.run(f"cat /proc/net/{name}") + "\n"


def still(vm, names, *commands):
    """The files @names, and what @commands print meanwhile, from a moment in which nothing changed."""
    def attempt():
        before = [read(vm, name) for name in names]
        said = [vm.run(command) for command in commands]
        return (before, said) if before == [read(vm, name) for name in names] else None

    return wait_until("nothing happens", attempt, 60)


def linux_file(name):
    with contextlib.suppress(FileNotFoundError):  # some are in the first namespace only
        return pathlib.Path("/proc/net", name).read_text()
    return ""


@contextlib.contextmanager
def linux_has_the_same():
    """Sockets and groups on this side, so that Linux's files have lines, too."""
    with contextlib.ExitStack() as stack:
        def open_socket(*args):
            return stack.enter_context(socket.socket(*args))

        listener = open_socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.bind((HOST, 0))
        listener.listen()
        udp = open_socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.connect((GUEST, 9))
        open_socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
        open_socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        udp.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, socket.inet_aton(GROUP) + socket.inet_aton(HOST))
        source = struct.pack("4s4s4s", *map(socket.inet_aton, (SOURCE_GROUP, HOST, GUEST)))
        udp.setsockopt(socket.IPPROTO_IP, 39, source)  # IP_ADD_SOURCE_MEMBERSHIP
        yield


# ---- beside Linux's own ----

SOCKET_LINE = r" *\d+: [0-9A-F]{8}:[0-9A-F]{4} [0-9A-F]{8}:[0-9A-F]{4} [0-9A-F]{2} [0-9A-F]{8}:[0-9A-F]{8} \d\d:[0-9A-F]{8} [0-9A-F]{8} "
DATAGRAM_LINE = SOCKET_LINE + r"[ \d]{5} [ \d]{8} \d+ \d+ [0-9a-f]{16} \d+ *"
FORMS = {
    "arp": r"[\d.]{7,15} +0x\w +0x\w +(\w\w:){5}\w\w     \*        \w+",
    "dev": r" *\w+:( +\d+){16}",
    "dev_mcast": r"\d+ +\w+ +\d+ +\d+ +[0-9a-f]+",
    "icmp": DATAGRAM_LINE,
    "igmp": r"\d+\t\w+ *: +\d+ +V\d|\t{4}[0-9A-F]{8} +\d+ \d:[0-9A-F]{8}\t\t\d",
    "mcfilter": r" *\d+ +\w+ 0x[0-9a-f]{8} 0x[0-9a-f]{8} +\d+ +\d+",
    "packet": r"[0-9a-f]{16} \d+ +\d+ +[0-9a-f]{4}   \d+ +\d \d+ +\d+ +\d+ *",
    "protocols": r"\S+ +\d+ +\d+ +-?\d+   (yes|no |NI ) +\d+   (yes|no )  \w+ +  [yn](  [yn]){17}",
    "ptype": r"(ALL |[0-9a-f]{4}) \w* * \w+( \[\w+\])?",
    "raw": DATAGRAM_LINE,
    "route": r"[\w*]+\t[0-9A-F]{8}\t[0-9A-F]{8}\t[0-9A-F]{4}\t\d+\t\d+\t\d+\t[0-9A-F]{8}\t\d+\t\d+\t\d+ *",
    "softnet_stat": r"[0-9a-f]{8}( [0-9a-f]{8}){8,}",
    "tcp": SOCKET_LINE + r"[ \d]{5} [ \d]{8} \d+ \d+ [0-9a-f]{16}( \d+ \d+ \d+ \d+ -?\d+)? *",
    "udp": DATAGRAM_LINE,
    "stat/arp_cache": r"[0-9a-f]{8}( +[0-9a-f]{8}){12} *",
    "stat/rt_cache": r"[0-9a-f]{8}( +[0-9a-f]{8}){16} *",
}
TITLES = {"dev": 2, "dev_mcast": 0, "softnet_stat": 0}  # lines; others have one
LINUX_MAY_HAVE_NONE = {"icmp", "stat/rt_cache", "stat/arp_cache"}
PADDED = {"route": 127, "tcp": 149, "udp": 127, "icmp": 127}


@pytest.mark.parametrize("name", FORMS)
def test_lines_are_as_linuxs(vm, name):
    with linux_has_the_same():
        ours, linuxs = read(vm, name).splitlines(), linux_file(name).splitlines()
    titles = TITLES.get(name, 1)
    for whose, lines in ("skbox", ours), ("Linux", linuxs):
        assert len(lines) > titles or whose == "Linux" and name in LINUX_MAY_HAVE_NONE, f"{whose} has none"
        for line in lines[titles:]:
            assert re.fullmatch(FORMS[name], line), f"{whose}: {line!r}"
            if name in PADDED:
                assert len(line) == PADDED[name], f"{whose}: {len(line)}"
    if name.startswith("stat/"):  # their blanks have changed from version to version
        assert not linuxs or ours[0].split() == linuxs[0].split()
    else:
        assert ours[:titles] == linuxs[:titles]


@pytest.mark.parametrize("name", ["snmp", "netstat"])
def test_counters_have_linuxs_names_in_its_order(vm, name):
    ours, linuxs = ({line.split()[0]: line.split()[1:] for line in reversed(text.splitlines())}  # the first of each two
                    for text in (read(vm, name), pathlib.Path("/proc/net", name).read_text()))
    for group in set(linuxs) - {"IcmpMsg:", "UdpLite:", "MPTcpExt:"}:
        common = [counter for counter in linuxs[group] if counter in ours[group]]
        assert [counter for counter in ours[group] if counter in linuxs[group]] == common
        assert len(common) > 0.8 * len(linuxs[group]), sorted(set(linuxs[group]) - set(common))


def test_sockstat_has_linuxs_lines(vm):
    def form(text):
        return [re.sub(r"-?\d+", "N", line) for line in text.splitlines() if not line.startswith(("UDPLITE", "PING"))]

    assert form(read(vm, "sockstat")) == form(pathlib.Path("/proc/net/sockstat").read_text())


# ---- by the tools ----

@pytest.fixture
def place(tmp_path):
    """A /proc with skbox's files in it, to be filled by put()."""
    (tmp_path / "net" / "stat").mkdir(parents=True)
    return tmp_path


def put(place, names, texts):
    for name, text in zip(names, texts):
        (place / "net" / name).write_bytes(text if isinstance(text, bytes) else text.encode())


def tool(place, *argv, status=0):
    """What a tool prints that takes @place for /proc; there is an eth0, for those who ask the kernel of it."""
    there = f"ip tuntap add eth0 mode tap && ip link set eth0 up && mount --bind {place} /proc && exec \"$@\""
    env = {**os.environ, "LC_ALL": "C", "NSTAT_HISTORY": str(place / "history"), "PROC_ROOT": str(place)}
    done = subprocess.run(["unshare", "-n", "-m", "sh", "-c", there, "sh", *argv], capture_output=True, text=True, env=env, timeout=120)
    assert done.returncode == status, done.stderr
    return done.stdout


def lines(text):
    return [line.rstrip() for line in text.splitlines()]


@pytest.mark.parametrize("option", ["-s", "-st", "-su", "-sw", "-stu"])
def test_netstat_statistics(vm, place, option):
    files, (ours,) = still(vm, ["snmp", "netstat"], f"netstat {option}")
    put(place, ["snmp", "netstat"], files)
    ours = ours.split("\nDrops:")[0]
    assert lines(ours) == lines(tool(place, "netstat", option))
    assert "segments sent out" in ours or "t" not in option


@pytest.mark.parametrize("option", ["-tuna", "-tn", "-uln", "-tlun", "-wan"])
def test_netstat_sockets(vm, place, option):
    files, (ours,) = still(vm, ["tcp", "udp", "raw", "icmp"], f"netstat {option}")
    put(place, ["tcp", "udp", "raw"], files)
    linuxs = lines(tool(place, "netstat", option))
    ours = [line for line in lines(ours) if not line.startswith("icmp")]  # which net-tools does not know
    assert ours[:2] == linuxs[:2]
    assert sorted(ours[2:]) == sorted(linuxs[2:])
    assert len(ours) > 2 or option == "-wan"


def test_netstat_timers(vm, place):
    files, _ = still(vm, ["tcp"])
    put(place, ["tcp"], files)
    text = tool(place, "netstat", "-tnao")
    assert re.search(rf"{GUEST}:7 +{HOST}:\d+ +ESTABLISHED off \(0\.00/0/0\)", text)


@pytest.mark.parametrize("command", ["netstat -rn", "netstat -rne", "route -n"])
def test_routes(vm, place, command):
    files, (ours,) = still(vm, ["route"], command)
    put(place, ["route"], files)
    assert sorted(lines(ours)) == sorted(lines(tool(place, *command.split())))
    assert "!H" in ours and "UG" in ours


def test_neighbours(vm, place):
    files, (table, bsd) = still(vm, ["arp"], "arp -n", "arp -an")
    put(place, ["arp"], files)
    assert sorted(lines(table)) == sorted(lines(tool(place, "arp", "-n")))
    assert sorted(lines(bsd)) == sorted(lines(tool(place, "arp", "-an")))
    assert "CM" in table and "MP" in table


def test_groups(vm, place):
    files, (ours,) = still(vm, ["igmp"], "netstat -g")
    put(place, ["igmp"], files)
    linuxs = lines(tool(place, "netstat", "-gn"))
    assert lines(ours)[1:] == linuxs[1:] and GROUP in ours


def test_interfaces(vm, place):
    files, (ours,) = still(vm, ["dev"], "netstat -i")
    put(place, ["dev"], files)

    def counters(text):
        return {fields[0]: fields[2:10] for line in text.splitlines()[2:] if (fields := line.split())}

    linuxs = counters(tool(place, "netstat", "-i"))
    assert counters(ours)["eth0"] == linuxs["eth0"]
    assert lines(ours)[:2] == lines(tool(place, "netstat", "-i"))[:2]


def test_nstat_has_every_counter(vm, place):
    files, _ = still(vm, ["snmp", "netstat"])
    put(place, ["snmp", "netstat"], files)
    found = json.loads(tool(place, "nstat", "-a", "-z", "-j"))["kernel"]
    wanted = {}
    for names, values in (pair for text in files for pair in zip(*[iter(text.splitlines())] * 2)):
        group, *names = names.split()
        wanted |= {group[:-1] + name: int(value) for name, value in zip(names, values.split()[1:])}
    hidden = {"IpForwarding", "IpDefaultTTL", "TcpRtoAlgorithm", "TcpRtoMin", "TcpRtoMax", "TcpMaxConn", "TcpCurrEstab"}
    assert {k: v for k, v in wanted.items() if k not in hidden} == {k: v for k, v in found.items() if k not in hidden}
    assert found["TcpPassiveOpens"] >= 4 and found["TcpExtTCPPureAcks"] > 0


@pytest.mark.parametrize("name", ["rt_cache", "arp_cache"])
def test_lnstat(vm, place, name):
    (text,), _ = still(vm, [f"stat/{name}"])
    put(place, [f"stat/{name}"], [text])
    names, values = (line.split() for line in text.splitlines())
    shown = [field.strip() for field in tool(place, "lnstat", "-i", "1", "-f", name, "-c", "1", status=1).splitlines()[-1].split("|")[:-1]]
    assert [int(v) for v in shown] == [int(v, 16) for v in values]
    assert int(values[0], 16) > 0


@pytest.mark.parametrize("option", ["-tan", "-tn", "-tln", "-uan", "-uwan"])
def test_linuxs_ss_reads_them(vm, place, option):
    files, (ours,) = still(vm, ["tcp", "udp", "raw"], f"ss {option}H")
    put(place, ["tcp", "udp", "raw"], files)

    def table(text):
        text = re.sub(r"^(LISTEN +\d+ +)\d+", r"\g<1>0", text, flags=re.M)  # a listener's backlog is not in /proc/net/tcp
        return sorted(tuple(line.split()[:5 + ("w" in option)]) for line in text.splitlines() if "icmp" not in line)

    assert table(ours) == table(tool(place, "ss", option + "H"))


def test_linuxs_ss_summary(vm, place):
    files, (ours,) = still(vm, ["sockstat", "snmp"], "ss -s")
    put(place, ["sockstat", "snmp"], files)
    linuxs = tool(place, "ss", "-s")
    for wanted in (r"^Total: \d+", r"^TCP: +\d+ \(.*\)", r"^UDP\t +\d+", r"^TCP\t +\d+", r"^FRAG\t.*"):
        assert re.search(wanted, ours, re.M).group() == re.search(wanted, linuxs, re.M).group()


def test_psutil(vm, place):
    files, (ours,) = still(vm, ["tcp", "udp", "dev"], "ss -tuanH")
    put(place, ["tcp", "udp", "dev"], files)
    program = f"""
import json, psutil
psutil.PROCFS_PATH = {str(place)!r}
def end(a):
    return "%s:%s" % (a.ip, a.port) if a else ""
print(json.dumps([[[c.type.name, end(c.laddr), end(c.raddr), c.status] for c in psutil.net_connections("inet4")],
                  {{name: n._asdict() for name, n in psutil.net_io_counters(pernic=True, nowrap=False).items()}}]))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    connections, devices = json.loads(done.stdout)
    kinds = {"SOCK_STREAM": "tcp", "SOCK_DGRAM": "udp"}
    shown = {(f[0], f[4], f[5]) for f in map(str.split, ours.splitlines())}
    assert {(kinds[c[0]], c[1], c[2].replace("0.0.0.0:0", "") or "0.0.0.0:*") for c in connections} == shown
    assert [c for c in connections if c[3] == "LISTEN"] and [c for c in connections if c[3] == "ESTABLISHED"]
    fields = next(line for line in files[2].splitlines() if "eth0:" in line).split()
    assert (devices["eth0"]["bytes_recv"], devices["eth0"]["packets_sent"]) == (int(fields[1]), int(fields[10]))


def test_realms_are_counted_as_rtacct_reads_them(vm, place):
    """The one file that is not a text, here as in Linux: 256 times four numbers of 32 bits."""
    subprocess.run(["ip", "route", "add", "10.7.0.0/16", "via", GUEST], check=True)
    before = vm.snmp("Ip")["ForwDatagrams"]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        for _ in range(3):
            s.sendto(bytes(100), ("10.7.0.1", 9))
    vm.wait_until("they have been forwarded", lambda: vm.snmp("Ip")["ForwDatagrams"] == before + 3)
    with urllib.request.urlopen(f"http://{GUEST}/proc/net/rt_acct", timeout=60) as answer:
        data = answer.read()
    assert len(data) == 4096
    put(place, ["rt_acct"], [data])
    rows = {f[0]: f[1:] for f in map(str.split, tool(place, "rtacct", "-a").splitlines()) if len(f) == 5}
    assert rows["5"][:2] == ["384", "3"], rows
