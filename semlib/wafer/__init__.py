"""Paper 2: NPFC, which filters and clusters mixed-type wafer maps, and what it is compared with.

A wafer map is uint8 (H, W): 0 no die, 1 good die, 2 defective die. The modules: :mod:`~semlib.wafer.maps`,
:mod:`~semlib.wafer.synthetic`, :mod:`~semlib.wafer.data`, :mod:`~semlib.wafer.die_list`,
:mod:`~semlib.wafer.npfc`, :mod:`~semlib.wafer.filters`, :mod:`~semlib.wafer.metrics`. Their main names can be
imported from here, except for :func:`semlib.wafer.npfc.npfc`, whose module has its name.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "data": ["WaferMaps", "load_maps", "mixedwm38", "open_maps", "wm811k"],
        "die_list": ["read_die_list", "to_die_list"],
        "filters": ["dbscan", "kmeans", "mean_filter", "median_filter"],
        "maps": ["check_map"],
        "metrics": ["die_scores", "external_scores", "filter_scores", "internal_scores"],
        "npfc_many": ["npfc_many", "npfc_table"],
        "synthetic": ["synthetic_mixed_maps"],
    },
)
