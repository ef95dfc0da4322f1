// Names what the theme leaves nameless, so that a screen reader can say it.
document.addEventListener("DOMContentLoaded", () => {
  document.querySelector(".md-search")?.setAttribute("aria-label", "Search");
  for (const box of document.querySelectorAll(".task-list-item input[type=checkbox]")) {
    box.setAttribute("aria-label", box.closest("li").textContent.trim());
  }
});
