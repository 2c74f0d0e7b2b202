"""The notebooks' kernels get the same environment under nbval as in ``make notebooks``."""

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "tools"))
from nb import ENV

os.environ.update({**ENV, "SEMLIB_CACHE": os.environ.get("SEMLIB_CACHE", ENV["SEMLIB_CACHE"])})


def pytest_configure(config):
    """Let nbval's kernels speak through sockets of their own.

    By default a kernel gets TCP ports that were free a moment ago; of two that start at once, one may die.
    """
    if not config.getoption("nbval", default=False):
        return
    import nbval.kernel

    manager, sockets = nbval.kernel.KernelManager, tempfile.mkdtemp(prefix="nbval-")
    atexit.register(shutil.rmtree, sockets, ignore_errors=True)

    def start(**options):
        return manager(transport="ipc", ip=f"{tempfile.mkdtemp(dir=sockets)}/socket", **options)

    nbval.kernel.KernelManager = start
