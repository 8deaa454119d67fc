"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const slider = document.getElementById("sample"), readout = document.getElementById("readout");
  const lanes = document.getElementById("lanes"), cursor = document.getElementById("cursor");
  const video = document.getElementById("video"), chart = lanes.querySelector("svg");
  document.addEventListener("click", (event) => {
    const go = event.target.closest(".go");
    if (go) seek(Number(go.dataset.position));
  });
  if (data.positions.length === 0) return;
  document.getElementById("browser").hidden = false;
  cursor.hidden = false;

  const clock = (ms) => {
    const pad = (value) => String(value).padStart(2, "0");
    const whole = Math.floor(ms / 1000), hours = Math.floor(whole / 3600);
    const rest = ms % 1000 ? "." + String(ms % 1000).padStart(3, "0") : "";
    return (hours ? hours + ":" + pad(Math.floor(whole / 60) % 60) : Math.floor(whole / 60)) + ":" + pad(whole % 60) + rest;
  };
  const add = (parent, name, text) => {
    const element = document.createElement(name);
    if (text !== undefined) element.textContent = text;
    parent.append(element);
    return element;
  };
  // What was found, over its still.
  const outline = (veil, index) => {
    for (const [kind, label, left, top, right, bottom] of data.outlines[index] ?? []) {
      const box = add(veil, "span");
      box.className = "outline " + kind;
      box.classList.toggle("high", top < 0.15);
      const percent = (share) => 100 * share + "%";
      Object.assign(box.style, {
        left: percent(left), top: percent(top), width: percent(right - left), height: percent(bottom - top) });
      add(box, "span", label);
    }
  };
  const switches = document.getElementById("outlines");
  const toggleOutlines = () => {
    switches.setAttribute("aria-pressed", String(!document.body.classList.toggle("plain")));
  };
  if (switches) {
    for (const image of document.querySelectorAll("img[data-frame]")) outline(image.closest(".veil"), image.dataset.frame);
    switches.addEventListener("click", toggleOutlines);
    document.addEventListener("keydown", (event) => {
      if (event.key === "b" && !event.ctrlKey && !event.metaKey && !event.altKey) toggleOutlines();
    });
  }
  // Those in the tables are not in the data again.
  const inTables = new Map();
  for (const image of document.querySelectorAll("img[data-frame]")) inTables.set(Number(image.dataset.frame), image.src);
  const picture = (index) => inTables.get(index) ?? (data.pictures[index] && "data:image/jpeg;base64," + data.pictures[index]);
  const show = (index) => {
    slider.value = index;
    slider.setAttribute("aria-valuetext", clock(data.positions[index]) + ", " + data.decisions[index]);
    cursor.style.left = 100 * data.positions[index] / data.end + "%";
    readout.replaceChildren();
    const words = add(readout, "div");
    add(words, "strong", clock(data.positions[index]) + "  " + data.decisions[index]);
    for (const [category, scores] of Object.entries(data.scores)) {
      const score = scores[index];
      add(words, "div", category + ": " + (score === null ? "not known" : (100 * score).toFixed(1) + " %"));
    }
    if (data.hits[index]) add(words, "div", data.hits[index]);
    if (data.errors[index]) add(words, "div", data.errors[index]);
    let shown = index;
    while (shown > 0 && data.reused[shown] && !picture(shown)) shown -= 1;
    if (picture(shown)) {
      const veil = add(readout, "button");
      veil.className = "veil";
      veil.type = "button";
      veil.setAttribute("aria-label", "Show the picture");
      const image = add(veil, "img");
      image.src = picture(shown);
      image.alt = "picture at " + clock(data.positions[index]);
      outline(veil, shown);
      const found = (data.outlines[shown] ?? []).map(([, label]) => label);
      if (found.length) add(words, "div", "found: " + found.join("; "));
    }
  };
  // The last sample at or before the position.
  const at = (position) => {
    let low = 0, high = data.positions.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (data.positions[middle] <= position) low = middle; else high = middle - 1;
    }
    return low;
  };
  const seek = (position) => {
    show(at(position));
    if (video) video.currentTime = position / 1000;
  };
  const pointed = (event) => {
    const box = chart.getBoundingClientRect();
    return (event.clientX - box.left) / box.width * data.end;
  };
  slider.addEventListener("input", () => show(Number(slider.value)));
  slider.addEventListener("change", () => { if (video) video.currentTime = data.positions[slider.value] / 1000; });
  chart.addEventListener("pointermove", (event) => show(at(pointed(event))));
  chart.addEventListener("click", (event) => {
    const segment = event.target.dataset.segment;
    seek(segment === undefined ? pointed(event) : data.starts[segment]);
  });
  if (video) video.addEventListener("timeupdate", () => show(at(video.currentTime * 1000)));
  show(data.starts.length ? at(data.starts[0]) : 0);
})();
