#!/usr/bin/python3
"""Runs packet scripts against a Linux kernel in QEMU: the distribution's kernel package with Python as its init.

Usage: guest.py KERNEL_TREE [-v | --record] script or folder ...     (KERNEL_TREE: what a linux-image package unpacks to)

What decides where skbox and a script differ. Not part of the tests: it needs a kernel package and minutes.
"""

import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
MODULES = ("drivers/net/tun.ko", "net/ipv4/tcp_bbr.ko", "net/ipv4/tcp_dctcp.ko", "net/sched/sch_fq.ko")
INIT = r'''#!/usr/bin/python3
import ctypes, os, pathlib, sys, time
libc = ctypes.CDLL(None, use_errno=True)
for kind, place in (("proc", "/proc"), ("sysfs", "/sys"), ("devtmpfs", "/dev")):
    os.makedirs(place, exist_ok=True)
    libc.mount(kind.encode(), place.encode(), kind.encode(), 0, None)
for module in sorted(pathlib.Path("/modules").glob("*.ko")):
    fd = os.open(module, os.O_RDONLY)
    if libc.syscall(313, fd, b"", 0):
        print(module, os.strerror(ctypes.get_errno()))
for name, value in (("net.core.rmem_max", "212992"), ("kernel.printk", "1 1 1 1")):
    pathlib.Path("/proc/sys", *name.split(".")).write_text(value)
sys.path.insert(0, "/")
from tests.script import run, linux, play
play.SLACK = float(os.environ.get("SLACK", "0.03"))
paths = pathlib.Path("/paths").read_text().split("\n")
verbose, recording = os.path.exists("/verbose"), os.path.exists("/recording")
jobs, running, good, bad = 1, {}, 0, 0
def end():
    global good, bad
    pid, status = os.wait()
    path, out = running.pop(pid)
    text = pathlib.Path(out).read_text(errors="replace").strip()
    good, bad = good + (status == 0), bad + (status != 0)
    print("==== FAILED" if status else "==== ok", f"{path}\n{text}" if recording else text or path, flush=True)
for i, path in enumerate(p for p in paths if p):
    while len(running) >= jobs:
        end()
    out = f"/tmp/out{i}"
    pid = os.fork()
    if not pid:
        fd = os.open(out, os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
        os.dup2(fd, 1), os.dup2(fd, 2)
        sys.stdout = open(1, "w")
        try:
            if recording:
                print(run.record(path, "linux"), flush=True)
                os._exit(0)
            wrong = run.play(path, "linux", verbose)
        except BaseException as e:
            import traceback
            wrong = traceback.format_exc()
        print(wrong, flush=True)
        os._exit(1 if wrong else 0)
    running[pid] = path, out
while running:
    end()
print(f"linux {os.uname().release}: {good} passed, {bad} failed", flush=True)
libc.reboot(0x4321FEDC)
'''


def copy(root, path):
    target = root / str(path).lstrip("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(path, target)


def fill(root, kernel_tree):
    (root / "init").write_text(INIT)
    (root / "init").chmod(0o755)
    (root / "tmp").mkdir()
    copy(root, "/usr/bin/python3.11")
    (root / "usr/bin/python3").symlink_to("python3.11")
    shutil.copytree("/usr/lib/python3.11", root / "usr/lib/python3.11", symlinks=True, ignore=shutil.ignore_patterns(
        "test", "__pycache__", "idlelib", "tkinter", "lib2to3", "config-*", "ensurepip", "pydoc_data", "unittest"))
    needed = ["/usr/bin/python3.11", *map(str, (root / "usr/lib/python3.11/lib-dynload").glob("_ctypes*.so"))]
    for binary in needed:
        listed = subprocess.run(["ldd", binary], check=True, capture_output=True, text=True).stdout
        for library in re.findall(r"(/\S+) \(0x", listed):
            copy(root, library)
    (root / "modules").mkdir()
    for module in MODULES:
        shutil.copy(next(kernel_tree.glob(f"lib/modules/*/kernel/{module}")), root / "modules")


def cpio(root, out):
    names = "\n".join(str(p.relative_to(root)) for p in sorted(root.rglob("*")))
    subprocess.run(["cpio", "--quiet", "-o", "-H", "newc", "-R", "0:0"], input=names.encode(), stdout=out, cwd=root, check=True)


def base_image(kernel_tree):
    image = HERE.parents[1] / "build/script" / f"{kernel_tree.name}.cpio"
    if not image.exists() or image.stat().st_mtime < pathlib.Path(__file__).stat().st_mtime:
        image.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory() as tmp:
            root = pathlib.Path(tmp)
            fill(root, kernel_tree)
            with open(image, "wb") as out:
                cpio(root, out)
    return image


def main():
    kernel_tree = pathlib.Path(sys.argv[1])
    paths = [pathlib.Path(p) for p in sys.argv[2:] if not p.startswith("-")] or [HERE]
    scripts = [p for path in paths for p in (sorted(path.rglob("*.pkt")) if path.is_dir() else [path])]
    with tempfile.TemporaryDirectory() as tmp:
        root = pathlib.Path(tmp) / "root"
        for module in HERE.glob("*.py"):
            (root / "tests/script").mkdir(parents=True, exist_ok=True)
            shutil.copy(module, root / "tests/script")
        for i, path in enumerate(scripts):
            (root / "pkt").mkdir(exist_ok=True)
            shutil.copy(path, root / f"pkt/{i:03}-{path.name}")
        (root / "paths").write_text("\n".join(f"/pkt/{i:03}-{p.name}" for i, p in enumerate(scripts)))
        for option, flag in (("-v", "verbose"), ("--record", "recording")):
            if option in sys.argv:
                (root / flag).touch()
        image = pathlib.Path(tmp) / "image"
        with open(image, "wb") as out:
            out.write(base_image(kernel_tree).read_bytes())
            out.flush()
            cpio(root, out)
        kernel = next(kernel_tree.glob("boot/vmlinuz-*"))
        argv = ["qemu-system-x86_64", "-accel", "tcg", "-icount", "shift=0,sleep=off", "-cpu", "max", "-m", "512", "-nographic", "-nodefaults", "-serial", "stdio",
                "-no-reboot", "-kernel", str(kernel), "-initrd", str(image), "-append", "console=ttyS0 quiet panic=-1 mitigations=off"]
        subprocess.run(argv, stdin=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
