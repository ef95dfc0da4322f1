// Names what the theme leaves nameless, so that a screen reader can say it.
document.addEventListener("DOMContentLoaded", () => {
  document.querySelector(".md-search")?.setAttribute("aria-label", "Search");
  // Sections with an overview page share an empty label in the theme's drawer; their titles tell them apart.
  for (const section of document.querySelectorAll("nav.md-nav[aria-labelledby]")) {
    const title = section.querySelector(":scope > .md-nav__title")?.textContent.trim();
    if (title) {
      section.removeAttribute("aria-labelledby");
      section.setAttribute("aria-label", title);
    }
  }
  for (const box of document.querySelectorAll(".task-list-item input[type=checkbox]")) {
    box.setAttribute("aria-label", box.closest("li").textContent.trim());
  }
});
// Drawer and search are shut when a page is shown, also one that the browser remembers with them open.
addEventListener("pageshow", () => {
  for (const toggle of document.querySelectorAll("#__drawer, #__search")) toggle.checked = false;
});
// Lets the keyboard scroll a table that is wider than the screen; the theme wraps tables after the page has loaded.
const reachable = () => {
  for (const [at, box] of document.querySelectorAll(".md-typeset__scrollwrap").entries()) {
    if (box.scrollWidth > box.clientWidth) {
      box.tabIndex = 0;
      box.setAttribute("role", "region");
      box.setAttribute("aria-label", `Table ${at + 1}`);
    } else {
      box.removeAttribute("tabindex");
      box.removeAttribute("role");
      box.removeAttribute("aria-label");
    }
  }
};
addEventListener("load", () => requestAnimationFrame(reachable));
// The buttons that copy a piece of code stand in landmarks without names, one for each; a button is enough.
addEventListener("load", () =>
  requestAnimationFrame(() => {
    for (const box of document.querySelectorAll(".md-code__nav")) box.setAttribute("role", "presentation");
  }),
);
addEventListener("resize", reachable);
