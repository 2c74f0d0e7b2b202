"""What the data cards say in words of each data set, beside the registry. No number is in here."""

KINDS = {
    "carinthia": "SEM images, with a class each",
    "carinthia_s": "SEM images, with a class and a mask each",
    "wm811k": "wafer maps, with one class each or none",
    "mixedwm38": "wafer maps, with any number of patterns each",
}
#: What lies in the published file, as reported.
INSIDE = {
    "carinthia": "`data/carinthia.csv` (`image_path;file_name;label`) and `data/images/*.jpg`",
    "carinthia_s": (
        "`data/carinthia-s.csv` (`image_path;mask_path;filename;label`), `data/images/*.jpg` and "
        "`data/masks/*.png`"
    ),
    "wm811k": (
        "a pickled table: `waferMap`, `dieSize`, `lotName`, `waferIndex`, `failureType`, and the split, "
        "`trianTestLabel` or `trainTestLabel`"
    ),
    "mixedwm38": "`arr_0`, the maps, and `arr_1`, a column for each pattern",
}
#: How to load and split it, and what comes out.
LOAD = {
    "carinthia": """\
from semlib.sem import SemImages
from semlib.split import split_by_group

images = SemImages.carinthia()
train, test = split_by_group(images.content_groups())
images.subset(train)""",
    "carinthia_s": """\
from semlib.sem import SemImages
from semlib.split import split_by_group

images = SemImages.carinthia_s()
mask = images.mask(0)  # True on the defect of image 0
train, test = split_by_group(images.content_groups())
images.subset(train)""",
    "wm811k": """\
from semlib.wafer.data import wm811k

maps = wm811k(labelled=True)
train, test = maps.split(by="lot")""",
    "mixedwm38": """\
from semlib.wafer.data import mixedwm38

maps = mixedwm38()
train, test = maps.split()""",
}
SPLIT = {
    "carinthia": "`train` and `test` are indices. Equal images are never in both.",
    "carinthia_s": "`train` and `test` are indices. Equal images are never in both.",
    "wm811k": "Equal maps, and wafers of one lot, are never in both parts.",
    "mixedwm38": "Equal maps are never in both parts.",
}
