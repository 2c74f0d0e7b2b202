// The claims ledger: filter by paper, verdict, section, kind and words; sort by a click on a column's head.
document.addEventListener("DOMContentLoaded", () => {
  const table = document.querySelector("table.claims-table");
  const form = document.querySelector("form.claims-controls");
  if (!table || !form) return;
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const fields = [...form.querySelectorAll("[data-column]")];
  const output = form.querySelector("output");

  function filter() {
    let shown = 0;
    for (const row of rows) {
      row.hidden = !fields.every((field) => {
        const wanted = field.value.trim().toLowerCase();
        if (!wanted) return true;
        const has = field.dataset.column === "words" ? row.textContent : row.dataset[field.dataset.column];
        return field.dataset.column === "words"
          ? wanted.split(/\s+/).every((word) => has.toLowerCase().includes(word))
          : has.toLowerCase() === wanted;
      });
      shown += !row.hidden;
    }
    output.textContent = `${shown} of ${rows.length} claims`;
  }

  function keyOf(row, column) {
    return column === 4 ? Number(row.dataset.order) : column === 0 ? rows.indexOf(row) : row.cells[column].textContent;
  }

  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const sorted = rows.map((row) => [keyOf(row, column), row]);
      sorted.sort(([a], [b]) => (typeof a === "number" ? a - b : a.localeCompare(b, undefined, { numeric: true })));
      if (down) sorted.reverse();
      body.append(...sorted.map(([, row]) => row));
    });
  });

  function show() {
    const row = rows.find((one) => `#${one.id}` === decodeURIComponent(location.hash));
    if (!row) return;
    if (row.hidden) {
      form.reset();
      filter();
    }
    row.querySelector("details")?.setAttribute("open", "");
    row.scrollIntoView({ block: "center" });
  }

  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", filter);
  filter();
  show();
  window.addEventListener("hashchange", show);
});
