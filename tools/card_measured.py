"""The part of a data card that says what was measured: copies, values, sizes, dies, greys, shading."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

#: The columns of the table of SEM images by class: the fact, how it is written, its head.
_LOOK = {
    "mean": (".1f", "Mean grey"),
    "std": (".1f", "Contrast (std)"),
    "defect_area_percent": (".1f", "Defect area, %"),
    "left_right": ("+.1f", "Left → right"),
    "top_bottom": ("+.1f", "Top → bottom"),
}

#: The same of their masks.
_MASKS = {
    "masks": "Masks",
    "empty": "Empty",
    "grey": "With greys",
    "faint": "Too faint",
    "rgb": "In colour mode",
}


def table(rows: Sequence[Sequence[str]], head: Sequence[str] = (), css: str = "data-table") -> str:
    """Return a table in MyST Markdown; without a head, its first column is one."""
    options = [":header-rows: 1"] if head else [":stub-columns: 1", ":widths: 18 82"]
    lines = [":::{list-table}", f":class: {css}", *options, ""]
    for row in [head, *rows] if head else rows:
        lines += [f"{'* -' if i == 0 else '  -'} {cell}".rstrip() for i, cell in enumerate(row)]
    return "\n".join([*lines, ":::"])


def share(part: int, whole: int) -> str:
    """Return a share in per cent; a small one is not written as none."""
    if 0 < part < 0.0005 * whole:
        return "< 0.1%"
    return f"{part / whole:.1%}" if whole else "–"


def size(n: int) -> str:
    """Return a file's size in bytes, and in the unit that people use."""
    unit, divisor = ("GB", 1e9) if n >= 1e9 else ("MB", 1e6) if n >= 1e6 else ("kB", 1e3)
    return f"{n:,} bytes ({n / divisor:.3g} {unit})"


def measured_section(measured: Mapping, unit: str) -> str:
    """Return the section; ``unit`` is "images" or "maps"."""
    lines = _copies(measured, unit) + _arrays(measured)
    if "images" in measured:
        more, by_class = _images(measured["images"])
    else:
        more, by_class = _maps(measured["maps"], list(measured["groupings"][0]["classes"]))
    if "masks" in measured:
        by_class += "\n\n" + _masks(measured["masks"])
    parts = ["\n".join(f"- {line}" for line in lines + more), by_class, _provenance(measured)]
    return "\n\n".join(part for part in parts if part)


def _copies(measured: Mapping, unit: str) -> list[str]:
    items, found = measured["at_hand"]["items"], measured["repeats"]
    if not found["copies"]:
        return [f"All {items:,} {unit} are different in content."]
    lines = [
        f"{found['unique']:,} of {items:,} {unit} are different in content; "
        f"{found['copies']:,} are exact copies of others."
    ]
    if block := found["longest_block"]:
        (first, last), (start, end) = block["rows"], block["repeat"]
        lines.append(
            f"The longest run of copies: rows {first:,} to {last:,} repeat rows {start:,} to {end:,}."
        )
    if several := found["several_labels"]:
        pairs = "; ".join(f"{labels} ({n:,})" for labels, n in several.items())
        lines.append(f"Equal {unit} that have different labels, with the number of such groups: {pairs}.")
    else:
        lines.append(f"Equal {unit} have equal labels.")
    return lines


def _arrays(measured: Mapping) -> list[str]:
    lines = [f"The class {new} is spelt {old} here." for old, new in measured.get("spelling", {}).items()]
    lines += [f"{note[0].upper()}{note[1:]}." for note in measured.get("notes", [])]
    if lots := measured.get("lots"):
        fewest, mean, most = lots["wafers"]
        lines.append(f"{lots['lots']:,} lots with {fewest} to {most} wafers each, {mean:.1f} on average.")
    if split := measured.get("split"):
        lines.append("The published split: " + ", ".join(f"{k} {n:,}" for k, n in split.items()) + ".")
    for name, (dtype, *shape) in measured.get("arrays", {}).items():
        lines.append(f"`{name}` is {dtype}, {' × '.join(f'{n:,}' for n in shape)}.")
    if values := measured.get("values"):
        lines.append("Values: " + ", ".join(f"{v} in {n:,} cells" for v, n in values.items()) + ".")
    if (odd := measured.get("value3", {})).get("maps"):
        labels = ", ".join(f"{n:,} {name}" for name, n in odd["labels"].items())
        lines.append(
            f"The undocumented value 3 is in {odd['dies']:,} dies of {odd['maps']:,} maps ({labels})."
        )
    if len(measured["groupings"]) > 1 and (patterns := measured.get("patterns")):
        lines.append("Maps with each pattern: " + ", ".join(f"{k} {n:,}" for k, n in patterns.items()) + ".")
        lines.append(_combinations(measured["groupings"][1]["classes"]))
    return lines


def _combinations(counts: Mapping[str, int]) -> str:
    [(usual, times)] = Counter(counts.values()).most_common(1)
    others = ", ".join(f"{name} {n:,}" for name, n in counts.items() if n != usual)
    text = f"There are {len(counts)} combinations of patterns; {times} of them have {usual:,} maps each"
    return f"{text}, the others: {others}." if others else f"{text}."


def _maps(facts: Mapping, order: Sequence[str]) -> tuple[list[str], str]:
    small, middle, large = (f"{height}×{width}" for height, width in facts["smallest_median_largest"])
    common = ", ".join(f"{height}×{width} ({n:,})" for height, width, n in facts["most_common"])
    sizes = f"All maps are {small} cells."
    if facts["shapes"] > 1:
        sizes = (
            f"{facts['shapes']:,} sizes (rows × columns), by area from {small} over {middle} in the median "
            f"to {large}. The most common: {common}."
        )
    low, median, high = facts["dies"]
    dies = (
        f"A map has {low:,} to {high:,} dies, {median:,.0f} in the median. "
        f"Maps without a defective die: {facts['maps_without_defect']:,}."
    )
    by_class = facts["by_class"]
    names = [name for name in order if name in by_class] + [name for name in by_class if name not in order]
    rows = [
        [name, _middle(by_class[name]["dies"], ",.0f"), _middle(by_class[name]["defect_rate"], ".1%")]
        for name in names
    ]
    head = ["Class", "Dies", "Defective dies"]
    return [sizes, dies], f"Median [10 %, 90 %] over the maps of a class:\n\n{table(rows, head)}"


def _images(facts: Mapping) -> tuple[list[str], str]:
    sizes = ", ".join(f"{height}×{width} ({n:,})" for height, width, n in facts["sizes"])
    kinds = ", ".join(f"{name} ({n:,})" for name, n in facts["dtypes"].items())
    border = "; ".join(
        f"{side}: {found['images']:,} images, up to {found['widest']} px wide"
        for side, found in facts["black_border"].items()
        if found["images"]
    )
    low, high = facts["grey"]
    lines = [
        f"Sizes in pixels: {sizes}; numbers: {kinds}; grey values from {low} to {high}.",
        f"Black border: {border or 'none in any image'}.",
    ]
    rows = [
        [name, *(_middle(row[fact], form) for fact, (form, _) in _LOOK.items())]
        for name, row in facts.get("by_class", {}).items()
    ]
    if not rows:
        return lines, ""
    head = ["Class", *(name for _, name in _LOOK.values())]
    return lines, (
        "Median [10 %, 90 %] over the images of a class. The last two columns are the {term}`shading`: how "
        "much brighter the right side is than the left, and the lower than the upper, in grey levels. Where "
        f"the sign differs between classes, the light alone tells them apart.\n\n{table(rows, head)}"
    )


def _masks(facts: Mapping) -> str:
    rows = [[name, *(f"{row[kind]:,}" for kind in _MASKS)] for name, row in facts.items()]
    return "The masks of each class:\n\n" + table(rows, ["Class", *_MASKS.values()])


def _middle(values: Sequence[float], form: str) -> str:
    low, median, high = (format(value, form).replace("-", "−") for value in values)
    return f"{median} [{low},\N{NO-BREAK SPACE}{high}]"  # a narrow column breaks before the range


def _provenance(measured: Mapping) -> str:
    by, at = measured["provenance"], measured["at_hand"]
    libraries = ", ".join(f"{name} {by['libraries'][name]}" for name in ("numpy", "scikit-image", "pillow"))
    images = f"; fingerprint of its images `{measured['fingerprint']}`" if "fingerprint" in measured else ""
    changes = ", with uncommitted changes" if by["uncommitted_code"] else ""
    return (
        f"Measured on {by['date']} by semlib (commit {by['commit']}{changes}), Python {by['python']}, "
        f"{libraries}, from `{at['file']}`: {size(at['size'])}, SHA-256 `{at['sha256']}`{images}."
    )
