#!/usr/bin/python3
"""Runs packet scripts against libskbox, each in a process of its own (README.md beside this file).

Usage: run.py [-v] [-j N] [--stack skbox|linux] [--record] [-D NAME=VALUE ...] [--strict_segments and other options of scripts]
              [script or folder ...]
"""

import argparse
import contextlib
import io
import multiprocessing.connection
import os
import pathlib
import signal
import subprocess
import sys
import time
import traceback

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from tests.script import language, wire  # noqa: E402
from tests.script.calls import Mismatch  # noqa: E402
from tests.script.play import Player  # noqa: E402
from tests.script.stack import LIBRARY  # noqa: E402


def read(path, args):
    """The script; its own options go before those of the command."""
    script = language.parse(pathlib.Path(path).read_text(), args.define)
    script.options = args.options | script.options
    wire.set_hosts(script.options.get("local_ip", wire.LOCAL), script.options.get("remote_ip", wire.REMOTE))
    return script


def record(path, args):
    """What the script becomes on this stack."""
    from tests.script.record import Recorder
    return Recorder(read(path, args), new_stack(args.stack)).play()


def new_stack(name):
    if name == "linux":
        from tests.script.linux import Linux as Stack
    else:
        from tests.script.stack import Skbox as Stack
    return Stack()


def play(path, args):
    """Plays one script in this process: what is wrong, or ""."""
    try:
        script = read(path, args)
    except language.ScriptError as bad:
        return f"{path}: {bad}"
    stack = new_stack(args.stack)
    player = Player(script, stack, sys.stdout if args.verbose else None)
    try:
        player.play()
    except Mismatch as m:
        rest = [f"    then {player_words(player, raw)}   at {when:.6f}" for when, raw in stack.packets[:4]]
        return "\n".join([f"{path}: {m}", *rest])
    finally:
        stack.close()
    return ""


def player_words(player, raw):
    try:
        p = wire.read(raw)
    except ValueError as bad:
        return str(bad)
    if p.kind == "tcp" and player.connection:
        p.seq = (p.seq - (player.connection.local_isn or 0)) & wire.U32
    return p


def run_one(path, args, answer):
    """In a process of its own: the stack has one state for each."""
    signal.alarm(args.deadline)
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        try:
            wrong = record(path, args) if args.record else play(path, args)
        except Exception:  # a script that breaks the runner has failed, too
            wrong = f"{path}: {traceback.format_exc()}"
    answer.send((not wrong or args.record, out.getvalue() + wrong))


def start(path, args):
    """Children are made by the one thread that there is: (the end to read, what to end it by)."""
    answer, other = multiprocessing.Pipe(False)
    child = multiprocessing.Process(target=run_one, args=(path, args, other))
    child.start()
    other.close()
    return answer, child


def run_all(paths, args):
    """Some at a time: (path, good, output) of each in its turn."""
    waiting, running, ended = list(enumerate(paths)), {}, {}
    waiting.reverse()
    turn = 0
    while waiting or running:
        while waiting and len(running) < args.jobs:
            number, path = waiting.pop()
            answer, child = start(path, args)
            running[answer] = number, path, child
        for answer in multiprocessing.connection.wait(list(running)):
            number, path, child = running.pop(answer)
            try:
                ended[number] = path, *answer.recv()
            except EOFError:  # the alarm, or the sanitizer's and the stack's last words on stderr
                ended[number] = path, False, f"{path}: no end within {args.deadline} s, or the stack has crashed"
            child.join()
        while turn in ended:
            yield ended.pop(turn)
            turn += 1


def with_sanitizers():
    """A library with sanitizers wants theirs loaded before Python: starts over with them."""
    if "LD_PRELOAD" in os.environ or not LIBRARY.exists() or b"__asan_init" not in LIBRARY.read_bytes():
        return
    names = [subprocess.run(["gcc", f"-print-file-name={n}"], text=True, stdout=subprocess.PIPE).stdout.strip()
             for n in ("libasan.so", "libubsan.so")]
    env = os.environ | {"LD_PRELOAD": " ".join(names), "ASAN_OPTIONS": "detect_leaks=0:verify_asan_link_order=0"}
    os.execve(sys.executable, [sys.executable, *sys.argv], env)


def scripts(paths):
    for path in paths or [HERE]:
        path = pathlib.Path(path)
        yield from sorted(path.rglob("*.pkt")) if path.is_dir() else [path]


def script_options(words):
    """Options that a script could have itself: {name: value}."""
    found = {}
    for word in words:
        name, _, value = word.partition("=")
        if not name.startswith("--"):
            sys.exit(f"run.py: no such option {word}")
        found[name[2:]] = value or "1"
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-v", "--verbose", action="store_true", help="shows every call and packet")
    parser.add_argument("-j", "--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--stack", choices=("skbox", "linux"), default="skbox")
    parser.add_argument("--deadline", type=int, default=60)
    parser.add_argument("--record", action="store_true", help="prints the scripts completed (record.py)")
    parser.add_argument("-D", "--define", action="append", default=[], help="NAME=VALUE: what a word of the scripts stands for")
    parser.add_argument("paths", nargs="*")
    args, others = parser.parse_known_args()
    args.options = script_options(others)
    args.define = dict(word.split("=", 1) for word in args.define)
    with_sanitizers()
    start, passed, failed = time.monotonic(), 0, 0
    for path, good, output in run_all(scripts(args.paths), args):
        passed, failed = passed + good, failed + (not good)
        if args.record:
            print(output, end="", flush=True)
        elif not good or args.verbose:
            print(f"{'ok' if good else 'FAILED'} {output.strip() or path}", flush=True)
    if args.record:
        return
    print(f"script: {passed} passed, {failed} failed ({time.monotonic() - start:.0f} s)")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
