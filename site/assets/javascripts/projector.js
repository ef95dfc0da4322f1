// Shows one part of a class at a time, large, with its clock. The plans stand in the page; nothing is kept or sent.
(() => {
  const part = (name) => document.getElementById(name);
  const stage = part("td-stage");
  const clock = part("td-clock");
  const run = part("td-run");
  const wall = part("td-wall");
  let phases = [];
  let at = 0;
  let ends = null; // the moment the clock reads zero, while it runs
  let left = 0; // milliseconds, while it stands
  let told = new Set();

  const remaining = () => (ends === null ? left : ends - Date.now());
  const minutes = () => Number(phases[at].dataset.minutes);
  const say = (text) => {
    part("td-heard").textContent = text;
  };
  const counted = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;
  const shown = (time) => {
    const seconds = Math.abs(time > 0 ? Math.ceil(time / 1000) : Math.trunc(time / 1000));
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  };

  const tick = () => {
    const time = remaining();
    const over = time <= 0;
    clock.textContent = over ? `+${shown(time)}` : shown(time);
    stage.dataset.state = over ? "over" : time <= 60_000 ? "last" : "";
    part("td-clock-note").textContent = over ? "Time is up" : ends === null && time < minutes() * 60_000 ? "Paused" : "";
    part("td-clock-bar").style.inlineSize = `${Math.max(0, Math.min(100, time / (minutes() * 600)))}%`;
    run.textContent = ends === null ? "Start" : "Pause";
    const due = over ? "Time is up." : time <= 60_000 && minutes() > 1 ? "One minute left." : "";
    if (ends !== null && due && !told.has(due)) {
      told.add(due);
      say(due);
    }
  };

  const set = (running) => {
    left = minutes() * 60_000;
    ends = running ? Date.now() + left : null;
    told = new Set();
    tick();
  };

  const go = (to) => {
    at = Math.max(0, Math.min(phases.length - 1, to));
    const phase = phases[at];
    const title = phase.querySelector("h3").cloneNode(true);
    title.querySelectorAll(".td-badge, .headerlink").forEach((one) => one.remove());
    part("td-stage-title").textContent = title.textContent.trim();
    part("td-stage-body").replaceChildren(...[...phase.querySelector(".td-phase").children].map((one) => one.cloneNode(true)));
    const total = phases.reduce((sum, one) => sum + Number(one.dataset.minutes), 0);
    part("td-stage-at").textContent = `Part ${at + 1} of ${phases.length}, from minute ${phase.dataset.begins} of ${total}`;
    part("td-before").disabled = at === 0;
    part("td-after").disabled = at === phases.length - 1;
    set(ends !== null);
    say(`Part ${at + 1} of ${phases.length}: ${part("td-stage-title").textContent}, ${counted(minutes(), "minute")}.`);
  };

  const choose = (plan) => {
    phases = [...document.querySelectorAll(`.td-plan[data-plan="${plan}"] > li`)];
    ends = null;
    go(0);
  };

  const startOrPause = () => {
    if (ends === null) {
      ends = Date.now() + left;
      say(`Started: ${shown(left)} left.`);
    } else {
      left = remaining();
      ends = null;
      say(`Paused at ${left > 0 ? shown(left) : `${shown(left)} over`}.`);
    }
    tick();
  };

  const reset = () => {
    set(false);
    say(`Set back to ${counted(minutes(), "minute")}.`);
  };

  const fill = (on) => {
    document.documentElement.classList.toggle("td-on-wall", on);
    wall.setAttribute("aria-pressed", String(on));
    wall.textContent = on ? "Leave the full screen" : "Fill the screen";
    if (on && !document.fullscreenElement) document.documentElement.requestFullscreen?.().catch(() => {});
    if (!on && document.fullscreenElement) document.exitFullscreen();
    stage.focus();
  };

  const keys = {
    " ": startOrPause,
    ArrowRight: () => go(at + 1),
    ArrowLeft: () => go(at - 1),
    Home: () => go(0),
    Backspace: reset,
    Escape: () => document.documentElement.classList.contains("td-on-wall") && fill(false),
  };

  stage.addEventListener("keydown", (event) => {
    const pressed = keys[event.key];
    const ownKey = event.key === " " && event.target.closest("button");
    if (!pressed || ownKey || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    pressed();
  });
  run.addEventListener("click", startOrPause);
  part("td-again").addEventListener("click", reset);
  part("td-before").addEventListener("click", () => go(at - 1));
  part("td-after").addEventListener("click", () => go(at + 1));
  wall.addEventListener("click", () => fill(wall.getAttribute("aria-pressed") !== "true"));
  document.addEventListener("fullscreenchange", () => {
    if (!document.fullscreenElement && wall.getAttribute("aria-pressed") === "true") fill(false);
  });
  for (const choice of document.querySelectorAll("input[name=plan]")) {
    choice.addEventListener("change", () => choose(choice.value));
  }

  stage.hidden = false;
  part("td-stage-set").hidden = false;
  choose(document.querySelector("input[name=plan]:checked").value);
  setInterval(tick, 200);
})();
