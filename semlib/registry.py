"""The published data sets: which file, its size and hash, from where, under which terms, and whom to cite.

Nothing here was computed by us. What we measured on the bytes is in ``results/data_*.json`` and on the data
cards; where the two differ, the card says so.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class RemoteFile:
    """One file as its publisher serves it.

    Attributes
    ----------
    name : str
        Its name on the disk, in the data set's folder.
    url : str
        Where the file itself is.
    size : int
        In bytes.
    md5, sha256 : str or None
        As published or reported. None: no hash is known, and only the size can be checked. The hash of the
        first copy seen is then kept beside the file, so that a later change is noticed.
    kaggle : str or None
        ``owner/dataset`` where the file needs a Kaggle account.
    member : str or None
        The one file of the archive that is used; its size in bytes is ``member_size``.
    """

    name: str
    url: str
    size: int
    md5: str | None = None
    sha256: str | None = None
    kaggle: str | None = None
    member: str | None = None
    member_size: int | None = None


@dataclass(frozen=True)
class DataSet:
    """A data set with its files, terms and sources.

    Attributes
    ----------
    key : str
        Its name in this library, and of its folder.
    title, description : str
    files : tuple of RemoteFile
        Any one of them holds the whole data set; the first that is at hand is taken.
    page : str
        The page that a person opens to get the file.
    licence, licence_url : str
        The terms in words; "" where no text is known.
    creators : tuple of str
    year : int
    citations : tuple of str
        Keys of ``book/references.bib``.
    citation : str
        The same in words.
    doi : str
        Of the data, else "".
    count : int
        Published number of images or maps.
    classes : dict of str to int
        Published number per class, or per defect count; reported by others, to be checked on the bytes.
    counted_by : str
        What these numbers are of, where it is not classes.
    quirks : tuple of (str, str)
        What a user must know, each with how it is known: "seen" in the bytes by us, or "reported" by others.
    unverified : tuple of str
        What could not be verified here.
    """

    key: str
    title: str
    description: str
    files: tuple[RemoteFile, ...]
    page: str
    licence: str
    licence_url: str
    creators: tuple[str, ...]
    year: int
    citations: tuple[str, ...]
    citation: str
    count: int
    classes: dict[str, int]
    counted_by: str = ""
    doi: str = ""
    quirks: tuple[tuple[str, str], ...] = ()
    unverified: tuple[str, ...] = field(default=())


CARINTHIA = DataSet(
    key="carinthia",
    title="Carinthia",
    description=(
        "4,591 grey SEM images, 480×480 pixels, of defects on one semiconductor production layer, "
        "in six classes that have numbers and no names."
    ),
    files=(
        RemoteFile(
            name="data.zip",
            url="https://zenodo.org/records/10715190/files/data.zip?download=1",
            size=133_840_870,
            md5="457011cf9063e5a49751f33ea468309d",
            sha256="02436de8c2d6b0c7eabdcdcf133ab5f17e59a0e3de56ebffc4cb6b2acb771490",
        ),
    ),
    page="https://zenodo.org/records/10715190",
    licence="CC BY 4.0",
    licence_url="https://creativecommons.org/licenses/by/4.0/",
    creators=(
        "C. Kofler",
        "S. Strauß",
        "A. Zernig",
        "E. Lazaro Garcia",
        "M. Boxleitner",
        "B. Mayr",
        "I. Dicillia-Kovatsch",
        "C. A. Dohr",
    ),
    year=2024,
    citations=("carinthia2024",),
    citation=(
        "C. Kofler, S. Strauß, A. Zernig, E. Lazaro Garcia, M. Boxleitner, B. Mayr, I. Dicillia-Kovatsch, "
        "C. A. Dohr (KAI, Infineon), Carinthia dataset, Zenodo, 2024, doi:10.5281/zenodo.10715190"
    ),
    doi="10.5281/zenodo.10715190",
    count=4_591,
    classes={"1": 55, "2": 8, "3": 4_008, "4": 289, "5": 4, "6": 227},
    quirks=(
        (
            "Class 3 is the majority, with 4,008 of 4,591 images. Paper 1 says that most images are free of "
            "defects and in class 6, which has 227. We keep the labels as published.",
            "reported",
        ),
        ("Class 6 holds images without a visible defect: the tool was misaligned.", "reported"),
        ("Classes 2 and 5 have 8 and 4 images: no score on them means much.", "reported"),
        (
            "A black border about 3 pixels wide at the right edge, and framing squares on some images.",
            "reported",
        ),
        (
            "The direction of the shading differs between the classes. An encoder can tell the classes by it "
            "without seeing a defect.",
            "seen",
        ),
    ),
    unverified=(
        "The whole archive was not at hand: its hashes, class table and the names inside are as reported.",
        "Whether it holds exact copies of images. Ask SemImages.content_groups() when you have it.",
    ),
)

CARINTHIA_S = DataSet(
    key="carinthia_s",
    title="Carinthia-S",
    description="Carinthia's images with a mask each that marks the defect's pixels.",
    files=(
        RemoteFile(
            name="data.zip",
            url="https://zenodo.org/records/16895427/files/data.zip?download=1",
            size=139_225_942,
            md5="3a41242574635cf1302fab15accb7730",
            sha256="e7cc8507657611f89db33345d50fc7951e8784045684888dc997ac5298b7a3a2",
        ),
    ),
    page="https://zenodo.org/records/16895427",
    licence="CC BY 4.0",
    licence_url="https://creativecommons.org/licenses/by/4.0/",
    creators=(),
    year=2025,
    citations=("carinthia_s2025",),
    citation="Carinthia-S, Zenodo, 2025, doi:10.5281/zenodo.16895427; on Carinthia (Kofler et al. 2024)",
    doi="10.5281/zenodo.16895427",
    count=4_591,
    classes={"1": 55, "2": 8, "3": 4_008, "4": 289, "5": 4, "6": 227},
    quirks=(
        (
            "395 masks have grey values at their edges, among them all 8 of class 2 and 44 of the 55 of "
            "class 1. A mask is True where its grey is at least half of full scale.",
            "reported",
        ),
        ("226 of the 227 masks of class 6 are empty, as no defect is visible there.", "reported"),
        ("4 masks are RGB or RGBA files.", "reported"),
        ("The column is called filename, without .jpg; Carinthia calls it file_name.", "reported"),
    ),
    unverified=(
        "The archive was not at hand: hashes, class table, names and masks are as reported.",
        "Its number of images, and those of classes 3, 4 and 5: nobody reported them, they are Carinthia's.",
        "Its authors' names and its year, which we take from the record's number.",
        "That its images are byte for byte those of Carinthia.",
    ),
)

WM811K = DataSet(
    key="wm811k",
    title="WM-811K",
    description=(
        "811,457 wafer maps of 46,293 lots from real production, of many sizes; 172,950 of them have a label."
    ),
    files=(
        RemoteFile(
            name="LSWMD.pkl",
            url="https://www.kaggle.com/api/v1/datasets/download/qingyi/wm811k-wafer-map/LSWMD.pkl",
            size=2_095_505_977,
            sha256="1d04fccb3dd3176b276878b926b20fead7e077c5751e4d353ea9741a5e7b5c65",
            kaggle="qingyi/wm811k-wafer-map",
        ),
        RemoteFile(
            name="MIR-WM811K.zip",
            url="http://mirlab.org/dataSet/public/MIR-WM811K.zip",
            size=344_542_743,
            member="MIR-WM811K/Python/WM811K.pkl",
            member_size=2_022_961_642,
        ),
    ),
    page="http://mirlab.org/dataSet/public/",
    licence="Own terms: keep the copyright notice (© 2015 Jyh-Shing Roger Jang) and cite both references",
    licence_url="http://mirlab.org/dataSet/public/",
    creators=("Jyh-Shing Roger Jang",),
    year=2015,
    citations=("wu2015", "wm811k2015"),
    citation=(
        "[1] Ming-Ju Wu, Jyh-Shing Roger Jang, Jui-Long Chen, Wafer Map Failure Pattern Recognition and "
        "Similarity Ranking for Large-Scale Data Sets, IEEE Transactions on Semiconductor Manufacturing "
        "28(1), 1-12, 2015, doi:10.1109/TSM.2014.2364237. [2] MIR-WM811K: Dataset for wafer map failure "
        "pattern recognition, 2015, http://mirlab.org/dataset/public/"
    ),
    count=811_457,
    classes={
        "none": 147_431,
        "Edge-Ring": 9_680,
        "Edge-Loc": 5_189,
        "Center": 4_294,
        "Loc": 3_593,
        "Scratch": 1_193,
        "Random": 866,
        "Donut": 555,
        "Near-full": 149,
    },
    quirks=(
        (
            "It is a pickle of an old pandas: a plain load runs whatever code is in it, and today's pandas "
            "cannot read it. We read it without running anything, and convert it once.",
            "reported",
        ),
        ("Labels lie in nested arrays, and are empty arrays where there is no label.", "reported"),
        (
            "The split is trianTestLabel (sic) in Kaggle's file, trainTestLabel in mirlab's.",
            "reported",
        ),
        ("46,393 lots is a common misquotation; there are 46,293.", "reported"),
        ("A lot has 17.5 wafers on average. Split by lot and by content, not by row.", "reported"),
        ("A few maps are exact copies of others, and a few of those have different labels.", "seen"),
    ),
    unverified=(
        "Neither file was at hand: sizes, the hash, the counts and the columns are as reported.",
        "No hash of mirlab's archive is known, and it comes by plain HTTP: only the size can be checked.",
        "Which 12 + 110 maps paper 2 used: it does not name them, so its tables cannot be recomputed.",
    ),
)

MIXEDWM38 = DataSet(
    key="mixedwm38",
    title="MixedWM38",
    description="38,015 wafer maps, 52×52 dies, each with none to four of eight patterns.",
    files=(
        RemoteFile(
            name="Wafer_Map_Datasets.npz",
            url=(
                "https://www.kaggle.com/api/v1/datasets/download/"
                "co1d7era/mixedtype-wafer-defect-datasets/Wafer_Map_Datasets.npz"
            ),
            size=412_387_226,
            kaggle="co1d7era/mixedtype-wafer-defect-datasets",
        ),
    ),
    page="https://www.kaggle.com/datasets/co1d7era/mixedtype-wafer-defect-datasets",
    licence="",
    licence_url="",
    creators=("Junliang Wang", "Chuqiao Xu", "Zhengliang Yang", "Jie Zhang", "Xiaoou Li"),
    year=2020,
    citations=("wang2020",),
    citation=(
        "J. Wang, C. Xu, Z. Yang, J. Zhang, X. Li, Deformable Convolutional Networks for Efficient "
        "Mixed-Type Wafer Defect Pattern Recognition, IEEE Transactions on Semiconductor Manufacturing, "
        "2020, doi:10.1109/TSM.2020.3020985"
    ),
    count=38_015,
    classes={
        "no pattern": 1_000,
        "one pattern": 7_015,
        "two patterns": 13_000,
        "three patterns": 13_000,
        "four patterns": 4_000,
    },
    counted_by="0 to 4 patterns",
    quirks=(
        (
            "Rows 1000 to 1999 are exact copies of rows 0 to 999, and a few more maps repeat others: 36,991 "
            "of 38,015 are unique. Split by content, never by row.",
            "seen",
        ),
        (
            "105 maps hold the undocumented value 3, in 214 dies; 97 of them are Random, 8 Near-full. "
            "We read it as defective, and say so.",
            "seen",
        ),
        ("A part of the maps was made by a generative network; which ones is not marked.", "reported"),
        ("The label says which patterns a map has, not which die belongs to which.", "seen"),
    ),
    unverified=(
        "Its licence: research use with citation is what others write.",
        "Its hash: none is known, so only the size can be checked.",
    ),
)

#: Every data set by its key.
REGISTRY: dict[str, DataSet] = {d.key: d for d in (CARINTHIA, CARINTHIA_S, WM811K, MIXEDWM38)}
