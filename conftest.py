"""The notebooks' kernels get the same environment under nbval as in ``make notebooks``."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "tools"))
from nb import ENV

os.environ.update({**ENV, "SEMLIB_CACHE": os.environ.get("SEMLIB_CACHE", ENV["SEMLIB_CACHE"])})
