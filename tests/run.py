#!/usr/bin/python3
"""Runs all tests, or the suites named: unit script property check wire interop fuzz. Ends with a line `N passed, N failed`."""

import concurrent.futures
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[1]
MAX_FAILED = 8  # in a file: each of them may have waited for a long time in vain
JOBS = len(os.sched_getaffinity(0))


def make(*args):
    return subprocess.run(["make", "-s", f"-j{JOBS}", *args], cwd=ROOT).returncode


def run(argv, deadline, **env):
    """(status, output) of a command, which ends at the latest after @deadline seconds with all that it has started."""
    with subprocess.Popen([str(word) for word in argv], cwd=ROOT, env={**os.environ, **env}, start_new_session=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        try:
            output = process.communicate(timeout=deadline)[0]
        except subprocess.TimeoutExpired as late:
            os.killpg(process.pid, signal.SIGKILL)
            output = (late.output or b"") + f"\nnot done within {deadline} s\n".encode()
        return process.wait(), output.decode("utf-8", "replace")


def side_by_side(function, items, jobs=JOBS):
    """The sum of what function(item) returns, (name, passed, failed, output), each told as soon as it is there."""
    passed = failed = 0
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        for done in concurrent.futures.as_completed([pool.submit(function, item) for item in items]):
            name, good, bad, output = done.result()
            if bad:
                print(output)
            print(f"{name}: {good} passed, {bad} failed", flush=True)
            passed, failed = passed + good, failed + bad
    return passed, failed


def programs(folder, prefix):
    return [p for p in sorted((ROOT / folder).glob(f"{prefix}_*")) if not p.suffix and os.access(p, os.X_OK)]


# ---- unit: each program speaks TAP ----

def unit_program(program, *args):
    code, output = run([program, *args], 600, CMOCKA_MESSAGE_OUTPUT="tap")
    good, bad = (len(re.findall(rf"^{word} \d+", output, re.M)) for word in ("ok", "not ok"))
    if code and not bad or not good + bad:
        bad += 1
    return f"unit/{program.name}", good, bad, output


def unit():
    if make("ARCH=host", "unit-build"):
        return 0, 1
    return side_by_side(unit_program, programs("build/host/unit", "test"))


# ---- property: TCP between two stacks, a run for each seed, in TAP ----

def property_test():
    if make("ARCH=host", "property-build"):
        return 0, 1
    seeds = os.environ.get("PROPERTY_SEEDS", "1-200")
    _, good, bad, output = unit_program(ROOT / "build/host/tcp_property", f"--seeds={seeds}")
    if bad:
        print(output)
    return good, bad


# ---- check ----

def check():
    code, output = run(["make", "-s", "check"], 1200)
    print(output)
    return (0, 1) if code else (1, 0)


# ---- wire, interop: a process for each file; a network namespace of its own keeps taps and test traffic in there ----

def pytest_file(path, prefix=()):
    with tempfile.TemporaryDirectory() as tmp:
        xml = pathlib.Path(tmp) / "result.xml"
        argv = [*prefix, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--maxfail={MAX_FAILED}", f"--junitxml={xml}", path]
        code, output = run(argv, 1500)
        name = str(path.relative_to(ROOT / "tests"))
        if not xml.exists():
            return name, 0, 1, output
        suite = next(ElementTree.parse(xml).iter("testsuite"))
    total, failed, skipped, errors = (int(suite.get(k)) for k in ("tests", "failures", "skipped", "errors"))
    failed += errors
    return name, total - failed - skipped, failed or int(code != 0), output


def script():
    """Packet scripts against libskbox."""
    if make("ARCH=host"):
        return 0, 1
    _, output = run([sys.executable, "tests/script/run.py", "--strict_segments", "--tolerance_percent=1"], 600)
    print(output, end="")
    found = re.search(r"^script: (\d+) passed, (\d+) failed", output, re.M)
    return (int(found[1]), int(found[2])) if found else (0, 1)


def pytest(folder, prefix=()):
    if make("relay"):
        return 0, 1
    files = sorted((ROOT / "tests" / folder).glob("test_*.py"))
    return side_by_side(lambda path: pytest_file(path, prefix), files)


def wire():
    return pytest("wire")


def interop():
    return pytest("interop", ["unshare", "-n" if os.geteuid() == 0 else "-rn", "--"])


# ---- fuzz ----

def fuzz_program(program):
    corpus = ROOT / "tests/fuzz/corpus" / program.name
    seconds = os.environ.get("FUZZ_SECONDS", "30")
    with tempfile.TemporaryDirectory() as found:
        argv = [program, f"-max_total_time={seconds}", "-print_final_stats=1", "-verbosity=0", "-artifact_prefix=build/fuzz/", found]
        if corpus.is_dir():
            argv.append(corpus)
        code, output = run(argv, int(seconds) + 300)
    return (f"fuzz/{program.name}", 0, 1, output) if code else (f"fuzz/{program.name}", 1, 0, output)


def fuzz():
    if make("fuzz-build"):
        return 0, 1
    return side_by_side(fuzz_program, programs("build/fuzz", "fuzz"))


SUITES = {"unit": unit, "script": script, "property": property_test, "check": check, "wire": wire, "interop": interop, "fuzz": fuzz}


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
