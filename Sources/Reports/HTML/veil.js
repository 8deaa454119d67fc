"use strict";
// A click shows a veiled picture, its body parts still blurred; the next one those too, where there are any; the last veils it.
document.addEventListener("click", (event) => {
  const veil = event.target.closest(".veil");
  if (!veil) return;
  const shown = veil.classList.contains("shown"), bare = veil.classList.contains("bare");
  if (!shown) veil.classList.add("shown");
  else if (!bare && veil.querySelector(".part")) veil.classList.add("bare");
  else veil.classList.remove("shown", "bare");
});
