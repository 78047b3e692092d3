#!/usr/bin/python3
"""Each header compiles alone, on both machines."""

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
GCC = ["gcc", "-std=gnu11", "-ffreestanding", "-nostdinc", "-Wall", "-Wextra", "-Wno-unused-parameter", "-Wno-unused-function",
       "-Werror", "-fsyntax-only", "-x", "c", "-"]


def compiles(header, arch, builtin):
    kernel = [] if header.startswith(("apps/", "libc/include")) else ["-I.", f"-Ikernel/arch/{arch}", f"-Ilibc/arch/{arch}"]
    own = ["-I."] if header.startswith("apps/") else []
    text = f'#include "{ROOT / header}"\n'
    run = subprocess.run([*GCC, *kernel, *own, "-Ilibc/include", "-isystem", builtin], cwd=ROOT, input=text, text=True, capture_output=True)
    if run.returncode:
        print(f"{header} ({arch}):\n{run.stderr}")
    return run.returncode == 0


def main():
    builtin = subprocess.check_output(["gcc", "-print-file-name=include"], text=True).strip()
    bad = count = 0
    for top in ("apps", "boot", "drivers", "kernel", "libc", "net"):
        for file in sorted((ROOT / top).rglob("*.h")):
            header = file.relative_to(ROOT).as_posix()
            for arch in ("x86_64", "host"):
                if f"arch/{'host' if arch == 'x86_64' else 'x86_64'}/" in header:
                    continue
                count += 1
                bad += not compiles(header, arch, builtin)
    print(f"headers: {count} compiled alone, {bad} failed")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
