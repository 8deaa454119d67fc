"use strict";
(() => {
  const table = document.getElementById("results"), body = table.tBodies[0];
  const heads = [...table.tHead.rows[0].cells];
  const key = (row, column) => row.cells[column].dataset.key ?? row.cells[column].textContent;
  for (const [column, head] of heads.entries()) {
    head.firstElementChild.addEventListener("click", () => {
      const order = head.getAttribute("aria-sort") === "ascending" ? "descending" : "ascending";
      for (const other of heads) other.setAttribute("aria-sort", "none");
      head.setAttribute("aria-sort", order);
      const sign = order === "ascending" ? 1 : -1;
      const rows = [...body.rows].sort((one, other) =>
        sign * key(one, column).localeCompare(key(other, column), "en", { numeric: true }));
      body.append(...rows);
    });
  }
})();
