// Tables as CSV files.  What a spreadsheet would run is made inert by an apostrophe in front, as in rendering/escapers.py.
"use strict";
const teledesignCsv = (() => {
  const INVISIBLE = /[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;
  const FORMULA = /^[\s'"\u00a0\ufeff]*[=+\-@\uff0b\uff0d\uff1d\uff20\u2212|%]|^[\t\r\n]/;

  /** One cell: numbers as they are, text inert, quoted where it must be. */
  function cell(value) {
    if (typeof value === "number") return String(value);
    const seen = String(value ?? "").replace(INVISIBLE, "");
    const inert = FORMULA.test(String(value ?? "")) ? `'${seen}` : seen;
    return /[",\r\n]/.test(inert) ? `"${inert.replace(/"/g, '""')}"` : inert;
  }

  const text = (rows) => rows.map((row) => row.map(cell).join(",") + "\n").join("");

  /** Hand a table to the reader as a file; the mark in front tells spreadsheets that it is UTF-8. */
  function save(rows, name) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(["\ufeff", text(rows)], {type: "text/csv"}));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  return {cell, text, save};
})();
