"use strict";
(() => {
  // The page is complete without this: it filters, sorts, saves what is shown, and keeps that in the address.
  const root = document.documentElement;
  const state = new URLSearchParams(/^#[\w.]+=/.test(location.hash) ? location.hash.slice(1) : "");

  const remember = () => {
    const text = state.toString();
    history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
  };
  const keep = (name, value) => {
    if (value) state.set(name, value); else state.delete(name);
    remember();
  };

  const theme = document.getElementById("theme");
  const dark = () => root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const label = () => { theme.textContent = dark() ? "Light theme" : "Dark theme"; };
  if (["dark", "light"].includes(state.get("theme"))) root.dataset.theme = state.get("theme");
  theme.hidden = false;
  theme.addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    keep("theme", root.dataset.theme);
    label();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", label);
  label();

  const text = (cell) => cell.textContent.trim();
  // What begins a formula in a spreadsheet gets an apostrophe before it.
  const cell = (value) => {
    const safe = /^[ \u00a0\ufeff]*[=+\-@\t\r\n|%\uff1d\uff0b\uff0d\uff20]/.test(value) ? `'${value}` : value;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const collator = new Intl.Collator("en", { numeric: true });
  // A screen of rows is laid out at once, the others soon after, so many at a time: all at once would take a second.
  const FIRST = 60, STEP = 120;

  for (const tools of document.querySelectorAll(".tools")) {
    const name = tools.dataset.for;
    const table = document.getElementById(`${name}-table`);
    const body = table.tBodies[0];
    const rows = [...body.rows];
    const texts = new Map();
    const search = tools.querySelector("input");
    const selects = [...tools.querySelectorAll("select")];
    const count = document.getElementById(`${name}-count`);
    const lower = (row) => {
      if (!texts.has(row)) texts.set(row, row.textContent.toLowerCase());
      return texts.get(row);
    };
    let later = [], pending = 0;
    const showLater = (number) => {
      for (const row of later.splice(0, number)) row.classList.remove("later");
      if (later.length) pending = setTimeout(showLater, 20, STEP);
    };
    const layOut = (shown) => {
      clearTimeout(pending);
      for (const row of later) row.classList.remove("later");
      later = shown.slice(FIRST);
      for (const row of later) row.classList.add("later");
      if (later.length) pending = setTimeout(showLater, 80, STEP);
    };
    const isShown = (row, words, chosen) =>
      words.every((word) => lower(row).includes(word)) &&
      chosen.every(([column, value]) => (row.cells[column].dataset.v ?? text(row.cells[column])) === value);
    const filter = () => {
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      const chosen = selects.filter((select) => select.value).map((select) => [select.dataset.column, select.value]);
      for (const row of rows) {
        const visible = isShown(row, words, chosen);
        if (row.hidden === visible) row.hidden = !visible;
      }
      const shown = [...body.rows].filter((row) => !row.hidden);
      layOut(shown);
      count.textContent = `${shown.length} of ${rows.length} rows`;
    };
    const keys = new Map();
    const keysOf = (column) => {
      if (!keys.has(column)) keys.set(column, new Map(rows.map((row) => [row, text(row.cells[column])])));
      return keys.get(column);
    };
    const order = (column, direction) => {
      const sorted = [...rows];
      if (direction) {
        const of = keysOf(column);
        sorted.sort((a, b) => direction * collator.compare(of.get(a), of.get(b)));
      }
      // Rows are moved faster where nobody looks.
      body.remove();
      body.append(...sorted);
      layOut(sorted.filter((row) => !row.hidden));
      table.append(body);
      for (const [index, head] of [...table.tHead.rows[0].cells].entries()) {
        if (index === column && direction) head.setAttribute("aria-sort", direction > 0 ? "ascending" : "descending");
        else head.removeAttribute("aria-sort");
      }
    };
    const sortBy = (value) => {
      const [column, direction] = (value || "").split(".").map(Number);
      order(Number.isInteger(column) ? column : -1, direction || 0);
    };
    for (const [index, head] of [...table.tHead.rows[0].cells].entries()) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = head.textContent;
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const now = head.getAttribute("aria-sort");
        const next = now === "ascending" ? `${index}.-1` : now === "descending" ? "" : `${index}.1`;
        keep(`${name}.sort`, next);
        sortBy(next);
      });
    }
    let waiting = 0;
    const changed = (control) => {
      cancelAnimationFrame(waiting);
      waiting = requestAnimationFrame(() => {
        keep(`${name}.${control.name}`, control.value);
        filter();
      });
    };
    for (const control of [search, ...selects]) {
      control.value = state.get(`${name}.${control.name}`) ?? "";
      control.addEventListener("input", () => changed(control));
    }
    tools.querySelector(".save").addEventListener("click", () => {
      const lines = [table.tHead.rows[0], ...[...body.rows].filter((row) => !row.hidden)].map((row) =>
        [...row.cells].map((each) => cell(text(each).replace(/\s+/g, " "))).join(","));
      const address = URL.createObjectURL(new Blob([lines.join("\r\n"), "\r\n"], { type: "text/csv" }));
      const link = document.createElement("a");
      link.href = address;
      link.download = `email-${name}.csv`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(address), 1000);
    });
    addEventListener("hashchange", () => {
      // A link to a row shows it, whatever is filtered.
      const row = document.getElementById(location.hash.slice(1));
      if (!row || !rows.includes(row) || !(row.hidden || row.classList.contains("later"))) return;
      showLater(later.length);
      row.hidden = false;
      row.scrollIntoView();
    });
    addEventListener("beforeprint", () => showLater(later.length));
    tools.hidden = false;
    if (state.get(`${name}.sort`)) sortBy(state.get(`${name}.sort`));
    filter();
  }
  addEventListener("keydown", (event) => {
    const search = document.querySelector("#values-tools input");
    if (event.key === "/" && search && !/^(input|select|textarea)$/i.test(event.target.tagName)) {
      event.preventDefault();
      search.focus();
    }
  });
  document.body.dataset.ready = "yes";
})();
