// SQL over a sample of the log, in the reader's browser.  Nothing is loaded before the reader asks for it.  SQLite
// (sql.js) runs in a worker, so that a query without end can be stopped.  The worker is made from the text of its
// functions: from a disk a browser starts no worker by its address.
"use strict";
(() => {
  const $ = (id) => document.getElementById(id), root = $("td-sql");
  const SHOWN = 200, KEPT = 20000, LONGEST = 300;

  // --- In the worker: its text is taken as it stands here, so it names nothing from outside but initSqlJs ---

  function serve() {
    let database = null;

    /** Texts as a list; ids travel as the bytes of their hexadecimal digits. */
    function unpacked(texts) {
      if (Array.isArray(texts)) return texts;
      const hex = Array.from(atob(texts.bytes), (byte) => byte.charCodeAt(0).toString(16).padStart(2, "0")).join("");
      return Array.from({length: hex.length / texts.digits}, (_, at) => texts.prefix + hex.slice(at * texts.digits, (at + 1) * texts.digits));
    }

    /** The values of a column, row by row of the events that carry it. */
    function reader(column, origin) {
      const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
      let at = -1, now = origin;
      if ("same" in column) return () => column.same;
      if (column.steps_ms) return () => new Date((now += column.steps_ms[++at])).toISOString().slice(0, -1).replace("T", " ");
      if (!column.texts) {
        const values = unpacked(column.values);
        return () => values[++at];
      }
      const texts = unpacked(column.texts), codes = column.at || Array.from(column.letters, (letter) => LETTERS.indexOf(letter));
      return () => texts[codes[++at]] ?? null;
    }

    async function load({sample}) {
      const began = performance.now(), SQL = await initSqlJs({useOldExtensionFunctions: false});      // SQLite as it is
      database = new SQL.Database();
      const quoted = (name) => `"${name.replace(/"/g, '""')}"`;
      database.run(`CREATE TABLE log (${sample.columns.map((one) => `${quoted(one.name)} ${one.type}`).join(", ")})`);
      const origin = Date.parse(`${sample.origin}Z`);
      const readers = sample.columns.map((one) => reader(one, origin));
      const event = sample.columns.findIndex((one) => one.name === "event");
      const ways = sample.events.map((_, code) => {
        const carried = sample.columns.map((one, at) => at).filter((at) => !sample.columns[at].events || sample.columns[at].events.includes(code));
        const names = carried.map((at) => quoted(sample.columns[at].name));
        return {carried, insert: database.prepare(`INSERT INTO log (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`)};
      });
      const codes = new Map(sample.events.map((name, code) => [name, code]));
      database.run("BEGIN");
      for (let row = 0; row < sample.rows; row++) {
        const name = readers[event](), way = ways[codes.get(name)];
        way.insert.run(way.carried.map((at) => (at === event ? name : readers[at]())));
      }
      database.run("COMMIT");
      for (const way of ways) way.insert.free();
      database.run(sample.tidy);
      for (const name of ["event", "interaction_id", "session_id", "user_id"]) database.run(`CREATE INDEX tidy_${name} ON tidy (${name})`);
      return {rows: sample.rows, ms: performance.now() - began};
    }

    function run({sql, kept}) {
      const began = performance.now();
      let statements = 0, result = null;
      for (const statement of database.iterateStatements(sql)) {
        statements++;
        const columns = statement.getColumnNames(), rows = [];
        let more = false;
        while (statement.step()) {
          if (rows.length === kept) { more = true; break; }
          rows.push(statement.get());
        }
        if (columns.length) result = {columns, rows, more};
      }
      return {statements, result, ms: performance.now() - began};
    }

    const tasks = {load, run};
    onmessage = async ({data}) => {
      try { postMessage({done: await tasks[data.task](data)}); }
      catch (fault) { postMessage({fault: String((fault && fault.message) || fault)}); }
    };
  }

  // --- Loading, when the reader asks ---

  let Native = null, worker = null, starting = null, waiting = null, last = null;

  function script(address) {
    return new Promise((done, failed) => {
      const element = document.createElement("script");
      element.src = address;
      element.onload = done;
      element.onerror = () => failed(new Error(`${address.replace(/^.*\//, "")} could not be loaded. It belongs to this site: copy the whole folder`));
      document.body.append(element);
    });
  }

  /** One task of the worker; a second one waits for nobody, the desk asks one thing at a time. */
  function ask(task) {
    return new Promise((done, failed) => {
      waiting = {done, failed};
      worker.postMessage(task);
    });
  }

  function settle(how, what) {
    const one = waiting;
    waiting = null;
    if (one) one[how](what);
  }

  /** The browser's own Worker: on a disk the search's shim puts frames in its place, which could not be stopped. */
  function browserWorker() {
    if (Worker !== window.IFrameWorker) return Worker;
    const frame = document.createElement("iframe");
    frame.hidden = true;
    frame.title = "SQL";
    document.body.append(frame);       // it stays: its workers end with it
    return frame.contentWindow.Worker;
  }

  async function open() {
    const text = `var initSqlJsPromise; var initSqlJs = ${initSqlJs}; (${serve})();`;
    const address = URL.createObjectURL(new Blob([text], {type: "text/javascript"}));
    Native ??= browserWorker();
    worker = new Native(address);
    worker.onmessage = ({data}) => ("fault" in data ? settle("failed", new Error(data.fault)) : settle("done", data.done));
    worker.onerror = (fault) => settle("failed", new Error(fault.message || "the browser does not let this page start a worker"));
    const loaded = await ask({task: "load", sample: teledesignSample});
    URL.revokeObjectURL(address);
    return loaded;
  }

  function start() {
    starting ??= (async () => {
      const began = performance.now();
      $("td-sql-start").disabled = true;
      say("Loading the database and the sample …");
      problem("");
      try {
        await script(root.dataset.engine);
        await script(root.dataset.sample);
        const loaded = await open();
        $("td-sql-start").closest("p").hidden = true;
        $("td-sql-desk").hidden = false;
        root.dataset.ready = Math.round(performance.now() - began);
        say(`Ready: ${loaded.rows.toLocaleString("en-US")} rows in the tables log and tidy.`);
      } catch (fault) {
        starting = null;
        $("td-sql-start").disabled = false;
        say("");
        problem(`SQL did not start: ${fault.message}.`);
        throw fault;
      }
    })();
    return starting;
  }

  // --- What is said ---

  const say = (text) => { $("td-sql-status").textContent = text; };

  function problem(text) {
    $("td-sql-problem").textContent = text;
    $("td-sql-problem").hidden = !text;
  }

  const HINTS = [
    [/no such function: (median|quantile|percentile|mode)/i, "SQLite has none; question 4 shows how to do without."],
    [/no such function: (epoch|date_\w+|strptime|least|greatest|list|string_agg|any_value|hour|isodow)/i, "That is DuckDB's; in SQLite there are julianday, strftime, and min or max of two values."],
    [/no such table/i, "The tables are log and tidy."],
    [/no such column/i, "Tables and columns, below, lists what there is."],
    [/ambiguous column/i, "Write the table in front of it, as in s.user_id."],
    [/incomplete input/i, "Something is still open: a bracket, a quote, or the end of a WITH."],
    [/already exists/i, "Drop it first, or take another name."],
  ];

  /** SQLite's message as one sentence, with a hint where we have one. */
  function inWords(message) {
    const hint = HINTS.find(([pattern]) => pattern.test(message));
    return `SQLite says: ${message.replace(/\.$/, "")}.${hint ? ` ${hint[1]}` : ""}`;
  }

  const inBytes = (value) => `${value.length} bytes`;

  function shownCell(value) {
    if (value === null) return "";
    if (ArrayBuffer.isView(value)) return inBytes(value);
    if (typeof value !== "number") return value.length > LONGEST ? `${value.slice(0, LONGEST)}…` : value;
    if (Number.isInteger(value)) return value.toLocaleString("en-US");
    return Math.abs(value) >= 1000 ? value.toLocaleString("en-US", {maximumFractionDigits: 1}) : String(Number(value.toPrecision(4)));
  }

  function showResult({columns, rows, more}) {
    const table = $("td-sql-table"), head = document.createElement("thead"), body = document.createElement("tbody"), caption = document.createElement("caption");
    const top = head.insertRow();
    for (const [at, name] of columns.entries()) {
      const cell = document.createElement("th");
      cell.scope = "col";
      cell.textContent = name;
      if (rows.length && typeof rows[0][at] === "number") cell.className = "td-number";
      top.append(cell);
    }
    for (const row of rows.slice(0, SHOWN)) {
      const line = body.insertRow();
      for (const value of row) {
        const cell = line.insertCell();
        cell.textContent = shownCell(value);
        if (typeof value === "number") cell.className = "td-number";
      }
    }
    const all = `${rows.length.toLocaleString("en-US")}${more ? " or more" : ""}`;
    caption.textContent = rows.length > SHOWN || more ? `The first ${Math.min(SHOWN, rows.length)} of ${all} rows` : `${all} ${rows.length === 1 ? "row" : "rows"}`;
    table.replaceChildren(caption, head, body);
    $("td-sql-result").hidden = false;
  }

  // --- What the reader does ---

  async function run() {
    const sql = $("td-sql-text").value;
    if (waiting) return;
    problem("");
    if (!sql.trim()) return problem("There is nothing to run. Write a query, or try one of the five questions.");
    $("td-sql-run").disabled = true;
    $("td-sql-stop").disabled = false;
    say("Running …");
    try {
      const {statements, result, ms} = await ask({task: "run", sql, kept: KEPT});
      last = result;
      $("td-sql-csv").disabled = !result;
      $("td-sql-result").hidden = !result;
      if (result) showResult(result);
      const time = ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
      if (result) say(`${$("td-sql-table").caption.textContent}, in ${time}.${result.more ? ` Only ${KEPT.toLocaleString("en-US")} are kept.` : ""}`);
      else say(statements ? `Done in ${time}; this gives no rows.` : "There is only a comment; nothing was run.");
    } catch (fault) {
      say("");
      problem(fault.stopped ? fault.message : inWords(fault.message));
    }
    $("td-sql-run").disabled = false;
    $("td-sql-stop").disabled = true;
  }

  async function stop() {
    if (!waiting) return;
    worker.terminate();
    settle("failed", Object.assign(new Error("Stopped. The tables are as at the start; those you made are gone."), {stopped: true}));
    say("Starting again …");
    await open();
    say("Ready again.");
    $("td-sql-text").focus();
  }

  /** Put a text into the editor, so that the browser's own undo brings back what was there. */
  function write(sql) {
    const editor = $("td-sql-text");
    editor.focus();
    editor.select();
    if (!document.execCommand("insertText", false, sql)) editor.value = sql;
    editor.setSelectionRange(0, 0);
    editor.scrollTop = 0;
  }

  const questions = [...document.querySelectorAll(".td-question")];
  const sqlOf = (question) => question.querySelector("pre code").textContent.trim();

  $("td-sql-start").addEventListener("click", async () => {
    await start().catch(() => {});
    if (!worker || $("td-sql-desk").hidden) return;
    write(questions.length ? sqlOf(questions[0]) : "SELECT event, count(*) AS n FROM tidy GROUP BY event ORDER BY n DESC;");
  });
  $("td-sql-run").addEventListener("click", run);
  $("td-sql-stop").addEventListener("click", stop);
  $("td-sql-csv").addEventListener("click", () => teledesignCsv.save([last.columns, ...last.rows.map((row) => row.map((value) => (ArrayBuffer.isView(value) ? inBytes(value) : value)))], `${root.dataset.file}-result.csv`));
  $("td-sql-text").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); run(); }
  });
  for (const question of questions) {
    const button = question.querySelector(".td-try");
    button.hidden = false;
    button.addEventListener("click", async () => {
      root.scrollIntoView();
      try { await start(); } catch { return; }
      write(sqlOf(question));
      run();
    });
  }
  root.hidden = false;
})();
