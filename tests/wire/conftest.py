"""Fixtures of the wire tests: one booted skbox with one cable for each test file, and a fresh look at its counters for each test."""

import pytest

from lib.vm import VM
from lib.wire import STATIC, Wire


@pytest.fixture(scope="module")
def machine():
    wire = Wire()
    with VM(append=f"quiet {STATIC}", nets=[wire]) as vm:
        vm.wait_prompt()
        wire.fence()
        yield vm, wire


@pytest.fixture
def vm(machine, request):
    failed = request.session.testsfailed
    vm, wire = machine
    wire.seen.clear()
    before = vm.pool_in_use()
    yield vm
    if request.session.testsfailed == failed:
        vm.wait_until("the packet pool is back at its baseline", lambda: vm.pool_in_use() <= before)
    else:
        print(vm.console_text())
        wire.report(vm.dir)


@pytest.fixture
def wire(vm, machine):
    return machine[1]
