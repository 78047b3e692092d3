"""A skbox in QEMU: its console, its monitor, and the wires that its network cards hang on.

Nothing here sleeps for a fixed time: every wait has an event and a deadline, and the deadlines are for a machine that has much
else to do.
"""

import atexit
import contextlib
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time

import pexpect

ROOT = pathlib.Path(__file__).resolve().parents[2]
QEMU = os.environ.get("QEMU", "qemu-system-x86_64")
PROMPT = "\nskbox# "
BOOT_DEADLINE = 60
COMMAND_DEADLINE = 30


def _private_copy(path):
    """What is built, or removed, beside a running test does not change what it tests."""
    directory = tempfile.mkdtemp(prefix="skbox-image-")
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    return pathlib.Path(shutil.copy(path, directory))


KERNEL = _private_copy(ROOT / "build" / "skbox.elf")


class CommandFailed(AssertionError):
    pass


def wait_until(what, condition, deadline=COMMAND_DEADLINE):
    """Calls @condition again and again until it is true, but leaves time for what it waits for."""
    end = time.monotonic() + deadline
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"not within {deadline} s: {what}")
        time.sleep(0.01)


class VM:
    """One machine. Use as a context manager: leaving it ends QEMU, whatever happened."""

    def __init__(self, append="", nets=(), mem=64, args=(), kernel=KERNEL, machine="pc", cpu=None,
                 boot=None, card="e1000"):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="skbox-"))
        self.console_log = open(self.dir / "console.log", "wb")
        self.qmp_path = self.dir / "qmp"
        self.nets = list(nets)
        argv = ["-accel", "tcg", "-nodefaults", "-no-user-config", "-display", "none",
                "-machine", machine, "-m", str(mem), "-chardev", "stdio,id=con,signal=off", "-serial", "chardev:con", "-no-reboot",
                "-qmp", f"unix:{self.qmp_path},server=on,wait=off"]
        if cpu:
            argv += ["-cpu", cpu]
        argv += boot if boot else ["-kernel", str(kernel), "-append", append]
        cards = [card] * len(self.nets) if isinstance(card, str) else card
        for i, net in enumerate(self.nets):
            mac = getattr(net, "card_mac", f"52:54:00:00:00:{i + 1:02x}")
            argv += ["-netdev", net.netdev(f"n{i}", self.dir), "-device", f"{cards[i]},netdev=n{i},mac={mac}"]
        argv += list(args)
        self.argv = [QEMU] + argv
        self.child = pexpect.spawn(QEMU, argv, timeout=COMMAND_DEADLINE, echo=False, maxread=65536)
        self.child.delaybeforesend = None
        self.child.logfile_read = self.console_log
        self._qmp = None
        self.reported = False

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind is not None:
            self.report()
        self.close()
        if not self.reported:
            shutil.rmtree(self.dir, ignore_errors=True)

    def report(self):
        """After a failure: prints what there is to see, and keeps it."""
        self.reported = True
        print("\n---- " + " ".join(self.argv))
        print("---- console:\n" + self.console_text())
        for net in self.nets:
            net.report(self.dir)

    def console_text(self):
        self.console_log.flush()
        return (self.dir / "console.log").read_bytes().decode("utf-8", "replace")

    def close(self):
        self.child.close(force=True)
        for net in self.nets:
            net.close()
        if self._qmp:
            self._qmp.close()
        self.console_log.close()

    # ---- console ----

    def wait_prompt(self, deadline=BOOT_DEADLINE):
        self.child.expect_exact(PROMPT.encode(), timeout=deadline)
        for net in self.nets:
            if isinstance(net, Tap):
                wait_until("Linux has seen the cable", net.is_up)
        return self

    def wait_idle(self):
        """The processor sleeps: the shell, whose prompt was seen, has begun to wait for a key."""
        self.wait_until("the machine is idle", lambda: "HLT=1" in self.qmp(
            "human-monitor-command", **{"command-line": "info registers"}))
        return self

    def expect(self, pattern, deadline=COMMAND_DEADLINE):
        """The first match of @pattern (a regular expression) on the console from here on."""
        self.child.expect(pattern.encode(), timeout=deadline)
        return self.child.match

    def send(self, text):
        self.child.send(text.encode())

    def paste(self, text):
        """Types more than the machine may take at once: it goes on while the console is read."""
        def write(left):
            with contextlib.suppress(OSError):  # the machine has ended
                while left:
                    left = left[os.write(self.child.child_fd, left):]
        threading.Thread(target=write, args=(text if isinstance(text, bytes) else text.encode(),), daemon=True).start()

    def start(self, command):
        """Types @command and returns when its echo has ended the line."""
        self.send(command + "\r")
        self._expect_echo(command, time.monotonic() + COMMAND_DEADLINE)

    def run(self, command, deadline=COMMAND_DEADLINE):
        """What @command prints, without its echo and the prompt after it, whatever was on the console before."""
        end = time.monotonic() + deadline
        self.send(command + "\r")
        self._expect_echo(command, end)
        self.child.expect(f"(?:^|\n){PROMPT[1:]}".encode(), timeout=end - time.monotonic())
        return self.child.before.decode("utf-8", "replace").replace("\r", "").strip("\n")

    def _expect_echo(self, command, end):
        """A line that begins as @command does, or its beginning with lines of others in between."""
        head = re.match("[ -~]{0,12}", command).group()
        begin = "(?:[^\n]*\n)*?".join(map(re.escape, head))
        self.child.expect(f"(?:^|\n|{PROMPT[1:]}){begin}[^\n]*\n".encode(), timeout=end - time.monotonic())

    def check(self, command, deadline=COMMAND_DEADLINE):
        """run(), and the command must have ended with status 0."""
        text = self.run(command, deadline)
        status = self.run("echo $?").split()[0]  # behind it the shell may tell of a job that has ended
        if status != "0":
            raise CommandFailed(f"{command}: status {status}\n{text}")
        return text

    def wait_until(self, what, condition, deadline=COMMAND_DEADLINE):
        return wait_until(what, condition, deadline)

    def poweroff(self, deadline=COMMAND_DEADLINE):
        """Ends the machine by its own command; QEMU's exit status."""
        self.send("poweroff\r")
        return self.wait_exit(deadline)

    def wait_exit(self, deadline=COMMAND_DEADLINE):
        self.child.expect(pexpect.EOF, timeout=deadline)
        self.child.close()
        return self.child.exitstatus

    # ---- monitor ----

    def qmp(self, command, **arguments):
        if not self._qmp:
            self._qmp = _Qmp(self.qmp_path)
        return self._qmp.call(command, arguments)

    def set_link(self, index, up):
        self.qmp("set_link", name=f"n{index}", up=up)

    # ---- counters ----

    def proc(self, path):
        return self.run(f"cat /proc/{path}")

    def snmp(self, group):
        """One group of /proc/net/snmp or netstat as a dict."""
        path = "net/netstat" if group.endswith("Ext") else "net/snmp"
        lines = [l for l in self.proc(path).splitlines() if l.startswith(group + ":")]
        names, values = (line.split()[1:] for line in lines)
        return dict(zip(names, map(int, values)))

    def drops(self):
        """Drop reasons that have been counted: {"IP_CSUM": 3}."""
        found = {}
        for line in self.proc("net/drops").splitlines():
            words = line.split()
            if len(words) >= 2 and words[0].isupper() and words[1].isdigit():
                found[words[0]] = int(words[1])
        return found

    def pool_in_use(self):
        """Buffers of the packet pool that are out of it now."""
        for line in self.proc("net/skb_pool").splitlines():
            words = line.split()
            if words and words[0] == "buffers":
                return int(words[1]) - int(words[2])
        raise AssertionError("no pool statistics")


class Shared:
    """A machine for several tests, one after the other: booted for the first of them, and anew for the one after a failure."""

    def __init__(self, session):
        self.session, self.stack, self.vm, self.broken = session, contextlib.ExitStack(), None, None

    def failed(self):
        """Has the test that has the machine now?"""
        return self.session.testsfailed != self.before

    @contextlib.contextmanager
    def lend(self, boot):
        """For one test: the machine that the context manager boot() gives."""
        self.before, good = self.session.testsfailed, False
        if not self.vm:
            self._boot(boot)
        try:
            yield self.vm
            good = not self.failed()
        finally:
            if not good:
                self.vm.report()
                self.close()

    def _boot(self, boot):
        """What does not boot once is not waited for once more."""
        if self.broken:
            raise self.broken
        try:
            self.vm = self.stack.enter_context(boot())
        except Exception as cause:
            self.broken = cause
            raise

    def close(self):
        self.vm = None
        self.stack.close()


class _Qmp:
    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(60)
        self.sock.connect(str(path))
        self.file = self.sock.makefile("rw")
        self.file.readline()
        self.call("qmp_capabilities", {})

    def call(self, command, arguments):
        self.file.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self.file.flush()
        while True:
            reply = json.loads(self.file.readline())
            if "return" in reply:
                return reply["return"]
            if "error" in reply:
                raise AssertionError(f"QMP {command}: {reply['error']}")

    def close(self):
        self.sock.close()


class User:
    """QEMU's user networking: 10.0.2.0/24, DHCP, a gateway at .2 that is the host's loopback."""

    def __init__(self, options=""):
        self.options = options

    def netdev(self, ident, _dir):
        return f"user,id={ident}" + (f",{self.options}" if self.options else "")

    def report(self, _dir):
        pass

    def close(self):
        pass


class Tap:
    """A tap device of this network namespace; the host end has @address/@prefix."""

    def __init__(self, name="sktap0", address="10.77.0.1", prefix=24):
        self.name, self.seen_up = name, False
        subprocess.run(["ip", "tuntap", "add", name, "mode", "tap"], check=True)
        subprocess.run(["ip", "addr", "add", f"{address}/{prefix}", "dev", name], check=True)
        subprocess.run(["ip", "link", "set", name, "up"], check=True)

    def netdev(self, ident, _dir):
        return f"tap,id={ident},ifname={self.name},script=no,downscript=no"

    def is_up(self):
        """Linux drops what it sends until it has noticed, in its own time, that somebody holds the other end."""
        if not self.seen_up:
            text = subprocess.run(["ip", "-o", "link", "show", self.name], check=True, capture_output=True, text=True).stdout
            self.seen_up = " state UP " in text
        return self.seen_up

    def report(self, _dir):
        pass

    def close(self):
        subprocess.run(["ip", "link", "del", self.name], check=False)
