"""Write a data set's Croissant file: JSON-LD that programs read (https://docs.mlcommons.org/croissant).

Croissant wants a hash of every file. A file without a known one is left out where another file has one; where
none has, the data set is marked as live, as then no hash is asked for. Nothing is made up.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from semlib.registry import DataSet, RemoteFile
from semlib.wafer.data import MIXEDWM38_PATTERNS

VERSION = "http://mlcommons.org/croissant/1.1"
NPZ = "https://numpy.org/doc/stable/reference/generated/numpy.savez.html"
PICKLE = "https://docs.python.org/3/library/pickle.html"
BIBLIOGRAPHY = Path(__file__).resolve().parents[1] / "book" / "references.bib"
#: Zenodo's records have a date that we do not know; this one's year is a guess from the record's number.
YEAR_GUESSED = {"carinthia_s"}

_TERMS = (
    "arrayShape citeAs column containedIn equivalentProperty extract field fileProperty fileObject fileSet "
    "format includes isArray isLiveDataset jsonPath key md5 parentField path recordSet references regex "
    "repeated replace samplingRate separator source subField transform"
)
#: The names that the standard prescribes.
CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "@base": "cr_base_iri/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "conformsTo": "dct:conformsTo",
    "name": {"@container": "@language"},
    "description": {"@container": "@language"},
    "data": {"@id": "cr:data", "@type": "@json"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    **{term: f"cr:{term}" for term in _TERMS.split()},
}


def croissant(data: DataSet, measured: Mapping | None = None) -> dict:
    """Return the Croissant description of a data set, from the registry and from what was measured."""
    files = {file: _hash(file, measured) for file in data.files}
    hashed = {file: known for file, known in files.items() if known}
    notes = [f"What could not be verified: {' '.join(data.unverified)}"] if data.unverified else []
    left_out = [file for file in data.files if hashed and file not in hashed]
    notes += [f"The same data are in {file.url}; no hash of that file is known." for file in left_out]
    if not hashed:
        notes.append(
            "isLiveDataset is set because no hash of the file is known and its address names no version: "
            "what it serves is not pinned. Whether it ever changed is not known."
        )
    distribution, records = _CONTENT[data.key](data, measured)
    result = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "name": data.title,
        "description": " ".join([data.description, *notes]),
        "conformsTo": [VERSION, "http://mlcommons.org/croissant/RAI/1.0"],
        "url": data.page,
        "license": _licence(data),
        "citeAs": "\n".join(bibtex(key) for key in data.citations),
        "isLiveDataset": not hashed,
        "rai:dataLimitations": [f"{text} ({known})" for text, known in data.quirks],
    }
    if data.doi:
        result["sameAs"] = f"https://doi.org/{data.doi}"
    if data.creators:
        result["creator"] = [{"@type": "sc:Person", "name": name} for name in data.creators]
    if data.key not in YEAR_GUESSED:
        result["datePublished"] = str(data.year)
    objects = [_file_object(file, files[file]) for file in hashed or files]
    return result | {"distribution": objects + distribution, "recordSet": [_classes(data), *records]}


def bibtex(key: str) -> str:
    """Return an entry of the book's bibliography, without its keywords, which are ours."""
    entry = re.search(
        rf"^@\w+\{{{re.escape(key)},.*?^\}}", BIBLIOGRAPHY.read_text(encoding="utf8"), re.M | re.S
    )
    if entry is None:
        raise ValueError(f"{BIBLIOGRAPHY} has no entry {key!r}; add it, or mend the registry")
    return re.sub(r",\n  keywords = \{.*?\}", "", entry[0])


def _hash(file: RemoteFile, measured: Mapping | None) -> dict[str, str]:
    """Return the strongest hash that is known: where two are given, mlcroissant checks the weaker."""
    if file.sha256:
        return {"sha256": file.sha256}
    if file.md5:
        return {"md5": file.md5}
    at_hand = measured["at_hand"] if measured else {}
    if at_hand.get("whole") and at_hand["file"] == file.name:
        return {"sha256": at_hand["sha256"]}
    return {}


def _licence(data: DataSet) -> str | dict:
    if data.licence.startswith("CC"):
        return data.licence_url
    if data.licence:
        return {"@type": "sc:CreativeWork", "name": data.licence, "url": data.licence_url}
    return "Not known: the publisher's page was not at hand, and no text of a licence was found."


def _file_object(file: RemoteFile, known: dict[str, str]) -> dict:
    endings = {".zip": "application/zip", ".npz": NPZ, ".pkl": PICKLE}
    return {
        "@type": "cr:FileObject",
        "@id": file.name,
        "name": file.name,
        "contentUrl": file.url,
        "contentSize": f"{file.size} B",
        "encodingFormat": endings[Path(file.name).suffix],
        **known,
        **({"description": f"Needs an account at Kaggle: {file.kaggle}."} if file.kaggle else {}),
    }


def _field(name: str, kind: str, description: str, source: dict | None = None, **more) -> dict:
    field = {"@type": "cr:Field", "@id": name, "name": name, "description": description, "dataType": kind}
    return field | ({"source": source} if source else {}) | more


def _records(name: str, description: str, fields: list[dict], **more) -> dict:
    record = {"@type": "cr:RecordSet", "@id": name, "name": name, "description": description}
    return record | more | {"field": fields}


def _classes(data: DataSet) -> dict:
    number = all(name.isdecimal() for name in data.classes)
    return _records(
        "classes",
        "The classes and how many items each has, as reported.",
        [
            _field("classes/label", "sc:Integer" if number else "sc:Text", "The class."),
            _field("classes/reported", "sc:Integer", "How many items of it are reported."),
        ],
        key={"@id": "classes/label"},
        data=[
            {"classes/label": int(name) if number else name, "classes/reported": n}
            for name, n in data.classes.items()
        ],
    )


def _images(table: str, columns: str, names: Mapping[str, int]) -> tuple[list[dict], list[dict]]:
    """Describe a zip archive of a table and of folders of images, joined by the images' file names.

    ``text/csv`` means commas, and there is no way to say semicolons. So the table has one column, named by
    its whole first line, and each field takes its piece of it. ``names`` holds the folders, each with the
    column that names its files, and their ending.
    """

    def piece(pattern: str) -> dict:
        extract = {"extract": {"column": columns}, "transform": {"regex": pattern}}
        return {"fileObject": {"@id": table}, **extract}

    def folder(name: str, ending: str) -> dict:
        kind = {"jpg": "image/jpeg", "png": "image/png"}[ending]
        inside = {
            "containedIn": {"@id": "data.zip"},
            "includes": f"data/{name}/*.{ending}",
            "encodingFormat": kind,
        }
        return {"@type": "cr:FileSet", "@id": f"{name}-files", "name": f"{name}-files", **inside}

    csv = {"containedIn": {"@id": "data.zip"}, "contentUrl": f"data/{table}", "encodingFormat": "text/csv"}
    distribution = [{"@type": "cr:FileObject", "@id": table, "name": table, **csv}]
    last = columns.count(";")
    fields = [
        _field("labels/label", "sc:Integer", "The class.", piece(rf"^(?:[^;]*;){{{last}}}\s*(\d+)\s*$"))
    ]
    records = []
    for name, (column, ending) in names.items():
        key = f"labels/{name}"
        pattern = rf"^(?:[^;]*;){{{column}}}(?:[^;]*/)?([^;/]+)"
        fields.append(_field(key, "sc:Text", f"The file's name in the folder {name}.", piece(pattern)))
        distribution.append(folder(name, ending))
        files = {"fileSet": {"@id": f"{name}-files"}}
        joined = [
            _field(
                f"{name}/file",
                "sc:Text",
                "The file's name.",
                {**files, "extract": {"fileProperty": "filename"}},
                references={"field": {"@id": key}},
            ),
            _field(
                f"{name}/pixels",
                "sc:ImageObject",
                "The image.",
                {**files, "extract": {"fileProperty": "content"}},
            ),
            _field(f"{name}/label", "sc:Integer", "The class.", {"field": {"@id": "labels/label"}}),
        ]
        records.append(_records(name, f"Each file of the folder {name}, with its class.", joined))
    return distribution, [_records("labels", "The table: which file is of which class.", fields), *records]


def _carinthia(data: DataSet, measured: Mapping | None) -> tuple[list[dict], list[dict]]:
    return _images("carinthia.csv", "image_path;file_name;label", {"images": (0, "jpg")})


def _carinthia_s(data: DataSet, measured: Mapping | None) -> tuple[list[dict], list[dict]]:
    folders = {"images": (0, "jpg"), "masks": (1, "png")}
    return _images("carinthia-s.csv", "image_path;mask_path;filename;label", folders)


def _wm811k(data: DataSet, measured: Mapping | None) -> tuple[list[dict], list[dict]]:
    columns = {
        "waferMap": (
            "sc:Integer",
            "0 no die, 1 good die, 2 defective die.",
            {"isArray": True, "arrayShape": "-1,-1"},
        ),
        "dieSize": ("sc:Float", "Number of dies.", {}),
        "lotName": ("sc:Text", "The lot.", {}),
        "waferIndex": ("sc:Float", "The wafer's number in its lot.", {}),
        "failureType": ("sc:Text", "The label, in nested arrays; empty where there is none.", {}),
        "trianTestLabel": ("sc:Text", "The split, in nested arrays; sic.", {}),
    }
    file = data.files[0].name
    fields = [
        _field(f"maps/{name}", kind, text, {"fileObject": {"@id": file}, "extract": {"column": name}}, **more)
        for name, (kind, text, more) in columns.items()
    ]
    text = "A row of the table. The file is a pickle, which can run code: semlib reads it without."
    return [], [_records("maps", text, fields)]


def _mixedwm38(data: DataSet, measured: Mapping | None) -> tuple[list[dict], list[dict]]:
    shapes = {name: shape for name, (_, _, *shape) in (measured or {}).get("arrays", {}).items()}
    patterns = ", ".join(MIXEDWM38_PATTERNS)
    fields = []
    for array, name, text, unknown in (
        ("arr_0", "map", "0 no die, 1 good die, 2 defective die; 3 is undocumented.", "-1,-1"),
        ("arr_1", "patterns", f"1 where the map has the pattern: {patterns}.", str(len(MIXEDWM38_PATTERNS))),
    ):
        shape = ",".join(map(str, shapes.get(array, []))) or unknown
        source = {"fileObject": {"@id": data.files[0].name}, "extract": {"column": array}}
        fields.append(_field(f"maps/{name}", "cr:Int32", text, source, isArray=True, arrayShape=shape))
    text = (
        "A wafer map and its patterns: the file's arrays, row by row. mlcroissant does not read .npz files."
    )
    return [], [_records("maps", text, fields)]


_CONTENT = {
    "carinthia": _carinthia,
    "carinthia_s": _carinthia_s,
    "wm811k": _wm811k,
    "mixedwm38": _mixedwm38,
}
