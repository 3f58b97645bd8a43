// The editor of the query page: YASQE and YASR (https://github.com/rdfjs/Yasgui) instead of the plain form.
// Nothing is fetched from elsewhere, and neither queries nor answers are kept in the browser.
"use strict";

const PREFIXES = {
  mtus: "https://w3id.org/mtus/ontology/", answer: "https://w3id.org/mtus/answer/", status: "https://w3id.org/mtus/status/",
  reason: "https://w3id.org/mtus/reason/", case: "https://w3id.org/mtus/case/", cp: "https://w3id.org/mtus/guideline/chronic-pain-2009/",
  guideline: "https://w3id.org/mtus/guideline/", determination: "https://w3id.org/mtus/determination/", sh: "http://www.w3.org/ns/shacl#",
  prov: "http://www.w3.org/ns/prov#", skos: "http://www.w3.org/2004/02/skos/core#", rdfs: "http://www.w3.org/2000/01/rdf-schema#",
  rdf: "http://www.w3.org/1999/02/22-rdf-syntax-ns#", owl: "http://www.w3.org/2002/07/owl#", xsd: "http://www.w3.org/2001/XMLSchema#",
};
const TERMS = "PREFIX owl: <http://www.w3.org/2002/07/owl#> SELECT DISTINCT ?term WHERE { ?term a ?kind FILTER (?kind IN (KINDS)) } ORDER BY ?term";

async function terms(kinds) {
  const url = `/sparql?query=${encodeURIComponent(TERMS.replace("KINDS", kinds))}`;
  const answer = await fetch(url, { headers: { Accept: "application/sparql-results+json" } });
  if (!answer.ok) return [];
  return (await answer.json()).results.bindings.map((row) => row.term.value).filter((iri) => iri.startsWith("http"));
}

// Completes terms of the ontology of these kinds; they are asked for once.
function completer(name, kinds) {
  let asked;
  const get = async (_editor, token) => {
    asked = asked || terms(kinds);
    const begun = (token && token.autocompletionString) || "";
    return (await asked).filter((iri) => iri.startsWith(begun));
  };
  return { name, persistenceId: null, bulk: false, get };
}

function paragraph(kind, text) {
  const element = document.createElement("p");
  element.className = kind;
  element.textContent = text;
  return element;
}

// What the service says is wrong (RFC 9457).
function read(text) {
  try {
    return JSON.parse(text);
  } catch {
    return { title: "The service", detail: `did not answer: ${text}` };
  }
}

// The same for people.
function problem(told) {
  const holder = document.createElement("div");
  holder.className = "problem";
  const problems = told.problems || [{ place: told.title || "The query", why: told.detail || "", remedy: "" }];
  for (const { place, why, remedy } of problems) holder.append(paragraph("", `${place}: ${why} ${remedy}`));
  return holder;
}

function start() {
  const { Yasqe, Yasr } = window.Yasgui;
  const area = document.getElementById("query");
  const serverAnswer = document.getElementById("answer");

  Yasr.registerPlugin("chart", ChartPlugin);
  Yasr.registerPlugin("csv", CsvPlugin);
  Yasqe.forkAutocompleter("prefixes", { name: "prefixes-local", persistenceId: null, get: () => Promise.resolve(Object.entries(PREFIXES).map(([name, iri]) => `${name}: <${iri}>`)) });
  Yasqe.forkAutocompleter("class", completer("class-local", "owl:Class"));
  Yasqe.forkAutocompleter("property", completer("property-local", "owl:ObjectProperty, owl:DatatypeProperty, owl:AnnotationProperty"));
  Yasqe.defaults.autocompleters = ["prefixes-local", "class-local", "property-local", "variables"];

  document.documentElement.classList.add("with-script");
  const editor = new Yasqe(document.getElementById("editor"), {
    persistenceId: null, value: area.value, createShareableLink: null, resizeable: true, editorHeight: "20rem",
    requestConfig: { endpoint: "/sparql", method: "POST", acceptHeaderSelect: "application/sparql-results+json", acceptHeaderGraph: "text/turtle" },
  });
  editor.getInputField().setAttribute("aria-label", "Query");
  // Tab leaves the editor as it leaves any field; who has no mouse would be caught in it.
  editor.setOption("extraKeys", { ...editor.getOption("extraKeys"), Tab: false, "Shift-Tab": false });
  const results = new Yasr(document.getElementById("results"), {
    persistenceId: null, maxPersistentResponseSize: 0, pluginOrder: ["table", "chart", "csv", "response"], prefixes: PREFIXES, getUsedPrefixes: () => PREFIXES,
    plugins: { table: { dynamicConfig: { compact: true, isEllipsed: false, pageSize: 50 } } },
  });
  const shown = document.getElementById("results");
  let faulty = null;
  const mark = (line) => {
    if (faulty !== null) editor.removeLineClass(faulty, "background", "faulty");
    faulty = line ? editor.addLineClass(Math.min(line, editor.lineCount()) - 1, "background", "faulty") : null;
    if (faulty !== null) editor.scrollIntoView({ line: line - 1, ch: 0 });
  };
  editor.on("change", () => mark(0));
  editor.on("query", () => {
    serverAnswer.replaceChildren();
    mark(0);
  });
  editor.on("queryResponse", (_editor, response, duration) => {
    // what is not answered comes as an error whose message is the body
    shown.hidden = response instanceof Error;
    if (shown.hidden) {
      const told = read(response.message);
      serverAnswer.replaceChildren(problem(told));
      mark(told.line);
      return;
    }
    results.setResponse(response, duration);
    const cut = response.headers.get("answer-cut-after");
    if (cut) serverAnswer.replaceChildren(paragraph("cut", `Cut after ${cut} rows; there are more.`));
  });

  // What an answer names is described here. A link would tell another site which case somebody looks at.
  shown.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='https://w3id.org/mtus/']");
    if (!link) return;
    event.preventDefault();
    editor.setValue(`DESCRIBE <${link.getAttribute("href")}>`);
    editor.query().catch(() => undefined); // it is shown already
  });

  for (const link of document.querySelectorAll("a.example")) {
    link.addEventListener("click", async (event) => {
      event.preventDefault();
      const answer = await fetch(`/queries/${link.dataset.name}.rq`);
      if (!answer.ok) return;
      editor.setValue(await answer.text());
      editor.getWrapperElement().scrollIntoView();
      editor.query().catch(() => undefined); // it is shown already
    });
  }
}

if (window.Yasgui) start();
