"""The compiled loops of NPFC: numbers in, numbers out. :mod:`semlib.wafer.npfc` and ``npfc_many`` call them.

A map is worked on as *runs*: defective dies side by side in one row, ``(row, first, last)`` with the last
included, in raster order. In the order of use: ``runs`` (the map as runs, noise, clusters), ``order``
(largest first), ``distances`` (sums, nearest, farthest; ``tiles`` on large maps), ``rules`` (merge or
remove), ``labels`` and ``scores`` (S, D, SD), ``whole`` (these in a row); ``many`` is for a stream of maps,
``full`` for one map with all that is known of it. Importing any of them imports numba, which takes half a
second.
"""
