import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from lib.vm import Shared  # noqa: E402


@pytest.fixture(scope="module")
def shared(request):
    """The machine that a file's tests share."""
    holder = Shared(request.session)
    yield holder
    holder.close()


def pytest_collection_modifyitems(config, items):
    """Every test ends: a hang is a failure with a console log, not a job that never returns."""
    for item in items:
        if not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(300))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """In CI a skipped test is a failed one: everything it needs is installed by `make setup`."""
    outcome = yield
    report = outcome.get_result()
    if report.skipped and os.environ.get("CI"):
        report.outcome = "failed"
        report.longrepr = f"skipped in CI: {report.longrepr}"
