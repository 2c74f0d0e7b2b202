"""What axe-core finds serious or critical in a page as it is shown.

Two things keep it quick, and it looks at more for that:

- The contrast of text depends on its colour and size and on the grounds below it. One text of each such kind
  is measured, of all that are seen, code among them; axe would measure thousands that are the same.
- For all other rules, code is one word and a table has 20 rows at most. The rows below come from the same
  loop; what is wrong in one alone is not found.
"""

from __future__ import annotations

from functools import cache

# Rules of axe-core that we break by the theme's own markup or by the notebooks' format, with the reason.
ALLOWED: dict[str, str] = {}

_KINDS = """() => {
  const grounds = new Map(), kinds = new Map();
  const under = (e) => {
    if (!e) return "";
    if (!grounds.has(e)) {
      const s = getComputedStyle(e);
      const own = [s.backgroundColor, s.backgroundImage, s.opacity, s.filter, s.mixBlendMode].join();
      const none = own === "rgba(0, 0, 0, 0),none,1,none,normal";
      grounds.set(e, under(e.parentElement) + (none ? "" : "|" + own));
    }
    return grounds.get(e);
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const e = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !e.checkVisibility()) continue;
    const s = getComputedStyle(e);
    const key = [s.color, s.fontSize, s.fontWeight, s.textShadow, s.position, under(e)].join();
    if (!kinds.has(key)) kinds.set(key, e);
  }
  return axe.run({ include: [...kinds.values()] },
    { resultTypes: ["violations"], preload: false, runOnly: { type: "rule", values: ["color-contrast"] } })
    .then((r) => [kinds.size, r.violations]);
}"""

_OTHERS = """() => {
  for (const code of document.querySelectorAll(".highlight pre")) code.textContent = "code";
  for (const body of document.querySelectorAll(".bd-article tbody"))
    [...body.rows].slice(20).forEach((row) => row.remove());
  const rules = { "color-contrast": { enabled: false } };
  const options = { resultTypes: ["violations"], preload: false, iframes: false, rules };
  return axe.run(document, options).then((r) => r.violations);
}"""


@cache
def _axe() -> str:
    from axe_playwright_python.sync_playwright import Axe

    return Axe().axe_script


def _said(found: list[dict]) -> list[str]:
    """Return "rule (impact): message @ element" of what is serious or critical."""
    return [
        f"{rule['id']} ({rule['impact']}): {node['failureSummary']} @ {node['target']} {node['html'][:200]}"
        for rule in found
        if rule["impact"] in ("serious", "critical") and rule["id"] not in ALLOWED
        for node in rule["nodes"][:3]
    ]


def pale_texts(tab) -> list[str]:
    """Return the texts of too little contrast, one of each kind."""
    tab.evaluate(_axe())
    kinds, found = tab.evaluate(_KINDS)
    assert kinds > 5, "a page has texts of more kinds"
    return _said(found)


def barriers(tab) -> list[str]:
    """Return what breaks a rule other than contrast; the page loses its code and the ends of long tables."""
    tab.evaluate(_axe())
    return _said(tab.evaluate(_OTHERS))
