"""Fixtures of the wire tests: one booted skbox with one cable for each test file, and a fresh look at its counters for each test."""

import contextlib

import pytest

from lib.vm import VM
from lib.wire import STATIC, Wire


@pytest.fixture(scope="module")
def prepare():
    """What a file wants done on its machine before the first test: its own fixture of this name says it."""
    return lambda vm: None


@pytest.fixture(scope="module")
def boot(prepare):
    @contextlib.contextmanager
    def with_one_cable():
        wire = Wire()
        with VM(append=f"quiet {STATIC}", nets=[wire]) as vm:
            vm.wait_prompt()
            wire.fence()
            prepare(vm)
            yield vm
    return with_one_cable


@pytest.fixture
def vm(shared, boot):
    with shared.lend(boot) as vm:
        vm.nets[0].seen.clear()
        before = vm.pool_in_use()
        yield vm
        if not shared.failed():
            vm.wait_until("the packet pool is back at its baseline", lambda: vm.pool_in_use() <= before)


@pytest.fixture
def wire(vm):
    return vm.nets[0]
