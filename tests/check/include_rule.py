#!/usr/bin/python3
"""The include rule: a layer sees what is below it, and no more. Prints each breach; exit status 1 if there is one."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# (files, what they may include with "…"); the first line that fits a file counts. A folder ends with '/'.
RULES = [
    ("apps/", ["apps/"]),
    ("libc/", ["libc/"]),
    ("kernel/arch/host/", ["kernel/", "net/link/netdevice.h", "net/socket/socket.h", "net/core/byteorder.h"]),
    ("kernel/arch/", ["kernel/", "drivers/uart.h"]),
    ("kernel/syscall", ["kernel/", "net/socket/socket.h"]),
    ("kernel/", ["kernel/"]),
    ("drivers/net/", ["drivers/", "kernel/", "net/link/netdevice.h", "net/core/", "net/os.h"]),
    ("drivers/", ["drivers/", "kernel/"]),
    ("net/os.h", ["kernel/"]),
    ("net/core/", ["net/core/", "net/os.h"]),
    ("net/link/", ["net/link/", "net/core/", "net/os.h"]),
    ("net/ip/", ["net/ip/", "net/link/", "net/core/", "net/os.h"]),
    ("net/transport/", ["net/transport/", "net/ip/", "net/core/", "net/os.h"]),
    ("net/socket/packet", ["net/socket/", "net/link/", "net/core/", "net/os.h"]),
    ("net/socket/", ["net/socket/", "net/core/", "net/os.h", "kernel/file.h"]),
    ("net/net_init.c", ["net/"]),
    ("modules/", ["modules/", "kernel/", "net/"]),
    ("boot/", ["kernel/", "boot/"]),
]

# What each layer may include with <…>: apps and libc see all of libc, the others the syscall ABI and pure functions.
PURE = {"abi", "machine.h", "string.h", "stddef.h", "stdint.h", "stdarg.h", "stdbool.h", "limits.h", "ctype.h"}
ANY_SYSTEM = ("apps/", "libc/", "kernel/arch/host/host_", "kernel/arch/host/skbox.h")

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^">]+)[">]', re.M)


def fits(path, pattern):
    return path.startswith(pattern) if pattern.endswith("/") or not pattern.endswith((".c", ".h")) else path == pattern


def breaches(path, text):
    allowed = next((may for files, may in RULES if fits(path, files)), None)
    if allowed is None:
        yield "no rule covers this file"
        return
    folder = str(pathlib.PurePosixPath(path).parent)
    for kind, name in INCLUDE.findall(text):
        if kind == "<":
            if not path.startswith(ANY_SYSTEM) and name.split("/")[0] not in PURE:
                yield f"may not include <{name}>"
            continue
        target = name if (ROOT / name).exists() else f"{folder}/{name}"
        if not any(fits(target, may) for may in allowed):
            yield f'may not include "{name}"'


def main():
    found = 0
    for top in ("apps", "boot", "drivers", "kernel", "libc", "modules", "net"):
        for file in sorted((ROOT / top).rglob("*.[chS]")):
            path = file.relative_to(ROOT).as_posix()
            for breach in breaches(path, file.read_text()):
                print(f"{path}: {breach}")
                found += 1
    print(f"include rule: {found} breaches")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
