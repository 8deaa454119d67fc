"use strict";
for (const part of document.querySelectorAll("[data-events]")) {
  const source = new EventSource(part.dataset.events);
  source.addEventListener("update", (event) => {
    // The server's own markup; scripts in it would not run, by the page's policy.
    const focused = part.contains(document.activeElement) ? document.activeElement.id : "";
    part.innerHTML = event.data;
    if (focused) document.getElementById(focused)?.focus();
  });
  source.addEventListener("over", () => {
    source.close();
    // What belongs to a run in progress goes, and what can be said of a finished one comes.
    if (document.getElementById("stop")) location.reload();
  });
}
