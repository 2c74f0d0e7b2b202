"""Write a data card, a page of the book, from the registry and from what was measured.

Every number comes from there; none is typed here. Where the two contradict each other, the page says so.
"""

from __future__ import annotations

from collections.abc import Mapping

from card_measured import measured_section, share, size, table
from card_texts import INSIDE, KINDS, LOAD, SPLIT
from croissant import bibtex
from data_facts import UNLABELLED, groupings, initials

from semlib.registry import DataSet, RemoteFile

BADGES = {"seen": "{bdg-success}`seen`", "reported": "{bdg-light}`reported`"}
#: A part whose shares of the classes differ by more than this is called unfair.
UNFAIR = 1.25


def card(data: DataSet, measured: Mapping | None) -> str:
    """Return a data set's page in MyST Markdown."""
    parts = [
        f"% Made by `tools/cards.py write`; do not edit.\n\n(data-{data.key})=\n# {data.title}",
        badge(data, measured),
        data.description,
        _warning(contradictions(data, measured)),
        f"## Facts\n\n{_facts(data, measured)}",
        f"## Classes\n\n{_classes(data, measured)}",
        f"## Examples\n\n{_examples(data, measured)}",
        measured and f"## What we measured\n\n{measured_section(measured, unit(data))}",
        f"## Known quirks\n\n{_quirks(data, measured)}",
        f"## What could not be verified\n\n{_unverified(data, measured)}",
        f"## How to cite\n\n{_cite(data)}",
        f"## How to load and split\n\n{_load(data)}",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def unit(data: DataSet) -> str:
    """Return what the data set holds, images or maps."""
    return "images" if data.key.startswith("carinthia") else "maps"


def badge_word(measured: Mapping | None) -> str:
    """Return in a few words what a page rests on."""
    if measured is None:
        return "–"
    n = measured["at_hand"]["items"]
    return f"{{bdg-success}}`whole` {n:,}" if measured["at_hand"]["whole"] else f"{{bdg-warning}}`part` {n:,}"


def badge(data: DataSet, measured: Mapping | None) -> str:
    """Return the box that says what the page rests on."""
    kind, text = (
        "none",
        f"**Nothing measured here.** No part of {data.title} was at hand: all is as reported.",
    )
    if measured:
        at_hand, things = measured["at_hand"], unit(data)
        kind = "whole" if at_hand["whole"] else "part"
        if at_hand["whole"]:
            known = {"sha256": "SHA-256", "md5": "MD5", "size": "size"}[at_hand["checked"]]
            proof = f"its {known} is the published one" + ", and no hash is published" * (known == "size")
            text = f"**Measured on: the whole file.** {at_hand['items']:,} {things}; {proof}."
        else:
            text = (
                f"**Measured on: a part.** {at_hand['items']:,} of {data.count:,} {things}: {at_hand['how']}."
            )
    return f":::{{div}} data-badge data-badge-{kind}\n{text}\n:::"


def class_counts(data: DataSet, measured: Mapping | None) -> dict[str, tuple[int, int]]:
    """Return the reported and the measured count of each class; 0 where there is none."""
    here = dict(measured["groupings"][0]["classes"], **measured["other_labels"]) if measured else {}
    unlabelled = data.count - sum(data.classes.values())
    reported = data.classes | ({UNLABELLED: unlabelled} if unlabelled else {})
    return {
        name: (reported.get(name, 0), here.get(name, 0)) for name in [*reported, *(set(here) - set(reported))]
    }


def contradicts(reported: int, here: int, measured: Mapping) -> bool:
    """Say whether a count cannot be right: the whole file must have it, a part cannot have more."""
    return here != reported if measured["at_hand"]["whole"] else here > reported


def contradictions(data: DataSet, measured: Mapping | None) -> list[str]:
    """Return, in words, each count that cannot be right."""
    if measured is None:
        return []
    counts = {unit(data): (data.count, measured["at_hand"]["items"])}
    counts |= {f"{unit(data)} of class {name}": pair for name, pair in class_counts(data, measured).items()}
    where = "the whole file" if measured["at_hand"]["whole"] else "the part at hand alone"
    return [
        f"{reported:,} {what} are reported, but {here:,} are in {where}."
        for what, (reported, here) in counts.items()
        if contradicts(reported, here, measured)
    ]


def _warning(found: list[str]) -> str:
    if not found:
        return ""
    lines = "\n".join(f"- {text}" for text in found)
    return f":::{{admonition}} What is reported and what was measured differ\n:class: danger\n{lines}\n:::"


def _facts(data: DataSet, measured: Mapping | None) -> str:
    licence = data.licence or "not known"
    rows = [
        ("What", KINDS[data.key]),
        ("How many", f"{data.count:,} {unit(data)} {BADGES['reported']}"),
        ("From where", f"<{data.page}>"),
        ("Licence", f"[{licence}]({data.licence_url})" if data.licence_url else licence),
        ("DOI", f"[{data.doi}](https://doi.org/{data.doi})" if data.doi else "none"),
        ("Inside", f"{INSIDE[data.key]} {BADGES['reported']}"),
        ("In one line", f'`from semlib.download import fetch; fetch("{data.key}")`'),
        *(("By hand" if i == 0 else "Or by hand", _by_hand(data, file)) for i, file in enumerate(data.files)),
    ]
    if measured:
        rows.insert(2, ("At hand here", f"{measured['at_hand']['items']:,} {unit(data)} {BADGES['seen']}"))
    return table(rows, css="data-facts")


def _by_hand(data: DataSet, file: RemoteFile) -> str:
    account = f", with an account at Kaggle (`{file.kaggle}`)" if file.kaggle else ""
    member = f", of which `{file.member}`, {size(file.member_size)}, is used" if file.member else ""
    hashes = [f"{name} `{value}`" for name, value in (("MD5", file.md5), ("SHA-256", file.sha256)) if value]
    return (
        f"get [{file.name}]({file.url}){account}: {size(file.size)}{member}; "
        f"{', '.join(hashes) or 'no hash is known'}. Put it at `$SEMLIB_DATA/{data.key}/{file.name}`."
    )


def _classes(data: DataSet, measured: Mapping | None) -> str:
    reported, at_hand = groupings(data, data.classes), measured["groupings"] if measured else []
    rows = []
    for name, (count, here) in class_counts(data, measured).items():
        row = [name, f"{count:,}", share(count, data.count)]
        if measured:
            mark = " {bdg-danger}`differs`" if contradicts(count, here, measured) else ""
            row += [f"{here:,}{mark}", share(here, count)]
        rows.append(row)
    head = [
        reported[0]["name"].capitalize(),
        "Reported",
        "Share",
        *(["At hand", "Of the reported"] if measured else []),
    ]
    parts = [table(rows, head)]
    rows = []
    for i, grouping in enumerate(at_hand or reported):
        row = [grouping["name"], f"{grouping['clusters']}"]
        for known in (reported[i : i + 1], *([at_hand[i : i + 1]] if measured else [])):
            values = [known[0]["entropy"], known[0]["nmi_ceiling"]] if known else [None, None]
            row += ["–" if value is None else f"{value:.3f}" for value in values]
        rows.append(row)
    head = ["Label", "k", "Entropy, reported", "Ceiling, reported"]
    parts.append(table(rows, head + (["Entropy, at hand", "Ceiling, at hand"] if measured else [])))
    first = reported[0]
    parts.append(
        "{term}`Label entropy` in nats, and the {term}`NMI ceiling` of k clusters of equal size. With the "
        f"reported counts, no method that makes {first['clusters']} such clusters can pass an NMI of "
        f"{first['nmi_ceiling']:.3f}, however good its features."
    )
    counts = class_counts(data, measured)
    shares = {name: counts[name][1] / n for name, n in data.classes.items()}
    low, high = min(shares, key=shares.get), max(shares, key=shares.get)
    if measured and not measured["at_hand"]["whole"] and shares[high] > UNFAIR * shares[low]:
        parts.append(
            f"The part at hand is no fair sample: it has {shares[low]:.1%} of class {low}, but "
            f"{shares[high]:.1%} of class {high}. Its own entropy and ceiling say nothing about the whole."
        )
    return "\n\n".join(parts)


def _examples(data: DataSet, measured: Mapping | None) -> str:
    if measured is None:
        return "None: nothing was at hand, and pictures of other data do not stand in for it."
    text = [f"Real {unit(data)} of {data.title}, drawn by a fixed seed; no two are equal."]
    if "images" in measured and not measured["at_hand"]["whole"]:
        height, width, _ = measured["images"]["sizes"][0]
        text.append(f"They are shrunken copies, {width}×{height} pixels, not the published images.")
    if "patterns" in measured:
        short = ", ".join(f"{initials(name)} {name}" for name in measured["patterns"])
        text.append(f"One map for each combination of labels: {short}.")
    text.append(f"Source: {data.citation}. Licence: {data.licence or 'not known'}.")
    picture = measured["picture"]["file"]
    return f"```{{figure}} ../images/{picture}\n:name: fig-data-{data.key}\n\n{' '.join(text)}\n```"


def _quirks(data: DataSet, measured: Mapping | None) -> str:
    text = "\n".join(f"- {BADGES[known]} {text}" for text, known in data.quirks)
    whole = measured and measured["at_hand"]["whole"]
    if not whole and any(known == "seen" for _, known in data.quirks):
        text += (
            f"\n\n{BADGES['seen']} is what we saw ourselves, in the part at hand or in other bytes before."
        )
    return text


def _unverified(data: DataSet, measured: Mapping | None) -> str:
    text = "\n".join(f"- {text}" for text in data.unverified)
    if measured and measured["at_hand"]["whole"]:
        text += "\n\nThis was written before the file was measured; what is said above may settle some of it."
    return text


def _cite(data: DataSet) -> str:
    keys = ", ".join(f"{{cite:t}}`{key}`" for key in data.citations)
    entries = "\n\n".join(bibtex(key) for key in data.citations)
    return (
        f"{data.citation}\n\nIn the {{doc}}`references <../references>`: {keys}.\n\n```bibtex\n{entries}\n```"
    )


def _load(data: DataSet) -> str:
    file = f"{data.key}.croissant.json"
    return (
        f"```python\n{LOAD[data.key]}\n```\n\n{SPLIT[data.key]}\n\n"
        f"For other programs: {{download}}`{file} <{file}>`, this card in the format {{term}}`Croissant`."
    )
