"""Two papers on semiconductor defects, reproduced: :mod:`semlib.sem` and :mod:`semlib.wafer`."""

__version__ = "0.1.0"
