// The dots by plotly.js: the picture that moves, zooms, and selects by box and lasso.
function semlibPlot(node, spec, model) {
  const webgl = !!document.createElement("canvas").getContext("webgl");
  const ink = () => getComputedStyle(node).color;
  // In the book it comes from the book, elsewhere from plotly. Explorers of one page share it.
  function load() {
    if (window.Plotly) return Promise.resolve();
    window.semlibPlotly = window.semlibPlotly || new Promise((done, failed) => {
      const home = document.documentElement.dataset.content_root, script = document.createElement("script");
      script.src = home !== undefined ? home + "_static/plotly.packed.js" : spec.cdn;
      script.onload = () => // what is packed is there a little later
        Promise.resolve(window.semlibUnpacked).then(() => (window.Plotly ? done() : failed()), failed);
      script.onerror = () => { window.semlibPlotly = null; failed(); };
      document.head.appendChild(script);
    });
    return window.semlibPlotly;
  }
  function traces() {
    const xy = model.positions();
    return model.series().map((s) => ({
      type: webgl && model.n > 1000 ? "scattergl" : "scatter", mode: "markers", name: s.name, hoverinfo: "none",
      x: s.rows.map((i) => xy[2 * i]), y: s.rows.map((i) => xy[2 * i + 1]), customdata: s.rows,
      marker: { size: s.size, opacity: 0.85, line: { width: 0 },
        ...(s.values ? { color: Array.from(s.values), colorscale: spec.scale } : { color: s.group }) },
      unselected: { marker: { opacity: 0.12 } },
    }));
  }
  function layout() {
    const axis = { showticklabels: false, zeroline: false, showgrid: false, ticks: "" };
    const [low, high] = model.span();
    return {
      margin: { l: 6, r: 6, t: 6, b: 6 }, xaxis: { ...axis, range: [low[0], high[0]] },
      yaxis: { ...axis, range: [low[1], high[1]] }, hovermode: "closest",
      hoverdistance: 14, dragmode: model.state.drag, showlegend: false, font: { color: ink(), size: 12 },
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(128,128,128,0.07)", uirevision: model.state.layout,
      newselection: { line: { color: ink() } }, modebar: { bgcolor: "rgba(0,0,0,0)", color: ink(), activecolor: ink() },
    };
  }
  const draw = () => Plotly.react(node, traces(), layout(), { responsive: true, displaylogo: false, scrollZoom: false,
    modeBarButtons: [["zoomIn2d", "zoomOut2d", "resetScale2d", "toImage"]] });
  function pixel(i) {
    const xy = model.positions(), { xaxis, yaxis } = node._fullLayout;
    return [xaxis.l2p(xy[2 * i]) + xaxis._offset, yaxis.l2p(xy[2 * i + 1]) + yaxis._offset];
  }
  function listen({ hover, click, chosen, moved }) {
    const rows = (e) => (e && e.points ? e.points.map((p) => p.customdata) : []);
    node.on("plotly_hover", (e) => hover(rows(e)[0]));
    node.on("plotly_unhover", () => hover(-1));
    node.on("plotly_click", (e) => click(rows(e)[0]));
    node.on("plotly_selected", (e) => { if (e) chosen(rows(e)); });
    node.on("plotly_deselect", () => chosen([]));
    ["plotly_relayouting", "plotly_relayout", "plotly_afterplot"].forEach((name) => node.on(name, moved));
    new MutationObserver(() => setTimeout(() => Plotly.relayout(node, {
      "font.color": ink(), "newselection.line.color": ink(), "modebar.color": ink(), "modebar.activecolor": ink() }), 50))
      .observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  }
  // Takes away what a box or a lasso left in the picture.
  function unmark() {
    if (node._fullLayout.selections && node._fullLayout.selections.length) Plotly.relayout(node, { selections: [] });
    if (node.data.some((t) => t.selectedpoints)) Plotly.restyle(node, { selectedpoints: [null] });
  }
  return { load, draw, pixel, listen, unmark, drag: (mode) => Plotly.relayout(node, { dragmode: mode }) };
}
