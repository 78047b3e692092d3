"""Interop tests run inside a network namespace of their own (tests/run.py makes it): real peers, and nothing gets out."""

import pathlib
import subprocess

import pytest


@pytest.fixture(scope="session", autouse=True)
def namespace():
    links = [p.name for p in pathlib.Path("/sys/class/net").iterdir()]
    # /sys may still show the outer namespace's links: ask the kernel.
    out = subprocess.run(["ip", "-o", "link"], capture_output=True, text=True, check=True).stdout
    foreign = [l for l in out.splitlines() if "link/ether" in l and "sktap" not in l]
    assert not foreign, f"not in a network namespace of our own (run through tests/run.py): {foreign or links}"
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
