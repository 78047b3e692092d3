"""The lines of shell in a script: those that set tunables, on any stack; others are the stack's own to run, or are let be."""

import os
import re
import subprocess
import tempfile

from .calls import Mismatch

# What `./defaults.sh` sets: large buffers, CUBIC, loss probes, no restart after idle, and fast open with a known key.
DEFAULTS = {
    "net.ipv4.tcp_rmem": "4096 540000 15728640", "net.ipv4.tcp_wmem": "4096 262144 4194304", "net.ipv4.tcp_timestamps": "1",
    "net.ipv4.tcp_syn_retries": "5", "net.ipv4.tcp_synack_retries": "5", "net.ipv4.tcp_frto": "2", "net.ipv4.tcp_sack": "1",
    "net.ipv4.tcp_dsack": "1", "net.ipv4.tcp_reordering": "3", "net.ipv4.tcp_congestion_control": "cubic",
    "net.ipv4.tcp_slow_start_after_idle": "0", "net.ipv4.tcp_early_retrans": "4", "net.ipv4.tcp_recovery": "1",
    "net.ipv4.tcp_tso_win_divisor": "3", "net.ipv4.tcp_ecn": "0", "net.ipv4.tcp_pacing_ss_ratio": "200",
    "net.ipv4.tcp_pacing_ca_ratio": "120", "net.ipv4.tcp_syncookies": "1", "net.ipv4.tcp_notsent_lowat": "4294967295",
    "net.ipv4.tcp_fastopen": "0x70403", "net.ipv4.tcp_fastopen_key": "a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4",
}
FASTOPEN_SIMPLE = "0x3"  # where defaults.sh lies beside the script, as the kernel's does, listeners ask for fast open themselves
COUNTERS = ("net/snmp", "net/netstat")


class Shell:
    """Runs lines on @stack; @say hears of those that do nothing."""

    def __init__(self, stack, say):
        self.stack, self.say = stack, say
        self.zero = {}  # what the counters were when nstat was last asked

    def run(self, text):
        text = re.sub(r"\$\(\((.*?)\)\)", lambda m: str(arithmetic(m[1])), text.replace("\\\n", " "))
        for line in re.split(r"\n|;|&&|\|\|", text):
            line = line.split(" #")[0].strip()
            if line and not line.startswith("#"):
                self.line(line)

    def line(self, line):
        if re.search(r"(^|/)defaults\.sh$", line):
            for name, value in DEFAULTS.items():
                self.set_sysctl(name, value)
            if line.startswith("./"):
                self.set_sysctl("net.ipv4.tcp_fastopen", FASTOPEN_SIMPLE)
        elif re.match(r"(/sbin/)?sysctl\b", line):
            for quoted in re.finditer(r"""([\w./]+)=("[^"]*"|'[^']*'|\S*)""", line.partition("sysctl")[2]):
                self.set_sysctl(quoted[1].replace("/", "."), quoted[2].strip("\"'"))
        elif re.search(r"set_sysctls\.py", line):
            for pair in re.finditer(r"""/proc/sys/([\w./]+)=("[^"]*"|'[^']*'|\S*)""", line):
                self.set_sysctl(pair[1].replace("/", "."), pair[2].strip("\"'"))
        elif found := re.match(r"echo (.*?) > */proc/sys/(\S+)", line):
            self.set_sysctl(found[2].replace("/", "."), found[1].strip("\"'"))
        elif re.match(r"nstat\b", line):
            self.nstat(line)
        else:
            self.command(line)

    def set_sysctl(self, name, value):
        if value.startswith("0x"):
            value = str(int(value, 16))
        if not self.stack.sysctl(name, value.replace("\t", " ")):
            self.say(f"(no such tunable: {name}={value})")

    def command(self, line):
        status = self.stack.command(re.sub(r"\s*[&2]?>+\s*\S+", "", line))
        if status is None:
            self.say(f"(nothing done for: {line})")
        elif status:
            self.say(f"({line}: exit status {status})")

    # ---- nstat: counters since the last time, for a pipe of grep and the like ----

    def counters(self):
        found = {}
        for path in COUNTERS:
            lines = self.stack.proc(path).splitlines()
            for head, values in zip(lines[::2], lines[1::2]):
                prefix = head.split(":")[0]
                found |= {prefix + name: int(value) for name, value in zip(head.split()[1:], values.split()[1:])}
        return found

    def nstat(self, line):
        command, _, pipe = line.partition("|")
        now = self.counters()
        changes = {name: value - self.zero.get(name, 0) for name, value in now.items()}
        if " -s" not in command:
            self.zero = now
        if not pipe:
            return
        text = "".join(f"{name:<32}{change:<18} 0.0\n" for name, change in changes.items() if change)
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(["sh", "-c", pipe], input=text, text=True, cwd=folder, env={"PATH": os.environ["PATH"]})
        if done.returncode:
            raise Mismatch(f"{line}: not so:\n{text}")


def arithmetic(text):
    if not re.fullmatch(r"[\d\s*+()-]+", text):
        raise Mismatch(f"no arithmetic: {text}")
    return eval(text)
