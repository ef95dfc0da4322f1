// Switches signals off and says what goes dark. The numbers stand in the page, worked out when the site was built.
(() => {
  const form = document.getElementById("td-dark");
  const verdict = document.getElementById("td-verdict");
  const incidents = [...document.querySelectorAll("#td-incidents [data-needs]")];
  const metrics = [...document.querySelectorAll("[data-metric]")];

  const words = (text) => (text ? text.split(" ") : []);
  const spaced = (name) => name.replaceAll("_", " ");
  const said = (days) => `${days.toLocaleString("en")} ${days === 1 ? "day" : "days"}`;

  // What is not there of the events needed, and of the slices that one of some events must carry.
  const missing = (needs, any, there) => {
    const slices = (any ? any.split(";") : []).map((part) => part.split(":"));
    return [
      ...words(needs).filter((event) => !there.has(event)),
      ...slices.filter(([, events]) => !events.split(",").some((event) => there.has(event))).map(([name]) => spaced(name)),
    ];
  };

  // Whole days until so many rows are there; a hair's breadth above a whole day is that day, as the build reckons.
  const daysFor = (rows, daily, rate) => {
    const days = rows / (daily * rate);
    return Math.max(1, Math.ceil(days - 1e-9 * days));
  };

  const stateOf = (one, there, rate, kept) => {
    const { needs, any, decoy, decoyAny, misled, signal, logDays, rows, daily, lasts } = one.dataset;
    if (!signal) return ["none", "no metric shows it"];
    const gone = there.size ? missing(needs, any, there) : ["rows"];
    if (gone.length) {
      const misleads = misled && there.size && !missing(decoy, decoyAny, there).length;
      return [misleads ? "misled" : "dark", `dark without ${gone.join(", ")}${misleads ? "; what misleads is left" : ""}`];
    }
    if (Number(logDays) > kept) return ["dark", `dark: needs rows of ${said(Number(logDays))}`];
    if (!rows) return ["shows", "shows; how soon is not worked out"];
    const days = daysFor(Number(rows), Number(daily), rate);
    if (lasts && days > Math.max(1, Number(lasts))) return ["dark", "dark: over before it shows"];
    if (days > kept) return ["dark", `dark: needs rows of ${said(days)}`];
    return ["shows", days > 1 ? `shows after ${said(days)}` : "shows within a day"];
  };

  const show = (box, [state, text]) => {
    const place = box.querySelector(".td-state");
    place.textContent = text;
    place.dataset.state = state;
    return state;
  };

  const update = () => {
    const there = new Set([...form.querySelectorAll("input:checked")].map((box) => box.value));
    const rate = Number(document.getElementById("td-rate").value);
    const kept = Number(document.getElementById("td-kept").value);
    const states = incidents.map((one) => show(one, stateOf(one, there, rate, kept)));
    const seen = metrics.map((one) => {
      const gone = there.size ? missing(one.dataset.needs, "", there) : ["rows"];
      const long = Number(one.dataset.window) > kept;
      if (gone.length) return show(one, ["dark", `gone without ${gone.join(", ")}`]);
      return show(one, long ? ["dark", "gone: its window is longer than rows are kept"] : ["shows", ""]);
    });
    const count = (list, ...wanted) => list.filter((state) => wanted.includes(state)).length;
    const misled = count(states, "misled");
    verdict.textContent =
      `${count(states, "shows")} of ${states.length} kinds of incident would show, ${count(states, "dark", "misled")} are dark` +
      `${misled ? `, and of ${misled} only what misleads is left` : ""}. ` +
      `${count(seen, "shows")} of ${seen.length} metrics can be computed.`;
  };

  form.addEventListener("change", update);
  document.getElementById("td-all").addEventListener("click", () => {
    form.reset();
    update();
  });
  update();
})();
