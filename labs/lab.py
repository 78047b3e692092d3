#!/usr/bin/python3
"""Labs: several skbox machines, joined by cables that are sockets of this user; no root is needed.

    labs/lab.py                      lists the labs
    labs/lab.py NAME                 starts it: one console a machine in tmux, else sockets and log files
    labs/lab.py NAME cut|heal LINK   pulls a cable of a lab that runs, or puts it back

Each lab has a folder build/lab/NAME while it runs, with LINK.pcap for each cable and MACHINE.log for each console.

A lab is a file labs/NAME.lab:

    link NAME [WORDS]                what the cable does to frames both ways, in netem's words: delay 50ms loss 1%
    machine NAME                     what follows is about it:
      nic LINK ADDRESS/LEN|none [via GATEWAY] [CARD]     eth0, eth1, ... in this order; the card is e1000 unless named
      sysctl NAME=VALUE
      run COMMAND                    in its shell, once the network is up
      root DIRECTORY                 files over the root file system; without addresses its /etc decides
      mem MEGABYTES
"""

import dataclasses
import ipaddress
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tarfile

ROOT = pathlib.Path(__file__).resolve().parents[1]
LABS = ROOT / "labs"
BUILD = ROOT / "build" / "lab"
KERNEL = ROOT / "build" / "skbox.elf"
RELAY = ROOT / "build" / "relay"
QEMU = os.environ.get("QEMU", "qemu-system-x86_64")


class LabError(Exception):
    pass


@dataclasses.dataclass
class Nic:
    link: str
    address: ipaddress.IPv4Interface | None
    gateway: str
    card: str


@dataclasses.dataclass
class Machine:
    name: str
    number: int
    nics: list = dataclasses.field(default_factory=list)
    sysctls: list = dataclasses.field(default_factory=list)
    commands: list = dataclasses.field(default_factory=list)
    root: pathlib.Path | None = None
    mem: int = 32

    def append(self):
        """Its kernel command line."""
        words = [f"hostname={self.name}", "quiet"]
        for i, nic in enumerate(self.nics):
            if nic.address:
                words.append(f"ip={nic.address.ip}::{nic.gateway}:{nic.address.netmask}::eth{i}:off")
        if not any(nic.address for nic in self.nics) and not self.root:
            words.append("ip=off")
        words += [f"sysctl.{s}" for s in self.sysctls]
        if self.commands:
            words.append('run="' + "; ".join(self.commands) + '"')
        return " ".join(words)

    def mac(self, i):
        return f"52:54:00:00:{self.number:02x}:{i + 1:02x}"


class Link:
    """A cable between the two cards that name it."""

    def __init__(self, name, words):
        self.name, self.words, self.ends = name, words, []


def _nic(words):
    if len(words) < 2:
        raise LabError("nic LINK ADDRESS/LEN|none [via GATEWAY] [CARD]")
    link, address, *rest = words
    gateway, card = "", "e1000"
    if rest[:1] == ["via"]:
        gateway, rest = str(ipaddress.IPv4Address(rest[1])), rest[2:]
    if rest:
        card = rest[0]
    return Nic(link, None if address == "none" else ipaddress.IPv4Interface(address), gateway, card)


class Lab:
    """What a lab's file says."""

    def __init__(self, name):
        self.name, self.title, self.links, self.machines = name, "", {}, []
        path = LABS / f"{name}.lab"
        if not path.is_file():
            raise LabError(f"there is no lab {name}; there are: {' '.join(names())}")
        for number, line in enumerate(path.read_text().splitlines(), 1):
            try:
                self._line(line)
            except (LabError, ValueError, IndexError, KeyError) as bad:
                raise LabError(f"{path.name}:{number}: {line.strip()}: {bad}") from None
        for link in self.links.values():
            if len(link.ends) != 2:
                raise LabError(f"{path.name}: a cable has two ends, {link.name} has {len(link.ends)}")

    def _line(self, line):
        if line.startswith("#") and not self.title:
            self.title = line.lstrip("# ")
        words = line.partition("#")[0].split()
        if not words:
            return
        verb, *args = words
        if verb == "link":
            self.links[args[0]] = Link(args[0], " ".join(args[1:]))
        elif verb == "machine":
            self.machines.append(Machine(args[0], len(self.machines) + 1))
        elif not self.machines:
            raise LabError("no machine yet")
        else:
            self._about(self.machines[-1], verb, args, line)

    def _about(self, machine, verb, args, line):
        if verb == "nic":
            nic = _nic(args)
            if nic.link not in self.links:
                raise LabError(f"there is no link {nic.link}")
            self.links[nic.link].ends.append((machine, len(machine.nics)))
            machine.nics.append(nic)
        elif verb == "sysctl":
            machine.sysctls.append(args[0])
        elif verb == "run":
            machine.commands.append(line.split("run", 1)[1].strip())
        elif verb == "root":
            machine.root = ROOT / args[0]
        elif verb == "mem":
            machine.mem = int(args[0])
        else:
            raise LabError("unknown word")

    def machine(self, name):
        return next(m for m in self.machines if m.name == name)


def names():
    return sorted(p.stem for p in LABS.glob("*.lab"))


def pack(directory, path):
    """The files below @directory as a tar for -initrd."""
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as tar:
        for file in sorted(directory.rglob("*")):
            tar.add(file, arcname=str(file.relative_to(directory)), recursive=False)
    return path


class Cables:
    """The sockets of a lab's links in @directory, and a relay for those that are not perfect."""

    def __init__(self, lab, directory, seed=1):
        self.lab, self.dir, self.relays = lab, directory, []
        for link in lab.links.values():
            if link.words:
                self._relay(link, seed)

    def _relay(self, link, seed):
        subprocess.run(["make", "-s", "relay"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        ends = [f"stream:{self.dir / link.name}.{side}" for side in "ab"]
        relay = subprocess.Popen([str(RELAY), "--seed", str(seed), "--both", link.words, *ends], stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, text=True)
        self.relays.append(relay)
        if relay.stdout.readline() != "ready\n":
            raise LabError(f"link {link.name}: the relay does not start: {link.words}")

    def netdev(self, machine, i):
        """Of card @i of @machine: its end of the cable."""
        link = self.lab.links[machine.nics[i].link]
        side, other = ("a", "b") if link.ends[0] == (machine, i) else ("b", "a")
        path = self.dir / link.name
        if link.words:
            return f"stream,id=n{i},server=off,addr.type=unix,addr.path={path}.{side}"
        return f"dgram,id=n{i},local.type=unix,local.path={path}.{side},remote.type=unix,remote.path={path}.{other}"

    def devices(self, machine):
        """QEMU's arguments for all cards of @machine; the first end of each cable writes what passes."""
        args = []
        for i, nic in enumerate(machine.nics):
            args += ["-netdev", self.netdev(machine, i), "-device", f"{nic.card},netdev=n{i},mac={machine.mac(i)}"]
            if self.lab.links[nic.link].ends[0] == (machine, i):
                args += ["-object", f"filter-dump,id=d{i},netdev=n{i},file={self.dir / nic.link}.pcap"]
        return args

    def close(self):
        for relay in self.relays:
            relay.terminate()
            relay.wait()


def arguments(machine, cables, directory):
    """QEMU's arguments for @machine, but for its console."""
    args = [QEMU, "-accel", "tcg", "-nodefaults", "-display", "none", "-m", str(machine.mem), "-no-reboot", "-name", machine.name,
            "-qmp", f"unix:{directory / machine.name}.qmp,server=on,wait=off", "-kernel", str(KERNEL), "-append", machine.append()]
    if machine.root:
        args += ["-initrd", str(pack(machine.root, directory / f"{machine.name}.tar"))]
    return args + cables.devices(machine)


# ---- by hand ----

def qmp(path, command, **arguments):
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as sock:
        sock.connect(str(path))
        file = sock.makefile("rw")
        file.readline()
        for name, args in (("qmp_capabilities", {}), (command, arguments)):
            file.write(json.dumps({"execute": name, "arguments": args}) + "\n")
            file.flush()
            while "event" in (reply := json.loads(file.readline())):
                pass
            if "error" in reply:
                raise LabError(reply["error"]["desc"])


def pull(lab, link, up):
    """The cards at both ends of @link see their cable come or go."""
    if link not in lab.links:
        raise LabError(f"no link {link} in {lab.name}; there are: {' '.join(lab.links)}")
    for machine, i in lab.links[link].ends:
        try:
            qmp(BUILD / lab.name / f"{machine.name}.qmp", "set_link", name=f"n{i}", up=up)
        except OSError as bad:
            raise LabError(f"{lab.name}: {machine.name} does not run ({bad.strerror})") from None


def in_tmux(lab, cables, directory):
    session = f"skbox-{lab.name}"
    for i, machine in enumerate(lab.machines):
        console = ["-chardev", f"stdio,id=con,mux=on,signal=off,logfile={directory / machine.name}.log", "-serial", "chardev:con",
                   "-mon", "chardev=con"]
        start = ["new-session", "-d", "-s", session, "-x", "200", "-y", "50"] if i == 0 else ["split-window", "-t", session]
        subprocess.run(["tmux", *start, *arguments(machine, cables, directory), *console], check=True)
        subprocess.run(["tmux", "select-pane", "-t", session, "-T", machine.name], check=True)
        subprocess.run(["tmux", "select-layout", "-t", session, "tiled"], check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["tmux", "set", "-t", session, "pane-border-status", "top"], check=True)
    subprocess.run(["tmux", "attach", "-t", session], check=False)
    subprocess.run(["tmux", "kill-session", "-t", session], check=False, stderr=subprocess.DEVNULL)


def in_background(lab, cables, directory):
    children = []
    for machine in lab.machines:
        path = directory / machine.name
        console = ["-chardev", f"socket,id=con,path={path}.console,server=on,wait=off,logfile={path}.log", "-serial", "chardev:con"]
        children.append(subprocess.Popen(arguments(machine, cables, directory) + console))
        print(f"{machine.name}: log {path}.log, console: socat -,raw,echo=0 unix:{path}.console")
    print("Ctrl-C ends the lab", flush=True)
    try:
        for child in children:
            child.wait()
    except KeyboardInterrupt:
        pass
    for child in children:
        child.terminate()
        child.wait()


def start(lab):
    if not KERNEL.exists():
        raise LabError("build/skbox.elf is missing: make")
    directory = BUILD / lab.name
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    cables = Cables(lab, directory)
    print(f"{lab.title}\nWhat passes each cable: {', '.join(f'{directory / l}.pcap' for l in lab.links)}")
    try:
        if shutil.which("tmux") and sys.stdin.isatty():
            in_tmux(lab, cables, directory)
        else:
            in_background(lab, cables, directory)
    finally:
        cables.close()


def main(args):
    if not args:
        for name in names():
            print(f"{name:<16}{Lab(name).title}")
    elif len(args) == 1:
        start(Lab(args[0]))
    elif len(args) == 3 and args[1] in ("cut", "heal"):
        pull(Lab(args[0]), args[2], args[1] == "heal")
    else:
        raise LabError("usage: lab.py [NAME [cut|heal LINK]]")


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        main(sys.argv[1:])
    except LabError as bad:
        sys.exit(f"lab: {bad}")
