// What the explorer shows, and of it what now: positions, colours, neighbours; the point looked at, the pin,
// the selection. Both pictures, explorer_dots.js and explorer_plot.js, draw from it.
function semlibModel(spec, { unpack, row, short }) {
  const n = spec.names.length, large = n > 1000;
  // rings: whether chosen points are ringed; plotly marks those of its own box or lasso itself
  const state = { layout: 0, colour: 0, at: -1, pin: -1, chosen: [], rings: false, drag: "pan" };
  const positions = () => unpack(spec.layouts[state.layout].xy).levels;
  const colour = () => spec.colours[state.colour];
  const packOf = (c) => c.arrays[c.of[state.layout]];
  const values = (c) => unpack(packOf(c)).levels;
  // What is known of a point, less what its name says already.
  const facts = (i) => spec.colours
    .map((c) => c.name + " " + (c.groups ? c.groups[values(c)[i]].name : short(values(c)[i])))
    .filter((text) => !spec.names[i].includes(text));

  // The span of a layout and a little around it, as [lowest x and y, highest x and y].
  function span() {
    const low = [Infinity, Infinity], high = [-Infinity, -Infinity];
    positions().forEach((v, i) => { low[i % 2] = Math.min(low[i % 2], v); high[i % 2] = Math.max(high[i % 2], v); });
    const room = [0, 1].map((k) => 0.04 * (high[k] - low[k]) || 1);
    return [low.map((v, k) => v - room[k]), high.map((v, k) => v + room[k])];
  }
  // What is drawn, one after another: the points of one colour, or all on a scale. `size` is across, in pixels.
  function series() {
    const c = colour(), v = values(c), rows = Array.from({ length: n }, (_, i) => i), size = large ? 5 : 8;
    if (!c.groups) return [{ name: c.name, rows, values: v, size, color: (i) => onScale(v[i]) }];
    return c.groups.map((g, k) => ({ name: g.name, rows: rows.filter((i) => v[i] === k && !g.hidden), group: g.color }))
      .filter((s) => s.rows.length)
      .sort((a, b) => b.rows.length - a.rows.length) // small groups larger, and on top
      .map((s) => ({ ...s, color: () => s.group, size: large && s.rows.length < n / 10 ? 7 : size }));
  }
  function ends() {
    const { low, step } = packOf(colour());
    return [low[0], low[0] + 65534 * step[0]];
  }
  const rgb = spec.scale.map(([, hex]) => [1, 3, 5].map((k) => parseInt(hex.slice(k, k + 2), 16)));
  function onScale(v) {
    if (Number.isNaN(v)) return "#8884";
    const [low, high] = ends(), t = (rgb.length - 1) * (v - low) / (high - low || 1);
    const k = Math.min(Math.floor(t), rgb.length - 2);
    return `rgb(${rgb[k].map((a, c) => Math.round(a + (t - k) * (rgb[k + 1][c] - a)))})`;
  }

  const space = () => spec.neighbours[spec.layouts[state.layout].near];
  function near(i) {
    const index = row(space().index, i), distance = row(space().distance, i);
    return index.map((j, k) => [j, distance[k]]);
  }
  // All points by nearness in the plane to the pin, or to where the walk began.
  function byNearness() {
    if (state.order) return state.order;
    const from = Math.max(state.pin >= 0 ? state.pin : state.at, 0), all = positions();
    const d = spec.names.map((_, i) => i === from ? -1
      : (all[2 * i] - all[2 * from]) ** 2 + (all[2 * i + 1] - all[2 * from + 1]) ** 2);
    state.order = d.map((_, i) => i).sort((a, b) => d[a] - d[b]);
    return state.order;
  }
  return { n, state, positions, colour, values, facts, span, series, ends, space, near, byNearness };
}
