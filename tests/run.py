#!/usr/bin/python3
"""Runs all tests, or the suites named: unit check wire interop fuzz. Ends with a line `N passed, N failed`."""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[1]
JOBS = str(os.cpu_count() or 1)


def make(*args):
    return subprocess.run(["make", f"-j{JOBS}", *args], cwd=ROOT).returncode


def command(name, argv, deadline, env=None):
    """A suite that is one command: passed or failed as a whole."""
    try:
        code = subprocess.run(argv, cwd=ROOT, timeout=deadline, env=env).returncode
    except subprocess.TimeoutExpired:
        print(f"{name}: not done within {deadline} s")
        code = 1
    return (1, 0) if code == 0 else (0, 1)


def unit():
    """Each program below build/host/unit speaks TAP."""
    if make("ARCH=host", "unit-build"):
        return 0, 1
    passed = failed = 0
    for program in sorted((ROOT / "build/host/unit").glob("test_*")):
        if program.suffix or not os.access(program, os.X_OK):
            continue
        try:
            run = subprocess.run([program], cwd=ROOT, timeout=300, text=True, errors="replace",
                                 env={**os.environ, "CMOCKA_MESSAGE_OUTPUT": "tap"},
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            output, code = run.stdout, run.returncode
        except subprocess.TimeoutExpired as late:
            output, code = str(late.stdout), 1
        good = len(re.findall(r"^ok \d+", output, re.M))
        bad = len(re.findall(r"^not ok \d+", output, re.M))
        if code and not bad or not good + bad:
            bad += 1
        print(f"unit/{program.name}: {good} passed, {bad} failed")
        if bad:
            print(output)
        passed, failed = passed + good, failed + bad
    return passed, failed


def pytest(folder, prefix=()):
    with tempfile.TemporaryDirectory() as tmp:
        xml = pathlib.Path(tmp) / "result.xml"
        subprocess.run([*prefix, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={xml}",
                        f"tests/{folder}"], cwd=ROOT)
        if not xml.exists():
            return 0, 1
        suite = next(ElementTree.parse(xml).iter("testsuite"))
    total, failed, skipped = (int(suite.get(k)) for k in ("tests", "failures", "skipped"))
    failed += int(suite.get("errors"))
    return total - failed - skipped, failed


def check():
    return command("check", ["make", "-s", "check"], 600)


def wire():
    return pytest("wire")


def interop():
    # A network namespace of our own: taps and test traffic stay in there.
    root = os.geteuid() == 0
    return pytest("interop", ["unshare", "-n" if root else "-rn", "--"])


def fuzz():
    if make("fuzz-build"):
        return 0, 1
    passed = failed = 0
    for program in sorted((ROOT / "build/fuzz").glob("fuzz_*")):
        if program.suffix or not os.access(program, os.X_OK):
            continue
        corpus = ROOT / "tests/fuzz/corpus" / program.name
        seconds = os.environ.get("FUZZ_SECONDS", "30")
        with tempfile.TemporaryDirectory() as found:
            argv = [str(program), f"-max_total_time={seconds}", "-print_final_stats=1", "-verbosity=0", found]
            if corpus.is_dir():
                argv.append(str(corpus))
            good, bad = command(program.name, argv, int(seconds) + 120)
        print(f"fuzz/{program.name}: {'passed' if good else 'FAILED'}")
        passed, failed = passed + good, failed + bad
    return passed, failed


SUITES = {"unit": unit, "check": check, "wire": wire, "interop": interop, "fuzz": fuzz}


def main():
    names = sys.argv[1:] or list(SUITES)
    unknown = [n for n in names if n not in SUITES]
    if unknown:
        sys.exit(f"no such suite: {' '.join(unknown)} (there are: {' '.join(SUITES)})")
    passed = failed = 0
    if make("ARCH=x86_64"):
        failed += 1
        names = []
    for name in names:
        start = time.monotonic()
        good, bad = SUITES[name]()
        print(f"==== {name}: {good} passed, {bad} failed ({time.monotonic() - start:.0f} s)", flush=True)
        passed, failed = passed + good, failed + bad
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
