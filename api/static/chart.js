// Two views of a table for YASR (https://github.com/rdfjs/Yasgui): horizontal bars as SVG, and the text of the CSV file.
"use strict";

const COLOURS = ["#0072b2", "#56b4e9", "#d55e00", "#e69f00", "#999999", "#009e73", "#cc79a7"];
const WIDTH = 900, LABELS = 300, NUMBERS = 60, ROW = 26, MOST_ROWS = 40, LONGEST_LABEL = 42;
const NUMBER_TYPES = /#(integer|decimal|double|float|int|long)$/;

function svgElement(name, attributes, text) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  if (text !== undefined) element.textContent = text;
  return element;
}

function plain(binding) {
  if (!binding) return "";
  return binding.type === "uri" ? binding.value.replace(/^https:\/\/w3id\.org\/mtus\//, "") : binding.value;
}

// Columns that hold numbers alone are drawn; the first other column is the label.
function chartColumns(variables, bindings) {
  const numeric = variables.filter((name) => {
    const values = bindings.map((row) => row[name]).filter(Boolean);
    return values.length > 0 && values.every((value) => NUMBER_TYPES.test(value.datatype || ""));
  });
  const label = variables.find((name) => !numeric.includes(name));
  return { label, numeric: numeric.filter((name) => !name.startsWith("percent")).length ? numeric.filter((name) => !name.startsWith("percent")) : numeric };
}

// Where a first column is the sum of the others, as "items" mostly is, only the parts are drawn.
function withoutTotals(numeric, bindings) {
  if (numeric.length < 3) return numeric.slice(0, 1);
  const [first, ...rest] = numeric;
  const number = (row, name) => Number(row[name] ? row[name].value : 0);
  const isTotal = bindings.every((row) => rest.reduce((sum, name) => sum + number(row, name), 0) === number(row, first));
  return isTotal ? rest : [first];
}

function barChart(labels, series) {
  const totals = labels.map((_, i) => series.reduce((sum, s) => sum + Math.max(s.values[i], 0), 0));
  const scale = (WIDTH - LABELS - NUMBERS) / (Math.max(...totals) || 1);
  const legendRows = series.length > 1 ? Math.ceil(series.length / 4) : 0;
  const top = 6 + 24 * legendRows;
  const height = top + labels.length * ROW + 4;
  const svg = svgElement("svg", { viewBox: `0 0 ${WIDTH} ${height}`, width: WIDTH, height, role: "img", "font-size": 13, "font-family": "system-ui, sans-serif" });
  svg.append(svgElement("title", {}, "Chart of the answer"));
  svg.append(svgElement("rect", { width: WIDTH, height, fill: "#ffffff" }));
  if (series.length > 1) {
    series.forEach((s, number) => {
      const x = (number % 4) * 225, y = 4 + 24 * Math.floor(number / 4);
      svg.append(svgElement("rect", { x, y, width: 14, height: 14, fill: COLOURS[number % COLOURS.length] }));
      svg.append(svgElement("text", { x: x + 20, y: y + 12, fill: "#111111" }, s.name.replaceAll("_", " ")));
    });
  }
  labels.forEach((label, i) => {
    const y = top + i * ROW;
    const short = label.length > LONGEST_LABEL ? `${label.slice(0, LONGEST_LABEL - 1)}…` : label;
    svg.append(svgElement("text", { x: LABELS - 8, y: y + 16, "text-anchor": "end", fill: "#111111" }, short));
    let x = LABELS;
    series.forEach((s, number) => {
      const width = Math.max(s.values[i], 0) * scale;
      if (width > 0) svg.append(svgElement("rect", { x, y: y + 3, width, height: ROW - 8, fill: COLOURS[number % COLOURS.length] }));
      x += width;
    });
    svg.append(svgElement("text", { x: x + 6, y: y + 16, fill: "#111111" }, String(Math.round(totals[i] * 100) / 100)));
  });
  return svg;
}

class ChartPlugin {
  constructor(yasr) {
    this.yasr = yasr;
    this.priority = 5;
    this.label = "Chart";
    this.helpReference = null;
  }

  canHandleResults() {
    const bindings = this.yasr.results && this.yasr.results.getBindings();
    if (!bindings || bindings.length === 0) return false;
    const { label, numeric } = chartColumns(this.yasr.results.getVariables(), bindings);
    return Boolean(label) && numeric.length > 0;
  }

  draw() {
    const bindings = this.yasr.results.getBindings();
    const { label, numeric } = chartColumns(this.yasr.results.getVariables(), bindings);
    const shown = bindings.slice(0, MOST_ROWS);
    const series = withoutTotals(numeric, bindings).map((name) => ({ name, values: shown.map((row) => Number(row[name] ? row[name].value : 0)) }));
    const holder = document.createElement("div");
    holder.className = "chart-plugin";
    holder.append(barChart(shown.map((row) => plain(row[label])), series));
    if (bindings.length > shown.length) {
      const note = document.createElement("p");
      note.textContent = `${bindings.length - shown.length} more rows are in the table.`;
      holder.append(note);
    }
    this.yasr.resultsEl.replaceChildren(holder);
  }

  getIcon() {
    const svg = svgElement("svg", { viewBox: "0 0 16 16", width: 14, height: 14, "aria-hidden": "true" });
    [[2, 8], [7, 3], [12, 6]].forEach(([x, y]) => svg.append(svgElement("rect", { x, y, width: 3, height: 14 - y, fill: "currentColor" })));
    return svg;
  }
}

class CsvPlugin {
  constructor(yasr) {
    this.yasr = yasr;
    this.priority = 4;
    this.label = "CSV";
    this.helpReference = null;
  }

  canHandleResults() {
    return Boolean(this.yasr.results && this.yasr.results.getBindings());
  }

  draw() {
    const text = this.yasr.results.asCsv();
    const holder = document.createElement("div");
    holder.className = "csv-plugin";
    const link = document.createElement("a");
    link.textContent = "Save as a file";
    link.download = "answer.csv";
    link.href = `data:text/csv;charset=utf-8,${encodeURIComponent(text)}`;
    const shown = document.createElement("pre");
    shown.textContent = text;
    holder.append(link, shown);
    this.yasr.resultsEl.replaceChildren(holder);
  }

  getIcon() {
    const svg = svgElement("svg", { viewBox: "0 0 16 16", width: 14, height: 14, "aria-hidden": "true" });
    [3, 7, 11].forEach((y) => svg.append(svgElement("rect", { x: 2, y, width: 12, height: 2, fill: "currentColor" })));
    return svg;
  }
}
