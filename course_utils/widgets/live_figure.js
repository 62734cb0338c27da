// Draws a live figure: panels in SVG, native controls, one sentence. Python has computed every frame; here one
// is picked and drawn. Nothing is fetched, and no kernel has to answer.

const NS = "http://www.w3.org/2000/svg";
const DASHES = { solid: "", dashed: "9 5", dotted: "2 5", dashdot: "10 4 2 4", none: "" };
const HEIGHT = 300;
const EDGE = { left: 64, right: 14, top: 20, bottom: 48 };
const TALLEST = 400; // of a panel whose axes have equal units
const FAR = 1e5; // pixels; beyond this a coordinate could overflow in the renderer, and is out of sight anyway

// Each widget has a copy of this module of its own, so a counter would give two widgets on a page the same ids.
function freshId(what) {
  return `dlf-${what}-${Math.random().toString(36).slice(2, 10)}`;
}

function html(name, parent, className, text) {
  const node = document.createElement(name);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  if (parent) parent.append(node);
  return node;
}

function svg(name, parent, attributes = {}, text) {
  const node = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== undefined) node.textContent = text;
  if (parent) parent.append(node);
  return node;
}

function linearTicks([low, high], wanted) {
  const rough = (high - low) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= rough) * power;
  const ticks = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + step * 1e-9; k++) ticks.push(k * step);
  return ticks;
}

function logTicks([low, high]) {
  const first = Math.ceil(Math.log10(low) - 1e-9);
  const last = Math.floor(Math.log10(high) + 1e-9);
  if (last - first < 1) return linearTicks([low, high], 5).filter((tick) => tick > 0);
  const every = Math.ceil((last - first + 1) / 6);
  const ticks = [];
  for (let power = first; power <= last; power += every) ticks.push(10 ** power);
  return ticks;
}

function tickText(value) {
  if (value === 0) return "0";
  const size = Math.abs(value);
  const text = size >= 1e5 || size < 1e-3 ? value.toExponential(2).replace(/\.?0+e/, "e").replace("e+", "e")
    : String(Number(value.toPrecision(6)));
  return text.replaceAll("-", "\u2212");
}

function scale([low, high], from, to, log) {
  const turn = log ? Math.log10 : (value) => value;
  const [a, b] = [turn(low), turn(high)];
  return (value) => {
    const place = from + ((turn(value) - a) / (b - a)) * (to - from);
    return Math.min(FAR, Math.max(-FAR, place));
  };
}

// The room for drawing, in pixels. With equal units it takes the proportions of the window.
function room(panel, width) {
  const plot = { left: EDGE.left, right: width - EDGE.right, top: EDGE.top, bottom: HEIGHT - EDGE.bottom };
  if (panel.equal) {
    const [x, y] = [panel.limits.x, panel.limits.y];
    const proportion = (y[1] - y[0]) / (x[1] - x[0]);
    const height = Math.min((plot.right - plot.left) * proportion, TALLEST - EDGE.top - EDGE.bottom);
    plot.bottom = plot.top + height;
    plot.right = plot.left + height / proportion;
  }
  return plot;
}

function markerPath(marker, x, y, r = 4) {
  const [left, right, top, bottom] = [x - r, x + r, y - r, y + r];
  switch (marker) {
    case "circle": return `M${left} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`;
    case "square": return `M${left} ${top}H${right}V${bottom}H${left}z`;
    case "triangle": return `M${x} ${top}L${right} ${bottom}H${left}z`;
    case "diamond": return `M${x} ${top - 1}L${right + 1} ${y}L${x} ${bottom + 1}L${left - 1} ${y}z`;
    default: return `M${left} ${top}L${right} ${bottom}M${left} ${bottom}L${right} ${top}`;
  }
}

function styleMarker(node, series) {
  const color = `var(--dlf-${series.color})`;
  node.style.stroke = color;
  node.style.fill = series.marker === "cross" ? "none" : color;
  node.style.strokeWidth = series.marker === "cross" ? 2 : 0.5;
}

function swatch(parent, series) {
  const box = svg("svg", parent, { width: 34, height: 14, "aria-hidden": "true" });
  if (series.dash !== "none") {
    const line = svg("path", box, { d: "M1 7H33", class: "dlf-line", "stroke-dasharray": DASHES[series.dash] });
    line.style.stroke = `var(--dlf-${series.color})`;
  }
  if (series.marker) styleMarker(svg("path", box, { d: markerPath(series.marker, 17, 7) }), series);
}

function legend(parent, panel) {
  const row = html("div", parent, "dlf-legend");
  const marks = (panel.marks || []).map((mark) => ({ ...mark, dash: "none", color: "ink" }));
  for (const series of [...(panel.series || []), ...marks]) {
    const entry = html("span", row);
    swatch(entry, series);
    html("span", entry, "", series.label);
  }
  if (panel.reference) {
    const entry = html("span", row);
    const box = svg("svg", entry, { width: 34, height: 14, "aria-hidden": "true" });
    svg("path", box, { d: "M2 7H33", class: "dlf-reference" });
    html("span", entry, "", panel.reference[1]);
  }
}

// The frame of a panel: rules, ticks, labels, and the window that clips what is drawn inside.
function frame(parent, panel, width) {
  const plot = room(panel, width);
  const tall = plot.bottom + EDGE.bottom;
  const root = svg("svg", parent, { width, height: tall, viewBox: `0 0 ${width} ${tall}`, role: "img" });
  const y = scale(panel.limits.y, plot.bottom, plot.top, panel.y_log);
  const yTicks = panel.kind === "heatmap" ? [] : panel.y_log ? logTicks(panel.limits.y) : linearTicks(panel.limits.y, 7);
  for (const tick of yTicks) {
    // A rule across the window would look like a level line.
    const [to, look] = panel.kind === "contours" ? [plot.left - 5, "dlf-axis"] : [plot.right, "dlf-rule"];
    svg("line", root, { x1: plot.left, x2: to, y1: y(tick), y2: y(tick), class: look });
    svg("text", root, { x: plot.left - 7, y: y(tick) + 4, "text-anchor": "end" }, tickText(tick));
  }
  svg("path", root, { d: `M${plot.left} ${plot.top}V${plot.bottom}H${plot.right}`, class: "dlf-axis", fill: "none" });
  const middle = (plot.top + plot.bottom) / 2;
  svg("text", root, { transform: `translate(14 ${middle}) rotate(-90)`, "text-anchor": "middle" }, panel.y_label);
  svg("text", root, { x: (plot.left + plot.right) / 2, y: tall - 8, "text-anchor": "middle" }, panel.x_label);
  const id = freshId("clip");
  const clip = svg("clipPath", svg("defs", root), { id });
  svg("rect", clip, {
    x: plot.left, y: plot.top - 2, width: plot.right - plot.left + 2, height: plot.bottom - plot.top + 2,
  });
  return { root, plot, y, inside: svg("g", root, { "clip-path": `url(#${id})` }) };
}

function xAxis({ root, plot }, panel) {
  const x = scale(panel.limits.x, plot.left, plot.right, false);
  for (const tick of linearTicks(panel.limits.x, plot.right - plot.left > 380 ? 7 : 5)) {
    svg("line", root, { x1: x(tick), x2: x(tick), y1: plot.bottom, y2: plot.bottom + 5, class: "dlf-axis" });
    svg("text", root, { x: x(tick), y: plot.bottom + 19, "text-anchor": "middle" }, tickText(tick));
  }
  return x;
}

function linesPanel(parent, panel, width) {
  const drawing = frame(parent, panel, width);
  const { root, plot, y, inside } = drawing;
  const x = xAxis(drawing, panel);
  if (panel.reference) {
    const height = y(panel.reference[0]);
    svg("path", inside, { d: `M${plot.left} ${height}H${plot.right}`, class: "dlf-reference" });
  }
  return { root, update: seriesIn(inside, panel, x, y) };
}

// Makes the lines and points of a panel; returns the function that moves them.
function seriesIn(inside, panel, x, y) {
  const drawn = panel.series.map((series) => {
    const line = svg("path", inside, { class: "dlf-line", "stroke-dasharray": DASHES[series.dash] });
    line.style.stroke = `var(--dlf-${series.color})`;
    const points = svg("path", inside);
    styleMarker(points, series);
    const start = panel.kind === "contours" && series.dash !== "none";
    return { series, line, points, start };
  });
  return (arrays) => {
    for (const { series, line, points, start } of drawn) {
      const [path, marks, first] = trace(series, arrays, x, y, panel.y_log);
      line.setAttribute("d", series.dash === "none" ? "" : path);
      points.setAttribute("d", start && first ? marks + markerPath(series.marker || "circle", ...first, 7) : marks);
    }
  };
}

// The level lines come as paths in a square of 1000 by 1000, which is stretched over the window.
function contoursPanel(parent, panel, width) {
  const drawing = frame(parent, panel, width);
  const { root, plot, y, inside } = drawing;
  const x = xAxis(drawing, panel);
  const [wide, high] = [(plot.right - plot.left) / 1000, (plot.bottom - plot.top) / 1000];
  const surfaces = panel.surfaces.map((levels) => {
    const group = svg("g", inside);
    const stretched = svg("g", group, { transform: `translate(${plot.left} ${plot.top}) scale(${wide} ${high})` });
    for (const level of levels) svg("path", stretched, { d: level.path, class: "dlf-level" });
    for (const { label, text } of levels) {
      if (label === null) continue;
      const place = { x: plot.left + label[0] * wide, y: plot.top + label[1] * high + 4, "text-anchor": "middle" };
      svg("text", group, { ...place, class: "dlf-height" }, text.replaceAll("-", "\u2212"));
    }
    return group;
  });
  const move = seriesIn(inside, panel, x, y);
  for (const mark of panel.marks) {
    styleMarker(svg("path", inside, { d: markerPath(mark.marker, x(mark.x), y(mark.y), 5) }), { ...mark, color: "ink" });
  }
  const update = (arrays, index, places) => {
    const shown = panel.choice === null ? 0 : places[panel.choice];
    surfaces.forEach((group, k) => group.setAttribute("display", k === shown ? "inline" : "none"));
    move(arrays);
  };
  return { root, update };
}

// A line breaks where a coordinate is missing (NaN or infinite), or not above zero on a logarithmic scale.
function trace(series, arrays, x, y, log) {
  const heights = arrays[series.y];
  const places = series.x === null ? null : arrays[series.x];
  let path = "";
  let marks = "";
  let first = null;
  let pen = "M";
  for (let k = 0; k < heights.length; k++) {
    const place = places === null ? k : places[k];
    if (place === null || heights[k] === null || (log && heights[k] <= 0)) {
      pen = "M";
      continue;
    }
    const [px, py] = [Number(x(place).toFixed(1)), Number(y(heights[k]).toFixed(1))];
    path += `${pen}${px} ${py}`;
    pen = "L";
    first ??= [px, py];
    if (series.marker) marks += markerPath(series.marker, px, py);
  }
  return [path, marks, first];
}

function barsPanel(parent, panel, width) {
  const { root, plot, y, inside } = frame(parent, panel, width);
  const share = (plot.right - plot.left) / panel.categories.length;
  const clamp = (value) => Math.min(plot.bottom, Math.max(plot.top, y(value)));
  const zero = clamp(0);
  const withText = share >= 30;
  const drawn = panel.categories.map((name, k) => {
    const middle = plot.left + share * (k + 0.5);
    svg("text", root, { x: middle, y: plot.bottom + 19, "text-anchor": "middle" }, name);
    const bar = svg("rect", inside, { x: middle - share * 0.35, width: share * 0.7 });
    bar.style.fill = "var(--dlf-0)";
    return { bar, text: svg("text", root, { x: middle, "text-anchor": "middle", class: "dlf-value" }) };
  });
  const update = (arrays, index) => {
    drawn.forEach(({ bar, text }, k) => {
      const height = clamp(arrays[panel.key][k] ?? 0);
      bar.setAttribute("y", Math.min(height, zero));
      bar.setAttribute("height", Math.abs(height - zero));
      text.setAttribute("y", Math.min(height, zero) - 4);
      text.textContent = withText ? panel.texts[index][k].replaceAll("-", "\u2212") : "";
    });
  };
  return { root, update };
}

// A table of coloured cells. The frame around one of them lies above all, dark on a light border, so it shows on any colour.
function heatmapPanel(parent, panel, width) {
  const { root, plot, y } = frame(parent, panel, width);
  const x = scale(panel.limits.x, plot.left, plot.right, false);
  const size = { width: x(1) - x(0), height: y(1) - y(0) };
  panel.columns.forEach((name, column) => {
    svg("text", root, { x: x(column + 0.5), y: plot.bottom + 19, "text-anchor": "middle" }, name);
  });
  const cells = panel.rows.flatMap((name, row) => {
    svg("text", root, { x: plot.left - 7, y: y(row + 0.5) + 4, "text-anchor": "end" }, name);
    return panel.columns.map((_, column) => {
      const rect = svg("rect", root, { x: x(column), y: y(row), ...size, class: "dlf-cell" });
      const place = { x: x(column + 0.5), y: y(row + 0.5) + 4, "text-anchor": "middle" };
      return { rect, text: svg("text", root, place) };
    });
  });
  const edges = panel.framed === null ? [] : ["dlf-halo", "dlf-framed"].map((look) => svg("rect", root, { ...size, class: look }));
  const [low, high] = panel.limits.color;
  const update = (arrays) => {
    cells.forEach(({ rect, text }, k) => {
      const value = arrays[panel.key][k];
      const step = Math.floor(((value - low) / (high - low)) * panel.colors.length);
      const color = panel.colors[Math.min(panel.colors.length - 1, Math.max(0, step))];
      rect.style.fill = value === null ? "none" : color.cell;
      text.style.fill = color.text;
      text.textContent = value === null ? "" : value.toFixed(panel.digits).replaceAll("-", "\u2212");
    });
    for (const edge of edges) {
      const [row, column] = arrays[panel.framed];
      edge.setAttribute("x", x(column));
      edge.setAttribute("y", y(row));
    }
  };
  return { root, update };
}

const KINDS = { lines: linesPanel, bars: barsPanel, heatmap: heatmapPanel, contours: contoursPanel };

// A row with one control. `get` and `set` are its position; `changed` is called when the reader moves it.
function control(root, spec, id, number, changed) {
  const row = html("div", root, "dlf-control");
  const label = html("label", row, "", spec.label);
  const widget = spec.kind === "choice" ? select(row, spec) : slider(row, spec);
  widget.input.id = `${id}-control-${number}`;
  label.htmlFor = widget.input.id;
  if (widget.output) widget.output.htmlFor = widget.input.id;
  // JupyterLab would take the arrow keys for its own shortcuts; it looks for this mark on the input itself.
  widget.input.setAttribute("data-lm-suppress-shortcuts", "true");
  widget.input.setAttribute("aria-describedby", `${id}-sentence`);
  widget.input.addEventListener("input", changed);
  return widget;
}

function slider(row, spec) {
  const output = html("output", row);
  html("span", row, "dlf-ends", spec.ends[0]);
  const input = html("input", row);
  Object.assign(input, { type: "range", min: 0, max: spec.values.length - 1, step: 1 });
  html("span", row, "dlf-ends", spec.ends[1]);
  const set = (place) => {
    input.value = place;
    input.setAttribute("aria-valuetext", spec.values[place]);
    output.textContent = spec.values[place];
  };
  return { input, output, get: () => input.valueAsNumber, set };
}

function select(row, spec) {
  const input = html("select", row);
  for (const value of spec.values) html("option", input, "", value);
  return { input, get: () => input.selectedIndex, set: (place) => { input.selectedIndex = place; } };
}

// The number of a frame, from the places of all controls, and back; the last control changes fastest.
function frameNumber(controls, places) {
  return controls.reduce((number, { values }, k) => number * values.length + places[k], 0);
}

function placesOf(controls, number) {
  const places = [];
  for (const { values } of [...controls].reverse()) {
    places.unshift(number % values.length);
    number = Math.floor(number / values.length);
  }
  return places;
}

function sentenceBox(root, spec, id) {
  const box = html("div", root, "dlf-sentence");
  const longest = spec.sentences.reduce((a, b) => (b.length > a.length ? b : a), "");
  html("p", box, "", longest).setAttribute("aria-hidden", "true");
  const sentence = html("p", box);
  sentence.id = `${id}-sentence`;
  sentence.setAttribute("aria-live", "polite");
  return sentence;
}

function render({ model, el }) {
  const spec = model.get("spec");
  const id = freshId("figure");
  const root = html("div", el, "dlf");
  const row = html("div", root, "dlf-panels");
  const width = spec.panels.length === 1 ? 580 : 400;
  // Where one panel has a legend, all have its row, so that their axes stay level.
  const withLegend = spec.panels.some((panel) => panel.series);
  const panels = spec.panels.map((panel) => {
    const box = html("div", row, "dlf-panel");
    box.style.maxWidth = `${width}px`;
    html("p", box, "dlf-title", panel.title);
    if (withLegend) legend(box, panel);
    return { title: panel.title, ...KINDS[panel.kind](box, panel, width) };
  });
  const controls = spec.controls.map((one, number) => control(root, one, id, number, () => fromReader()));
  const sentence = sentenceBox(root, spec, id);
  if (spec.caption) html("p", root, "dlf-caption", spec.caption);

  const present = () => frameNumber(spec.controls, controls.map((one) => one.get()));
  const show = (index) => {
    const arrays = { ...spec.fixed };
    for (const [key, number] of Object.entries(spec.frames[index])) arrays[key] = spec.rows[number];
    const places = placesOf(spec.controls, index);
    const words = spec.sentences[index];
    for (const panel of panels) {
      panel.update(arrays, index, places);
      panel.root.setAttribute("aria-label", `${panel.title}. ${words}`);
    }
    controls.forEach((one, k) => one.set(places[k]));
    sentence.textContent = words;
  };
  const fromReader = () => {
    const index = present();
    show(index);
    model.set("index", index);
    model.save_changes();
  };
  const fromModel = () => {
    if (model.get("index") !== present()) show(model.get("index"));
  };
  model.on("change:index", fromModel);
  show(model.get("index"));
  return () => model.off("change:index", fromModel);
}

export default { render };
