// The page of the ML Test Score: answers in, the score out.  Tests, points and bands are read from the page, which
// prints them from one table.  State lives in the address (#answers=2100000-…&system=…&data-1=where it is written).
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const form = $("td-score"), system = $("td-score-of");
  const sections = [...form.querySelectorAll("[data-section]")].map((root) => ({
    title: root.dataset.title,
    sum: form.querySelector(`[data-sum-of="${root.dataset.section}"]`),
    tests: [...root.querySelectorAll("[data-test]")].map((row) => ({
      name: row.dataset.test,
      title: row.dataset.title,
      choices: [...row.querySelectorAll("input[type=radio]")],
      evidence: row.querySelector("input[type=text]"),
    })),
  }));
  const tests = sections.flatMap((section) => section.tests);
  const bands = [...$("td-score-bands").rows];

  // --- The rule: sums by section, the smallest of them, its band (open on the left) ---

  const chosen = (test) => test.choices.find((choice) => choice.checked);
  const sumOf = (section) => section.tests.reduce((sum, test) => sum + Number(chosen(test).dataset.points), 0);
  const bandOf = (points) => bands.find((band) => points <= Number(band.dataset.upTo));

  function scored() {
    const sums = sections.map(sumOf), final = Math.min(...sums);
    return {sums, final, band: bandOf(final)};
  }

  // --- The address ---

  function state() {
    const parts = sections.map((section) => section.tests.map((test) => chosen(test).value).join("")).join("-");
    const said = [["system", system.value], ...tests.map((test) => [test.name, test.evidence.value])].filter((one) => one[1]);
    if (!said.length && !/[^0-]/.test(parts)) return "";
    return `#answers=${parts}${said.map(([name, text]) => `&${name}=${encodeURIComponent(text)}`).join("")}`;
  }

  let shown = location.hash;
  function writeAddress() {
    const hash = state();
    if (hash === shown) return;
    shown = hash;
    try { history.replaceState(null, "", location.href.split("#")[0] + hash); } catch { location.replace(hash || "#"); }
  }

  function problem(text) {
    $("td-score-problem").textContent = text;
    $("td-score-problem").hidden = !text;
  }

  /** What an address asks for.  Throws a sentence about what cannot be read. */
  function asked(text) {
    const found = new Map();
    for (const part of text.split("&")) {
      const at = part.indexOf("="), name = part.slice(0, at);
      if (!["answers", "system", ...tests.map((test) => test.name)].includes(name)) throw new Error(`there is no “${part.slice(0, Math.max(0, at)).slice(0, 40)}”`);
      if (found.has(name)) throw new Error(`“${name}” stands there twice`);
      try { found.set(name, decodeURIComponent(part.slice(at + 1))); } catch { throw new Error(`“${name}” cannot be read`); }
    }
    const parts = (found.get("answers") ?? "").split("-");
    if (parts.length !== sections.length || parts.some((part, at) => !/^[012]*$/.test(part) || part.length !== sections[at].tests.length)) {
      throw new Error("the answers should be four times seven digits 0, 1 or 2");
    }
    return {digits: parts.join(""), found};
  }

  /** Fill the form from the address.  An address without `=` is a place on the page and leaves the form alone. */
  function readAddress() {
    const text = location.hash.slice(1);
    if (text && !text.includes("=")) return;
    shown = location.hash;
    problem("");
    form.reset();
    if (!text) return;
    try {
      const {digits, found} = asked(text);
      tests.forEach((test, at) => {
        test.choices[Number(digits[at])].checked = true;
        test.evidence.value = (found.get(test.name) ?? "").slice(0, test.evidence.maxLength);
      });
      system.value = (found.get("system") ?? "").slice(0, system.maxLength);
    } catch (fault) {
      problem(`The address of this page asks for something that it cannot show: ${fault.message}. The form is empty.`);
    }
  }

  // --- Showing ---

  let timer = 0;
  function show() {
    const {sums, final, band} = scored();
    sections.forEach((section, at) => {
      section.sum.querySelector("span").textContent = sums[at];
      section.sum.classList.toggle("td-least", sums[at] === final);
    });
    $("td-score-final").textContent = final;
    const least = sections.filter((section, at) => sums[at] === final).map((section) => section.title);
    const holds = least.length === sections.length ? "" : ` Held by ${least.join(" and ")}.`;
    $("td-score-band").textContent = `${band.dataset.title}.${holds}`;
    for (const one of bands) {
      if (one === band) one.setAttribute("aria-current", "true");
      else one.removeAttribute("aria-current");
    }
    clearTimeout(timer);
    timer = setTimeout(() => {
      writeAddress();
      const said = sections.map((section, at) => `${section.title} ${sums[at]}`).join(", ");
      $("td-score-spoken").textContent = `Score ${final}. ${band.dataset.title}. ${said}.`;
    }, 250);
  }

  // --- The filled table as a file ---

  function table() {
    const {sums, final, band} = scored();
    const rows = [form.dataset.columns.trim().split(" ")];
    for (const section of sections) {
      section.tests.forEach((test, at) => {
        const choice = chosen(test);
        rows.push([section.title, at + 1, test.title, choice.dataset.title, choice.dataset.points, test.evidence.value]);
      });
    }
    sections.forEach((section, at) => rows.push([section.title, "", form.dataset.sum, "", sums[at], ""]));
    rows.push(["All", "", form.dataset.final, band.dataset.title, final, ""]);
    return rows;
  }

  // --- What the reader does ---

  form.addEventListener("input", () => { problem(""); show(); });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(show));
  $("td-score-csv").addEventListener("click", () => teledesignCsv.save(table(), "ml-test-score.csv"));
  $("td-score-print").addEventListener("click", () => print());
  $("td-score-copy").addEventListener("click", async () => {
    writeAddress();
    try {
      await navigator.clipboard.writeText(location.href.split("#")[0] + state());
      $("td-score-copied").textContent = "Copied.";
    } catch {
      $("td-score-copied").textContent = "Copy the address of this page: it holds these answers.";
    }
  });
  for (const button of document.querySelectorAll("[data-fill]")) {
    button.addEventListener("click", () => {
      location.hash = button.dataset.fill;       // a step that the Back button takes back
      form.scrollIntoView();
    });
  }
  addEventListener("hashchange", () => { if (location.hash !== shown) { readAddress(); show(); } });

  readAddress();
  show();
})();
