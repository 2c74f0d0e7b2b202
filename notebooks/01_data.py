# %% [markdown]
# # The data: images of six kinds of defect
#
# [![Open in Colab](../book/images/colab.svg)](https://colab.research.google.com/github/OWNER/semlib/blob/v0.1.0/notebooks/01_data.ipynb)
#
# Paper 1 uses Carinthia {cite}`carinthia2024`: 4,591 SEM images of defects on one production layer, with labels 1 to 6.
# {claim}`sem-images` {claim}`sem-format`
# They cannot ship with this book. By default the book therefore runs on the **SEM twin**: images that a program paints,
# with Carinthia's file layout, its class counts, and the look of its images as far as we could measure it.
# Every figure says below it which data made it. No score on the twin is a score on Carinthia.

# %% tags=["parameters"]
profile = "quick"  # "quick", "trial" or "paper": see the reading guide
dataset = "synthetic"  # "synthetic", "carinthia", "carinthia_s", or a folder of images
seed = 0

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
from scipy.stats import entropy

from semlib import book
from semlib.plots import sem_images as plots
from semlib.plots.style import use_style
from semlib.sem.data import open_images
from semlib.sem.evaluate import nmi_ceiling_equal_clusters
from semlib.sem.synthetic import CLASS_COUNTS, CLASS_NAMES, Cues, make_image

use_style()
sizes = book.profile(profile)

# %%
images = open_images(dataset, n=sizes.n_images, seed=seed)
images

# %% [markdown]
# ## What the images look like
#
# The defect is in the centre ({numref}`fig-gallery`). {claim}`sem-defects-centred` Most images show a particle that is
# lit from one side. Around it the surface is flat and grey, with a smooth shading. A black border of about 3 pixels
# stands at the right edge. Some images carry a faint framing square.

# %% mystnb={"figure": {"name": "fig-gallery", "caption": "The first images of each class (grey values 0 to 180 of 255, so that they print well). Look at the shading of the background too: its direction differs between the classes, which has nothing to do with the defect."}}
labels = images.labels if images.labels is not None else np.zeros(len(images), int)
names = CLASS_NAMES if images.is_synthetic else {0: "no labels"}
plots.class_gallery(images, labels, names, source=images.source)

# %% [markdown]
# The names of the classes are ours, inferred from the look of real images. Carinthia publishes only numbers, and says of
# class 6 that no defect is visible. No image of class 2 was at hand, so its stain is an invention.
#
# ## How unbalanced they are
#
# The paper writes that "the majority of the images were non-defective and fell under class '6'" (section 3.1). The
# published labels say otherwise: 4,008 of 4,591 images are of class **3** ({numref}`fig-class-counts`).
# {claim}`sem-majority-class`

# %% mystnb={"figure": {"name": "fig-class-counts", "caption": "Images in each class of Carinthia, as its label file is reported to have them. The axis is logarithmic: class 3 has a thousand times as many images as class 5."}}
plots.class_counts(
    CLASS_COUNTS, CLASS_NAMES, source="Carinthia's published labels (counts only)"
)

# %% [markdown]
# This matters for every score with labels. The entropy of the labels is small: an image's label is hardly ever a
# surprise. K-means tends towards clusters of similar size, and six clusters of equal size cannot agree with such
# labels. {numref}`tbl-data-imbalance` shows a bound on the NMI that they could have, {eq}`eq-nmi-ceiling` of
# [a later chapter](06_clustering_metrics), which also finds what can be reached: less. And it shows what a constant answer
# would score. {claim}`sem-imbalanced`

# %% mystnb={"table": {"name": "tbl-data-imbalance", "caption": "What Carinthia's published class counts alone say about scores with labels. No image is needed for it."}}
counts = pd.Series(CLASS_COUNTS)
carinthia_labels = np.repeat(counts.index, counts)
facts = {
    "images": int(counts.sum()),
    "entropy of the labels (nats)": float(entropy(counts)),
    "bound on the NMI of six equal clusters": float(
        nmi_ceiling_equal_clusters(carinthia_labels, k=6)
    ),
    "accuracy of always saying 3": float(counts.max() / counts.sum()),
}
book.glue("published_images", facts["images"])
book.glue("published_classes", [int(counts[label]) for label in sorted(counts.index)])
book.glue("label_entropy", facts["entropy of the labels (nats)"])
book.glue("nmi_ceiling", facts["bound on the NMI of six equal clusters"])
book.glue("majority_share", facts["accuracy of always saying 3"])
pd.Series(facts, name="Carinthia's labels").round(3).to_frame()

# %% [markdown]
# ## The twin beside the real images
#
# 129 real images, shrunk to 52×52 pixels by an unknown method, were at hand for calibration, with labels inferred from
# counts and look. Each bar of {numref}`fig-twin-real` spans the middle 80 % of a class. The twin was fitted to these
# ranges and to nothing else; no clustering score was looked at. At full size the real images were not seen, so the
# twin's fine texture is a guess.

# %% mystnb={"figure": {"name": "fig-twin-real", "caption": "Seven statistics of the images shrunk to 52×52. Right − left: how much brighter the right side is than the left; bottom − top: the bottom than the top (grey values). Dots are medians, bars reach from the 10 % to the 90 % quantile. Where the orange dot lies on the grey bar, the twin's median is a value that real images have."}}
comparison = book.recorded("twin_vs_real")  # made by tools/compare_twin.py
rows = [
    {"side": side, "label": int(label), "statistic": statistic, "verdict": entry["verdict"]}
    | dict(zip(("median", "low", "high"), entry[side], strict=True))
    for label, one in (comparison or {"classes": {}})["classes"].items()
    for statistic, entry in one["statistics"].items()
    for side in ("real", "twin")
    if entry.get(side)
]
looks = pd.DataFrame(rows)
plots.range_comparison(
    looks, source="129 real Carinthia images at 52×52 and the SEM twin"
) if rows else "results/ is not here"

# %% mystnb={"table": {"name": "tbl-data-looks", "caption": "Statistics of the twin whose median in a class lies outside the range of the real images: median, and the middle 80 % from low to high."}} tags=["hide-input"]
judged = (
    looks[(looks.side == "twin") & (looks.verdict != "no real image")]
    if rows
    else pd.DataFrame({"verdict": []})
)
book.glue("looks_within", int((judged.verdict == "within").sum()))
book.glue("looks_judged", len(judged))
outside = judged[judged.verdict != "within"].reset_index(drop=True)
outside if len(outside) else "none: every median lies within"

# %% [markdown]
# The median of the twin lies within the real range in {glue:text}`looks_within` of {glue:text}`looks_judged` pairs of
# class and statistic; {numref}`tbl-data-looks` lists the others, if there are any. Class 2 cannot be judged, for no
# real image of it was at hand. Class 5 has four real images.

# %% [markdown]
# ## Cues that can be switched off
#
# The shading, the border, the framing squares, the scan bands and the noise are not the defect. A network can still use
# them, and the shading even tells classes apart. In the twin each can be switched off ({numref}`fig-cues`), so that a
# test can see what a method really uses.

# %% mystnb={"figure": {"name": "fig-cues", "caption": "One pit with all acquisition cues, then with one of them switched off at a time, in raised contrast. The rest of the image stays the same to the pixel."}}
switches = {"all cues": Cues()} | {
    f"no {cue}".replace("_", " "): Cues(**{cue: False}) for cue in Cues.__dataclass_fields__
}
plots.image_row(
    {name: make_image(4, seed=seed, index=6, cues=cues) for name, cues in switches.items()},
    grey=(60, 150),
    source="SEM twin (synthetic)",
)
