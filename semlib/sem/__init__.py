"""Paper 1: self-supervised, multi-resolution embeddings of SEM defect images.

The modules follow the data: :mod:`~semlib.sem.data`, :mod:`~semlib.sem.preprocess`, :mod:`~semlib.sem.pyramid`,
:mod:`~semlib.sem.model`, :mod:`~semlib.sem.train`, :mod:`~semlib.sem.baselines`, :mod:`~semlib.sem.evaluate`,
:mod:`~semlib.sem.project`.
"""
