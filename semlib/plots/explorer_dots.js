// The dots on a plain canvas, alive from the first moment. plotly.js takes seconds of the processor to start;
// until it is there, and where it cannot be had, this is the picture, with every dot where plotly will draw it.
function semlibDots(stage, model, { make, sharp }) {
  const EDGE = 6; // the margin of the plot, as in explorer_plot.js
  const canvas = make("canvas", stage, "sx-first");
  canvas.setAttribute("aria-hidden", "true");
  let at = [], shown = [];
  function draw() {
    const w = stage.clientWidth, h = stage.clientHeight, xy = model.positions(), [low, high] = model.span();
    at = model.positions().map((v, i) => i % 2
      ? h - EDGE - (h - 2 * EDGE) * (v - low[1]) / (high[1] - low[1])
      : EDGE + (w - 2 * EDGE) * (v - low[0]) / (high[0] - low[0]));
    canvas.width = w * sharp;
    canvas.height = h * sharp;
    const context = canvas.getContext("2d");
    context.scale(sharp, sharp);
    context.fillStyle = "rgba(128,128,128,0.07)";
    context.fillRect(EDGE, EDGE, w - 2 * EDGE, h - 2 * EDGE);
    context.globalAlpha = 0.85;
    shown = [];
    model.series().forEach((s) => s.rows.forEach((i) => {
      context.fillStyle = s.color(i);
      context.beginPath();
      context.arc(at[2 * i], at[2 * i + 1], s.size / 2, 0, 7);
      context.fill();
      shown.push(i);
    }));
    return Promise.resolve();
  }
  // The nearest dot, if it is near. All are looked at: 5,000 take some hundredths of a millisecond.
  function under(event) {
    const box = canvas.getBoundingClientRect(), x = event.clientX - box.left, y = event.clientY - box.top;
    let best = -1, least = (event.pointerType === "touch" ? 24 : 14) ** 2;
    shown.forEach((i) => {
      const d = (at[2 * i] - x) ** 2 + (at[2 * i + 1] - y) ** 2;
      if (d < least) [best, least] = [i, d];
    });
    return best;
  }
  function listen({ hover, click }) {
    canvas.addEventListener("pointermove", (e) => hover(under(e)));
    canvas.addEventListener("pointerleave", () => hover(-1));
    canvas.addEventListener("click", (e) => click(under(e)));
  }
  const size = new ResizeObserver(() => { draw(); model.moved(); });
  size.observe(stage);
  return { draw, listen, pixel: (i) => [at[2 * i], at[2 * i + 1]], unmark() {}, drag() {},
    remove() { size.disconnect(); canvas.remove(); } };
}
