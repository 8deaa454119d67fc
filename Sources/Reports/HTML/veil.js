"use strict";
document.addEventListener("click", (event) => {
  const veil = event.target.closest(".veil");
  if (veil) veil.classList.toggle("shown");
});
