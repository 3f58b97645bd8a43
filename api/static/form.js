// Shows the result beside the case form as one types. Without it, the buttons of the form do the same.
"use strict";
(() => {
  const form = document.getElementById("case-form");
  const result = document.getElementById("result");
  const told = document.getElementById("told");
  if (!form || !result) return;
  const WAIT = 400;
  let timer = 0;
  let asked = null;

  async function show() {
    if (asked) asked.abort();
    asked = new AbortController();
    result.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch("/determine/result", {
        method: "POST",
        body: new URLSearchParams(new FormData(form)),
        signal: asked.signal,
      });
      if ((answer.headers.get("Content-Type") || "").startsWith("text/html")) {
        // the service escapes whatever was entered
        result.innerHTML = await answer.text();
        // who listens hears the answers in a line, and not all reasons after each letter
        const brief = result.querySelector(".brief");
        if (brief && told.textContent !== brief.textContent) told.textContent = brief.textContent;
      } else {
        result.textContent = `The service gave no result (${answer.status}). What you entered is still in the form.`;
      }
      result.removeAttribute("aria-busy");
    } catch (error) {
      if (error.name !== "AbortError") {
        result.textContent = "The service cannot be reached. What you entered is still in the form.";
        result.removeAttribute("aria-busy");
      }
    }
  }

  form.addEventListener("input", () => {
    window.clearTimeout(timer);
    timer = window.setTimeout(show, WAIT);
  });
  show();
})();
