"""Two papers on semiconductor defects, reproduced: ``semlib.sem`` (SEM images) and ``semlib.wafer`` (wafer maps)."""

__version__ = "0.1.0"
