"use strict";
// Tables sort by the heads of their columns and filter by words. Without this script they are tables.
for (const table of document.querySelectorAll("table.sort")) {
  const body = table.tBodies[0];
  const key = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.v ?? cell.dataset.value ?? cell.textContent.trim();
  };
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    if (!head.textContent || body.rows.length < 2) return;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      // Numbers begin with the largest, words with the first.
      const now = head.getAttribute("aria-sort");
      const falling = now ? now === "ascending" : head.classList.contains("n");
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", falling ? "descending" : "ascending");
      const rows = [...body.rows].map((row) => [key(row, column), row]);
      const numbers = rows.every(([value]) => value === "" || Number.isFinite(Number(value)));
      const order = (a, b) => (numbers ? Number(a || -Infinity) - Number(b || -Infinity) : String(a).localeCompare(String(b), undefined, { numeric: true }));
      rows.sort(([a], [b]) => (falling ? order(b, a) : order(a, b)));
      body.append(...rows.map(([, row]) => row));
    });
  });
  if (body.rows.length < 12 && !table.closest("#points")) continue;
  const label = document.createElement("label");
  label.className = "filter";
  const input = document.createElement("input");
  input.type = "search";
  input.setAttribute("aria-label", "Filter: " + table.caption.textContent);
  const told = document.createElement("span");
  told.setAttribute("role", "status");
  label.append("Filter", input, told);
  table.parentElement.before(label);
  input.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let left = 0;
    for (const row of body.rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every((word) => text.includes(word));
      left += row.hidden ? 0 : 1;
    }
    told.textContent = words.length ? left + " of " + body.rows.length : "";
  });
}
// A map tells the point, the day and the share under the pointer. A share is how opaque its pixel is.
for (const map of document.querySelectorAll("figure.map")) {
  const image = map.querySelector("img");
  const names = map.querySelectorAll(".names li");
  const tip = document.createElement("div");
  tip.className = "tip";
  tip.hidden = true;
  image.parentElement.append(tip);
  let pixels;
  image.addEventListener("pointermove", (event) => {
    const width = Number(map.dataset.days);
    const height = Number(map.dataset.rows);
    if (!pixels) {
      const canvas = document.createElement("canvas");
      canvas.width = width;
      canvas.height = height;
      const context = canvas.getContext("2d");
      context.drawImage(image, 0, 0);
      pixels = context.getImageData(0, 0, width, height).data;
    }
    const box = image.getBoundingClientRect();
    const day = Math.min(width - 1, Math.max(0, Math.floor(((event.clientX - box.left) / box.width) * width)));
    const row = Math.min(height - 1, Math.max(0, Math.floor(((event.clientY - box.top) / box.height) * height)));
    const alpha = pixels[4 * (row * width + day) + 3];
    const share = alpha === 0 ? "none" : alpha < 66 ? "no rows" : Math.ceil(((alpha - 70) * 100) / 185) + "%";
    const date = new Date(map.dataset.first + "T00:00:00Z");
    date.setUTCDate(date.getUTCDate() + day);
    tip.textContent = names[row].textContent + ", " + date.toISOString().slice(0, 10) + ": " + share;
    tip.hidden = false;
    const left = event.clientX - box.left;
    tip.style.left = Math.min(left + 12, box.width - tip.offsetWidth) + "px";
    tip.style.top = event.clientY - box.top + 16 + "px";
  });
  image.addEventListener("pointerleave", () => (tip.hidden = true));
}
