// What stands over and beside the dots: rings and lines, the image under the pointer, the pin, the montage.
function semlibPanel({ stage, side, below, live }, spec, model, { make, sheets, short, thumb }, pixel) {
  const MOST = 60; // images of a montage
  const { state, near, space, facts } = model;
  const svg = stage.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "svg"));
  svg.setAttribute("aria-hidden", "true");
  const tip = make("div", stage, "sx-tip"), pinBox = make("div", side);
  tip.hidden = true;
  const told = (i) => [spec.names[i], ...facts(i)].join(" · ");

  function mark(tag, cls, attributes) {
    const node = svg.appendChild(document.createElementNS(svg.namespaceURI, tag));
    node.setAttribute("class", cls);
    Object.entries(attributes).forEach(([k, v]) => node.setAttribute(k, v));
  }
  // Rings and lines over the dots, without drawing the dots again.
  function overlay() {
    svg.replaceChildren();
    if (state.rings) {
      const ring = ([x, y]) => `M${x - 5.5} ${y}a5.5 5.5 0 1 0 11 0a5.5 5.5 0 1 0 -11 0`;
      mark("path", "sx-chosen", { d: state.chosen.map((i) => ring(pixel(i))).join("") });
    }
    if (state.pin >= 0) {
      const [cx, cy] = pixel(state.pin);
      near(state.pin).forEach(([j]) => {
        const [x, y] = pixel(j);
        mark("line", "sx-line", { x1: cx, y1: cy, x2: x, y2: y });
        mark("circle", "sx-near", { cx: x, cy: y, r: 6 });
      });
      mark("circle", "sx-pin", { cx, cy, r: 9 });
    }
    if (state.at >= 0) { const [cx, cy] = pixel(state.at); mark("circle", "sx-at", { cx, cy, r: 8 }); }
  }
  // The image of point i beside it; none for -1. A finger has a button there to pin it.
  function look(i, { say = true, touch = false } = {}) {
    state.at = i;
    overlay();
    tip.hidden = i < 0;
    if (i < 0) return;
    tip.replaceChildren();
    thumb(tip, i, spec.show, 0, spec.names[i]);
    make("div", tip, "", spec.names[i]);
    if (touch) {
      const button = make("button", tip, "sx-pin-it", "Pin");
      button.type = "button";
      button.addEventListener("click", () => pin(i));
    }
    tip.style.width = spec.show + 16 + "px";
    const [x, y] = pixel(i), box = stage.getBoundingClientRect(), w = spec.show + 16, h = tip.offsetHeight;
    const left = x + 14 + w > box.width ? x - 14 - w : x + 14;
    tip.style.left = Math.max(0, Math.min(left, box.width - w)) + "px";
    tip.style.top = Math.max(0, Math.min(y - h / 2, box.height - h)) + "px";
    if (say) live.textContent = told(i);
  }
  function pin(i, options) {
    state.pin = i;
    state.order = null;
    look(i, options);
    pinned();
  }
  function pinned() {
    const i = state.pin;
    pinBox.replaceChildren();
    overlay();
    if (i < 0) { make("p", pinBox, "sx-hint", spec.words.hint); return; }
    make("p", pinBox, "sx-title", "Pinned: " + spec.names[i]);
    const pair = make("div", pinBox, "sx-pair");
    sheets.forEach((sheet, k) => thumb(pair, i, spec.show, k, sheet.label + ", " + spec.names[i]));
    make("p", pinBox, "sx-facts", facts(i).join(" · "));
    if (spec.details) {
      const list = make("ul", pinBox, "sx-details");
      list.tabIndex = 0; // it may scroll
      list.setAttribute("aria-label", spec.words.details);
      spec.details[i].forEach(([color, text]) => {
        const item = make("li", list);
        make("span", item, "sx-chip").style.background = color;
        make("span", item, "", text);
      });
    }
    make("p", pinBox, "sx-title", space().title);
    images(near(i).map(([j, d]) => [j, short(d)]), pinBox);
  }
  function images(list, parent) {
    const box = make("div", parent, "sx-images");
    list.forEach(([j, text]) => {
      const button = make("button", box, "sx-thumb");
      button.type = "button";
      button.title = told(j);
      button.setAttribute("aria-label", spec.names[j] + (text ? ", distance " + text : "") + "; pin it");
      thumb(button, j, spec.small, 0, spec.names[j]).setAttribute("aria-hidden", "true");
      if (text) make("span", button, "", text);
      button.addEventListener("click", () => { pin(j); stage.focus({ preventScroll: true }); });
      button.addEventListener("mouseenter", () => look(j, { say: false }));
      button.addEventListener("focus", () => look(j, { say: false }));
    });
  }
  // The montage of the selected points; `rings`: whether they are ringed in the picture.
  function choose(rows, rings) {
    state.chosen = rows;
    state.rings = rings;
    overlay();
    below.replaceChildren();
    if (!rows.length) return;
    const step = Math.max(1, rows.length / MOST), some = [];
    for (let k = 0; k < rows.length && some.length < MOST; k += step) some.push([rows[Math.floor(k)], ""]);
    const part = rows.length > MOST ? `, ${some.length} of them shown` : "";
    make("p", below, "sx-title", `Selected: ${rows.length}${part}`);
    images(some, below);
  }
  const tell = (text) => { live.textContent = text; };
  return { overlay, look, pin, pinned, choose, tell, told };
}
