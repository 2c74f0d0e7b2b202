# %% [markdown]
# # The pyramid: the same surface at three resolutions
#
# [![Open in Colab](../book/images/colab.svg)](https://colab.research.google.com/github/OWNER/semlib/blob/v0.1.0/notebooks/03_pyramid.ipynb)
#
# Each image is turned into three views: L0 at full size, L1 at half, L2 at a quarter (paper 1, section 4:
# 512, 256 and 128 pixels). "Area-based interpolation" means that a pixel of the coarser view is the mean of the pixels
# that it covers. {claim}`sem-pyramid` For exact halves that is the mean of each 2×2 block:
#
# $$
# x^{(k+1)}_{r,c} = \frac{1}{4} \sum_{i=0}^{1} \sum_{j=0}^{1} x^{(k)}_{2r+i,\,2c+j}
# $$ (eq-pyramid)
#
# where $x^{(k)}_{r,c}$ is the grey of view Lk in row $r$ and column $c$, both counted from 0. {numref}`fig-pyramid` shows
# the three views of one image.

# %% tags=["parameters"]
profile = "quick"  # "quick", "trial" or "paper": see the reading guide
dataset = "synthetic"  # "synthetic", "carinthia", "carinthia_s", or a folder of images
seed = 0
border = 4  # pixels cropped from each side of an image

# %% tags=["hide-input"]
# On Colab only: install semlib. Its requirements are lower bounds, so Colab keeps its own torch and numpy.
import importlib.util
import subprocess
import sys

if "google.colab" in sys.modules and importlib.util.find_spec("semlib") is None:
    source = "semlib @ git+https://github.com/OWNER/semlib@v0.1.0"
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", source], check=True)

import numpy as np
import pandas as pd
from scipy.ndimage import uniform_filter

from semlib import book
from semlib.plots import sem_images as plots
from semlib.plots.sem_encoder import method_drawing
from semlib.plots.style import use_style
from semlib.sem import pipeline
from semlib.sem.data import open_images
from semlib.sem.model import Encoder, ProjectionHead
from semlib.sem.preprocess import Preprocess
from semlib.sem.pyramid import pyramid
from semlib.sem.train import TrainConfig

use_style()
sizes = book.profile(profile)
images = open_images(dataset, n=sizes.n_images, seed=seed)
pixels = pipeline.preprocess(images, Preprocess(border=border, size=sizes.size))

# %%
one = Preprocess(border=border, size=512)(
    [images[1]]
)  # one image at the paper's size, whatever the profile
[tuple(level.shape[2:]) for level in pyramid(one, levels=3)]

# %% mystnb={"figure": {"name": "fig-pyramid", "caption": "Above, the three views of one image, drawn at their relative sizes. Below, the same central region of each: the outline of the defect stays, the grain of the surface goes."}}
plots.pyramid_levels(
    [level[0, 0].numpy() for level in pyramid(one)], zoom=192, source=images.source
)

# %% [markdown]
# ## What a coarser view keeps, and what it loses
#
# The averages of {eq}`eq-pyramid` keep the mean grey exactly, and they remove the fine detail.
# {numref}`tbl-pyramid-grain` compares the spread of the grey values as a whole with the **grain**: what is left when
# each pixel's 3×3 neighbourhood mean is subtracted (the median size of that remainder, so that the defect itself does
# not count). {numref}`fig-spectrum` shows at which frequencies the detail goes.

# %% mystnb={"table": {"name": "tbl-pyramid-grain", "caption": "Side in pixels, mean grey, spread and grain of the three views, over the first few images. The mean stays, the grain shrinks from view to view."}}
few = [
    level[:, 0].numpy()
    for level in pyramid(
        Preprocess(border=border, size=512)(images.subset(np.arange(min(8, len(images)))))
    )
]
grain = [np.median(np.abs(x - uniform_filter(x, (0, 3, 3)))) for x in few]
table = pd.DataFrame(
    {
        "side": [x.shape[1] for x in few],
        "mean grey": [x.mean() for x in few],
        "standard deviation": [x.std((1, 2)).mean() for x in few],
        "grain": grain,
    },
    index=["L0", "L1", "L2"],
)
table.round(4)

# %% mystnb={"figure": {"name": "fig-spectrum", "caption": "The mean power of the images by spatial frequency, one line a level. The lines run together at low frequencies (left): the views agree on the large structures. Each coarser view ends an octave earlier: what lies to the right is lost to it."}}
levels = [level[:, 0].numpy() for level in pyramid(pixels)]
plots.power_spectra({f"L{k}": level for k, level in enumerate(levels)}, source=images.source)

# %% [markdown]
# The loss of the next chapter, {eq}`eq-loss`, asks the network to give the three views the same embedding. What the
# views share is what {numref}`fig-spectrum` shows on the left: large structures, brightness, shading. What they do not
# share, the fine texture, is what the loss rewards the network for ignoring. The paper says that the design "helps
# preserve resolution-dependent morphological information" (section 4); the objective works against that.
# {claim}`sem-keeps-resolution`

# %% [markdown]
# ## Where this leads: the whole method
#
# The paper's Figure 1 has an overview of its method and four details. {numref}`fig-method` draws the same steps, in panels
# of our own, from the code: every size,
# number of weights and setting is read from the network and its configuration, at the paper's values. The next chapters
# go through it.

# %% mystnb={"figure": {"name": "fig-method", "caption": "The method of paper 1, the steps of its Figure 1, drawn from the code. (a) An image is cropped, resized, and normalised. (b) Three views of it. (c) The encoder, and the head that is used in training only; above each layer its number of weights, below it the size of its maps for each view. (d) In training each p is pulled towards the z of the other views (orange); no gradient flows into that z (dashed). (e) Only z of L0 is used afterwards, and only the last score sees a label."}}
method_drawing(
    Encoder(),
    ProjectionHead(),
    TrainConfig(),
    Preprocess(border=border),
    images[1],
    source=images.source,
)
