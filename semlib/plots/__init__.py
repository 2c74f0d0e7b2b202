"""Every figure of the book: :mod:`~semlib.plots.sem` for paper 1, :mod:`~semlib.plots.wafer` for paper 2."""
