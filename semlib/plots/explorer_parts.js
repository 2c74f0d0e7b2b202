// What the explorer is built on: numbers out of text, elements, images out of one picture.
function semlibParts(spec) {
  // Little-endian Uint16 in base64, see explorer_pack.packed. Decoded once, and kept in `levels`.
  function unpack(p) {
    if (p.levels) return p;
    const text = atob(p.data), bytes = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
    const view = new DataView(bytes.buffer), columns = p.low ? p.low.length : 0;
    p.levels = new Float32Array(bytes.length / 2);
    for (let i = 0; i < p.levels.length; i++) {
      const v = view.getUint16(2 * i, true);
      p.levels[i] = !columns ? v : v === 65535 ? NaN : p.low[i % columns] + p.step[i % columns] * v;
    }
    return p;
  }
  const row = (p, i) => Array.from(unpack(p).levels.slice(i * p.shape[1], (i + 1) * p.shape[1]));
  const short = (v) => Number.isNaN(v) ? "–"
    : (Math.abs(v) >= 100 ? v.toFixed(0) : String(+v.toPrecision(3))).replace("-", "−");

  function make(tag, parent, cls, text) {
    const node = document.createElement(tag);
    if (cls) node.className = cls;
    if (text !== undefined) node.textContent = text;
    return parent.appendChild(node);
  }
  const sharp = Math.min(window.devicePixelRatio || 1, 2);

  const sheets = spec.sheets.map((sheet) => {
    const image = new Image();
    image.src = sheet.src;
    // As a bitmap: else the browser may decode the whole sheet again when the first image is wanted.
    return { ...sheet, ready: image.decode().then(() => createImageBitmap(image)) };
  });
  function thumb(parent, i, size, k, label) {
    const sheet = sheets[k], canvas = make("canvas", parent, "sx-image");
    canvas.width = canvas.height = size * sharp;
    canvas.style.width = canvas.style.height = size + "px";
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", label);
    sheet.ready.then((bitmap) => {
      const context = canvas.getContext("2d"), s = sheet.side;
      context.imageSmoothingEnabled = !sheet.pixels;
      context.imageSmoothingQuality = "high";
      context.drawImage(bitmap, (i % sheet.columns) * s, Math.floor(i / sheet.columns) * s, s, s,
        0, 0, canvas.width, canvas.height);
    });
    return canvas;
  }
  return { unpack, row, short, make, sharp, sheets, thumb };
}
