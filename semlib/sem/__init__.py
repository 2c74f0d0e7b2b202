"""Paper 1: self-supervised, multi-resolution embeddings of SEM defect images.

The modules follow the data: :mod:`~semlib.sem.synthetic`, :mod:`~semlib.sem.data`,
:mod:`~semlib.sem.preprocess`, :mod:`~semlib.sem.pyramid`, :mod:`~semlib.sem.model`, :mod:`~semlib.sem.train`,
:mod:`~semlib.sem.baselines`, :mod:`~semlib.sem.evaluate`, :mod:`~semlib.sem.project`. Their main names can be
imported from here; a module is loaded when one of its names is first used.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "baselines": ["glcm_features", "lbp_features", "pca_features", "wavelet_features"],
        "config": ["TrainConfig"],
        "data": ["SemImages", "open_images"],
        "evaluate": ["ClusterScores", "evaluate_clustering"],
        "model": ["Encoder", "ProjectionHead", "cross_scale_loss"],
        "preprocess": ["Preprocess", "normalize"],
        "project": ["project_tsne", "project_umap"],
        "store": ["preprocessed"],
        "train": ["Training", "embed", "fit", "untrained"],
    },
)
