"use strict";
(() => {
  const cards = document.getElementById("cards"), next = document.getElementById("next");
  const said = document.getElementById("said"), session = document.getElementById("session");
  const help = document.getElementById("help"), keys = document.getElementById("keys");
  keys.hidden = false;
  keys.addEventListener("click", () => help.showModal());
  const current = () => cards.querySelector(".case");
  // One request after the other, so that cards come in the order of the decisions.
  let queue = Promise.resolve();
  let waiting = 0;

  const parsed = (html) => {
    const holder = document.createElement("template");
    holder.innerHTML = html;
    return holder.content;
  };
  const preload = () => { for (const image of next.content.querySelectorAll("img")) new Image().src = image.src; };
  // Shows the card that is there already.
  const advance = () => {
    const card = next.content.querySelector(".case");
    cards.replaceChildren(...next.content.childNodes);
    document.dispatchEvent(new CustomEvent("card", { detail: card ? card.dataset.case : "" }));
  };
  const post = (address, fields) => fetch(address, { method: "POST", body: new URLSearchParams(fields), redirect: "error" });
  const fieldsOf = (form) => Object.fromEntries(new FormData(form));
  const refill = async (response) => {
    const text = await response.text();
    if (!response.ok) {
      said.textContent = parsed(text).querySelector("[role=alert]")?.textContent ?? "The server does not answer as it should.";
      if (response.status === 403 || response.status === 401) return;
      const besides = current()?.dataset.case ?? "";
      const query = new URLSearchParams({ ...fieldsOf(session), besides });
      query.delete("csrf");
      return refill(await fetch("/review/next?" + query));
    }
    next.innerHTML = text;
    if (!next.content.querySelector(".case")) return;
    if (current()) preload(); else { advance(); next.innerHTML = ""; enqueue(more); }
  };
  const more = async () => {
    const query = new URLSearchParams({ ...fieldsOf(session), besides: current()?.dataset.case ?? "" });
    query.delete("csrf");
    const response = await fetch("/review/next?" + query);
    if (!response.ok) return;
    next.innerHTML = await response.text();
    preload();
  };
  const enqueue = (work) => {
    waiting += 1;
    queue = queue.then(work).catch(() => { said.textContent = "The server cannot be reached; reload the page."; }).finally(() => { waiting -= 1; });
    return queue;
  };
  const decide = (name) => {
    const card = current();
    if (!card) return;
    const form = card.querySelector("form[action$='/" + name + "']");
    const fields = fieldsOf(form);
    const act = () => {
      const shown = current()?.dataset.case;
      return post(form.action, { ...fields, fragment: "1", besides: shown && shown !== card.dataset.case ? shown : "" }).then(refill);
    };
    said.textContent = "";
    if (next.content.querySelector(".case")) {
      advance();
      next.innerHTML = "";
      enqueue(act);
    } else {
      // Nothing is there yet: the answer brings it.
      card.remove();
      enqueue(act).then(() => { if (!current()) cards.replaceChildren(...next.content.childNodes); });
    }
  };
  const skip = () => {
    const card = current();
    if (!card || !next.content.querySelector(".case")) return;
    advance();
    next.innerHTML = "";
    enqueue(() => post("/review/cases/" + card.dataset.case + "/skip", { ...fieldsOf(session), fragment: "1", besides: current()?.dataset.case ?? "" }).then(refill));
  };
  const undo = () => enqueue(async () => {
    const response = await post("/review/undo", { ...fieldsOf(session), fragment: "1" });
    const text = await response.text();
    if (!response.ok) {
      said.textContent = parsed(text).querySelector("[role=alert]")?.textContent ?? "";
      return;
    }
    if (current()) next.content.replaceChildren(current());
    cards.replaceChildren(parsed(text));
    said.textContent = "Taken back.";
    document.dispatchEvent(new CustomEvent("card", { detail: current()?.dataset.case ?? "" }));
  });
  const unveil = () => {
    const veils = [...(current()?.querySelectorAll(".veil") ?? [])];
    const show = veils.some((veil) => !veil.classList.contains("shown"));
    for (const veil of veils) veil.classList.toggle("shown", show);
  };
  cards.addEventListener("submit", (event) => {
    event.preventDefault();
    decide(event.target.action.split("/").pop());
  });
  session.addEventListener("submit", (event) => {
    event.preventDefault();
    undo();
  });
  document.addEventListener("click", (event) => event.target.closest(".veil")?.classList.toggle("shown"));
  const actions = {
    a: () => decide("approve"), r: () => decide("reject"), e: () => decide("escalate"), n: skip, z: undo, u: unveil,
    c: () => current()?.querySelector("select[name=present]")?.focus(), "?": () => help.showModal(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || help.open) return;
    const field = event.target instanceof Element ? event.target.closest("input, textarea, select") : null;
    // A list that a key has opened gives the keys back with Enter or Escape.
    if (field?.matches("select") && ["Enter", "Escape"].includes(event.key)) field.blur();
    if (field) return;
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });
  // Whoever leaves the page open keeps what is on it.
  setInterval(() => { if (current()) post("/review/renew", fieldsOf(session)); }, 45000);
  preload();
  document.dispatchEvent(new CustomEvent("card", { detail: current()?.dataset.case ?? "" }));
})();
