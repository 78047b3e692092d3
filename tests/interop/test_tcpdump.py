"""tcpdump beside the real one: our filters decide as libpcap's, our lines are those of tcpdump -r, what we write down the host's
tools read, and a live capture shows what Linux sends."""

import contextlib
import io
import pathlib
import re
import socket
import struct
import subprocess
import tarfile
import tempfile
import time

import pytest
from lib import filters, libpcap, packets
from lib.vm import ROOT, VM, Tap, wait_until

GUEST, HOST = "10.77.0.2", "10.77.0.1"
LINES_PER_BOOT = 120
RAW_IP = 101
DLT_RAW = 12  # libpcap's number within the machine for what files call 101


@pytest.fixture(scope="module", autouse=True)
def built():
    subprocess.run(["make", "-s", "ARCH=host"], cwd=ROOT, check=True)


def pcap(frames, link=1, cut=None):
    """A file with @frames, a second and some microseconds apart."""
    out = struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, link)
    for i, frame in enumerate(frames):
        kept = frame[:cut]
        out += struct.pack("<IIII", 1000000000 + i, i * 7, len(kept), len(frame)) + kept
    return out


def skbox(tmp_path, files, commands):
    """What each of @commands prints in a skbox that has @files under /t."""
    script = "".join(f"echo '@@{i}'\n{command}\n" for i, command in enumerate(commands))
    files = dict(files, script=(script + "poweroff\n").encode())
    with tarfile.open(tmp_path / "root.tar", "w", format=tarfile.USTAR_FORMAT) as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(f"t/{name}")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    run = subprocess.run([ROOT / "build/host/skbox", "--initrd", tmp_path / "root.tar", "ip=off", "quiet", 'run="sh /t/script"'],
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300)
    text = run.stdout.decode("utf-8", "replace").replace("\r", "")
    assert run.returncode == 0, text[-3000:]
    parts = re.split(r"^@@\d+\n", text, flags=re.M)[1:]
    assert len(parts) == len(commands), text[-3000:]
    return parts


def program(text):
    lines = [line for line in text.splitlines() if re.fullmatch(r"[\d ]+", line)]
    assert lines and int(lines[0]) == len(lines) - 1, text
    return [tuple(map(int, line.split())) for line in lines[1:]]


@pytest.mark.parametrize("options, link", [("", 1), ("-O", 1), ("", RAW_IP)])
def test_filters_decide_as_libpcap(tmp_path, options, link):
    frames = packets.everything()
    frames += [f[:12] + b"\x81\x00\x00\x05" + f[12:] for f in frames[::3]]
    frames += [f[:12] + b"\x88\xa8\x20\x64\x81\x00\x00\x07" + f[12:] for f in frames[::7]]
    if link == RAW_IP:
        frames = [f[14:] for f in frames]
    ours = skbox(tmp_path, {"empty": pcap([], link)}, [f"tcpdump -r /t/empty {options} -ddd -- '{e}' 2>&1" for e in filters.GOOD])
    compared = 0
    for text, output in zip(filters.GOOD, ours):
        # Loads that libpcap's optimizer leaves out cannot fail on short packets: either of its programs is right there.
        theirs = [libpcap.compile_filter(text, DLT_RAW if link == RAW_IP else link, optimize) for optimize in (True, False)]
        if None in theirs:
            continue  # it refuses what no packet can pass
        mine, theirs = libpcap.Filter(program(output)), [libpcap.Filter(p) for p in theirs]
        assert mine.valid(), text
        wrong = [f.hex() for f in frames if mine.wants(f) not in (theirs[0].wants(f), theirs[1].wants(f))]
        assert not wrong, f"{text}: {len(wrong)} packets, such as {wrong[0]}"
        compared += 1
    assert compared > (200 if link == 1 else 120)


def test_the_direction_is_the_kernels_to_say(tmp_path):
    inbound, outbound, file = skbox(tmp_path, {"empty": pcap([], 1)}, [
        "tcpdump -d inbound", "tcpdump -ddd outbound", "tcpdump -d -r /t/empty inbound 2>&1"])
    assert "jeq      #0x4 " in inbound and "ret      #0" in inbound
    assert program(outbound) == [(0x28, 0, 0, 0xfffff004), (0x15, 0, 1, 4), (6, 0, 0, 262144), (6, 0, 0, 0)]
    assert "tcpdump: a file does not say which packets were inbound" in file


def test_bad_filters_are_one_line(tmp_path):
    outputs = skbox(tmp_path, {}, [f"tcpdump -ddd '{e}' 2>&1 && echo accepted" for e in filters.BAD])
    for text, output in zip(filters.BAD, outputs):
        assert re.fullmatch(r"tcpdump: [^\n]+\n", output), (text, output)


def test_a_file_is_filtered(tmp_path):
    frames = packets.everything()
    some = filters.GOOD[::9]
    outputs = skbox(tmp_path, {"p": pcap(frames)}, [f"tcpdump -r /t/p -w - '{e}' 2> /dev/null | wc -c" for e in some])
    for text, output in zip(some, outputs):
        insns = libpcap.compile_filter(text, 1, False)
        if insns is not None:
            wants = libpcap.Filter(insns)
            expected = 24 + sum(16 + len(f) for f in frames if wants.wants(f))
            assert abs(int(output) - expected) <= 0.02 * expected + 200, text


# ---- lines ----

# Protocols that are not taken apart here, and broken messages whose remains tcpdump shows in another way.
OTHER = re.compile(r"GREv0|ESP\(spi|ospf|PIMv|sctp|VRRP|dvmrp|pimv1|mptcp|Loopback, skip|LLDP|STP 802|RT6|ethertype NS|BAD PTR|4294967|trailing data|"
                   r"Agent-Information|SubOption|OO \(52\)|PAD \(0\)|hlen 16|\[bad opt\]\]|LLC, |Authentication|Auth trailer|AFI Unknown|<wrong|, NS, length")
# The flag AE of accurate ECN, which tcpdump knows from version 5 on.
AE, AE_ALONE = re.compile(r"Flags \[([SFRPUWE.]+)e\]"), re.compile(r"Flags \[e\]")
TRUNCATED = re.compile(r" \[\|\w+\]|\[bad|invalid|truncated")


def records(text):
    """Packets: a line, and those that go on with it."""
    found = []
    for line in text.splitlines():
        if line.startswith(("reading from", "tcpdump: ")):
            continue
        if found and (not line or line[0] in "\t " and not re.match(r" {4}0x| \d\d:\d\d:", line)):
            found[-1] += "\n" + line
        else:
            found.append(line)
    return [re.sub(r"(?s): HTTP, length.*|: HTTP[^\n]*", "", r) for r in found]


@pytest.mark.parametrize("kind", packets.KINDS)
def test_lines_are_those_of_tcpdump(tmp_path, kind):
    frames = packets.KINDS[kind]()
    path = tmp_path / "p.pcap"
    path.write_bytes(pcap(frames))
    options = ["", "-v", "-vv", "-vvv", "-e", "-q", "-S", "-t", "-tt", "-ttt", "-tttt", "-ttttt", "-K -v", "-t -x", "-t -xx", "-t -X", "-t -XX",
               "-# -t -c 3", "-s 60 -t"]
    outputs = skbox(tmp_path, {"p": path.read_bytes()}, [f"tcpdump -n -r /t/p {o} 2> /dev/null" for o in options])
    same = other = 0
    wrong = []
    for option, output in zip(options, outputs):
        run = subprocess.run(["tcpdump", "-n", "-r", path, *option.split()], capture_output=True, env={"TZ": "UTC", "PATH": "/usr/bin:/usr/sbin"})
        ours, theirs = records(output), records(run.stdout.decode("utf-8", "replace"))
        assert len(ours) == len(theirs), (option, len(ours), len(theirs))
        for a, b in zip(ours, theirs):
            a = AE_ALONE.sub("Flags [none]", AE.sub(r"Flags [\1]", a))
            same += a == b
            if a != b:
                other += 1
                # (Behind a cut packet tcpdump also forgets where its link header ended.)
                cut = TRUNCATED.search(b) and (kind in ("dns", "dhcp", "links", "ip") or "x" in option.lower() or "-s" in option)
                if not OTHER.search(b) and not cut:
                    wrong.append(f"{option}\n- {a}\n+ {b}")
    assert not wrong, f"{len(wrong)} of {same + other}:\n" + "\n".join(wrong[:5])
    if kind != "links":
        assert other < 0.35 * (same + other)


# ---- live ----

@contextlib.contextmanager
def boot():
    with tempfile.TemporaryDirectory() as directory:
        second = pathlib.Path(directory) / "ttyS1"
        with VM(append=f"ip={GUEST}::{HOST}:255.255.255.0:skbox:eth0:off", nets=[Tap(address=HOST)], mem=128,
                args=["-serial", f"file:{second}"]) as vm:
            vm.second_serial = second
            vm.wait_prompt()
            yield vm


@pytest.fixture
def vm(shared):
    with shared.lend(boot) as machine:
        yield machine


def ping(count=2, **kw):
    return subprocess.Popen(["ping", "-n", "-c", str(count), "-w", "60", "-i", "0.3", GUEST], stdout=subprocess.DEVNULL, **kw)


def test_four_lines_of_ping(vm):
    vm.start("tcpdump -i eth0 -c 4 -n icmp")
    vm.expect("listening on eth0, link-type EN10MB \\(Ethernet\\), snapshot length 262144 bytes")
    with ping(20) as sender:
        end = vm.expect(r"(?s)^(.*?)4 packets captured\s+\d+ packets received by filter\s+0 packets dropped by kernel")
        sender.terminate()
    lines = re.findall(rf"\d\d:\d\d:\d\d\.\d{{6}} IP ({HOST}|{GUEST}) > ({HOST}|{GUEST}): ICMP echo (request|reply), id \d+, seq \d+, length 64",
                       end.group(1).decode())
    assert lines == [(HOST, GUEST, "request"), (GUEST, HOST, "reply")] * 2, end.group(1)
    vm.wait_prompt()


def test_interrupt_ends_with_the_summary(vm):
    vm.start("tcpdump -n -i any tcp port 9")
    vm.expect("listening on any, link-type LINUX_SLL2")
    vm.send("\x03")
    vm.expect(r"0 packets captured\s")
    vm.wait_prompt()


def test_devices(vm):
    text = vm.check("tcpdump -D")
    assert "eth0 [Up, Running" in text and "lo [Up, Running, Loopback]" in text and "any (Pseudo-device" in text


def test_direction(vm):
    vm.start("tcpdump -i eth0 -Q out -c 2 -n -q icmp")
    vm.expect("listening on eth0")
    with ping(20) as sender:
        found = vm.expect(r"(?s)^(.*?)2 packets captured").group(1).decode()
        sender.terminate()
    assert found.count("echo reply") == 2 and "echo request" not in found
    vm.wait_prompt()


def test_loopback_is_seen_once(vm):
    vm.start("tcpdump -i lo -n -c 2 -w /tmp/lo.pcap icmp &")
    vm.expect("listening on lo")
    vm.check("ping -c 1 127.0.0.1")
    vm.wait_until("it has ended", lambda: "tcpdump" not in vm.run("ps"))
    text = vm.run("tcpdump -n -t -r /tmp/lo.pcap")
    assert text.count("echo request") == 1 and text.count("echo reply") == 1, text


def test_any_names_the_device(vm):
    vm.start("tcpdump -i any -c 2 -n icmp")
    vm.expect("listening on any")
    with ping(20) as sender:
        found = vm.expect(r"(?s)^(.*?)2 packets captured").group(1).decode()
        sender.terminate()
    assert re.search(rf"eth0  In  IP {HOST} > {GUEST}: ICMP echo request", found), found
    assert re.search(rf"eth0  Out IP {GUEST} > {HOST}: ICMP echo reply", found), found
    vm.wait_prompt()


# ---- what is written elsewhere ----

PAYLOADS = [bytes([ord("A") + i]) * (30 + i) for i in range(5)]


def seen_by_tcpdump(path):
    """The UDP payloads' lengths in a pcap file, by the host's tcpdump."""
    run = subprocess.run(["tcpdump", "-n", "-r", path], capture_output=True, text=True, check=True)
    return [int(n) for n in re.findall(rf"IP {HOST}\.\d+ > {GUEST}\.9999: UDP, length (\d+)", run.stdout)]


def seen_by_tshark(path):
    """The UDP payloads, by tshark."""
    run = subprocess.run(["tshark", "-n", "-r", path, "-d", "udp.port==9999,data", "-Y", "udp.dstport == 9999 and not icmp", "-T", "fields", "-e", "udp.payload"],
                         capture_output=True, text=True, check=True)
    return [bytes.fromhex(line.replace(":", "")) for line in run.stdout.split()]


def send_payloads():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        for payload in PAYLOADS:
            udp.sendto(payload, (GUEST, 9999))


def check_file(path):
    """Both tools read it, and see what was sent, in order."""
    assert seen_by_tcpdump(path) == [len(p) for p in PAYLOADS]
    assert seen_by_tshark(path) == PAYLOADS


def test_the_second_serial_port_streams_pcap(vm):
    """Packets are at the other end of the line while the capture goes on; nothing but packets is on it."""
    began = time.time()
    vm.start("tcpdump -i eth0 -w /dev/ttyS1 udp port 9999")
    vm.expect("listening on eth0")
    send_payloads()
    size = 24 + sum(16 + 42 + len(p) for p in PAYLOADS)
    wait_until("the packets are out", lambda: vm.second_serial.stat().st_size >= size)
    vm.send("\x03")
    vm.expect(r"5 packets captured\s+\d+ packets received by filter\s+0 packets dropped by kernel")
    vm.wait_prompt()
    data = vm.second_serial.read_bytes()
    assert len(data) == size
    check_file(vm.second_serial)
    seconds = struct.unpack_from("<I", data, 24)[0]
    assert began - 5 <= seconds <= time.time() + 5


def read_stream(sock, deadline=60):
    """A stream of pcap, up to the last of PAYLOADS."""
    data, end = b"", time.monotonic() + deadline
    sock.settimeout(deadline)
    while PAYLOADS[-1] not in data and time.monotonic() < end:
        part = sock.recv(65536)
        if not part:
            break
        data += part
    return data


def test_a_listener_streams_pcap(vm, tmp_path):
    """What Wireshark opens as TCP@host:port; the stream itself is not in it."""
    vm.start("tcpdump -i eth0 -w tcp:19000")
    vm.expect("listening on eth0")
    with socket.create_connection((GUEST, 19000), timeout=60) as stream:
        wait_until("the stream has begun", lambda: len(stream.recv(24, socket.MSG_PEEK)) == 24)
        send_payloads()
        data = read_stream(stream)
    vm.send("\x03")
    vm.expect("packets captured")
    vm.wait_prompt()
    assert data[:4] == struct.pack("<I", 0xa1b2c3d4)
    path = tmp_path / "stream.pcap"
    path.write_bytes(data)
    check_file(path)
    assert "19000" not in subprocess.run(["tcpdump", "-n", "-r", path], capture_output=True, text=True).stdout


def test_times_are_those_of_arrival(vm):
    """A reader that is held up for seconds still says when each packet came."""
    gap, big, late = 0.6, 60, 4
    with socket.create_server((HOST, 0)) as listener, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        vm.run(f"tcpdump -l -tt -n -X -i eth0 udp dst port 9 | nc {HOST} {listener.getsockname()[1]} &")
        listener.settimeout(60)
        out = listener.accept()[0]
        vm.wait_until("it listens", lambda: len(vm.proc("net/packet").splitlines()) > 1)

        def send(data):
            came = vm.snmp("Udp")["NoPorts"]
            udp.sendto(data, (GUEST, 9))
            vm.wait_until("it has come", lambda: vm.snmp("Udp")["NoPorts"] > came)

        # Nobody takes what it prints: it soon waits to write, and what comes then waits to be read.
        for _ in range(big):
            send(bytes(1400))
        for _ in range(late):
            time.sleep(gap)
            send(b"late")
        with out:
            out.settimeout(60)
            text = b""
            while text.count(b"length 4\n") < late:
                piece = out.recv(65536)
                assert piece
                text += piece
    vm.run("killall tcpdump")
    times = [float(t) for t in re.findall(rb"^(\d+\.\d{6}) IP ", text, re.M)]
    assert len(times) == big + late and times == sorted(times)
    last = times[-late:]
    assert all(b - a >= gap for a, b in zip(last, last[1:])), last
