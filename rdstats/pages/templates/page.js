"use strict";
// The page's own script: unfolds its data, draws its figures when they are scrolled to, lights up
// a class, a model or a condition everywhere, sorts and filters tables. It asks no network.
(async () => {
  const $ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const unpack = async (id) => {
    const letters = atob(document.getElementById(id).textContent.trim());
    const bytes = Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return JSON.parse(await new Response(stream).text());
  };
  const tables = new Map();
  const rowsOf = (name) => {
    if (!tables.has(name)) {
      tables.set(name, unpack(`data-${name}`).then(({ length, columns }) => {
        const rows = Array.from({ length }, () => ({}));
        for (const [column, held] of Object.entries(columns)) {
          for (let place = 0; place < length; place++) {
            rows[place][column] = held.codes
              ? (held.codes[place] < 0 ? null : held.names[held.codes[place]]) : held[place];
          }
        }
        return rows;
      }));
    }
    return tables.get(name);
  };
  const { figures, choices, light, dark } = await unpack("page-figures");
  const views = new Map();
  const lit = { class: "", model: "", condition: "" };
  const chosen = () => choices[Number($("#panels")[0]?.value ?? 0)];
  const ink = matchMedia("(prefers-color-scheme: dark)");
  const most = () => ($("#all-classes")[0]?.checked ? 1e9 : 40);

  async function draw(figure) {
    const place = document.getElementById(`figure-${figure.name}`);
    const turn = (figure.turn = (figure.turn ?? 0) + 1);
    const spec = structuredClone(figure.spec);
    let rows = await rowsOf(figure.table);
    const choice = chosen();
    if (choice) {
      const names = new Map(choice.panels.map(([key, label]) => [key.join("\n"), label]));
      rows = rows
        .map((row) => ({ ...row, panel: names.get([row.study, row.dataset, row.architecture, row.method].join("\n")) }))
        .filter((row) => row.panel !== undefined);
      const there = new Set(rows.map((row) => row.panel));
      const order = choice.panels.map(([, label]) => label).filter((label) => there.has(label));
      if (spec.facet?.column) {
        rows = rows.map((row) => ({ ...row, column: order.indexOf(row.panel) }));
        spec.facet.column.header.labelExpr = `${JSON.stringify(order)}[datum.value]`;
      } else if (spec.facet) spec.facet.sort = order;
    }
    spec.data = { name: figure.table };
    spec.datasets = { [figure.table]: rows };
    const step = spec.spec?.width?.step, ratios = new Set(rows.map((row) => row.ratio)).size;
    const width = step ? step * ratios + 30 : (spec.spec?.width ?? 0) + 40;
    if (spec.columns) spec.columns = Math.max(1, Math.min(5, Math.floor((place.clientWidth - 90) / width)));
    for (const param of spec.params ?? []) {
      if (param.name.startsWith("lit_")) param.value = lit[param.name.slice(4)];
      if (param.name === "most_classes") param.value = most();
    }
    const box = document.createElement("div");
    const { view } = await vegaEmbed(box, spec, {
      config: ink.matches && !printing ? dark : light,
      actions: { export: true, source: false, compiled: false, editor: false },
      renderer: figure.canvas ? "canvas" : "svg",
      tooltip: { theme: ink.matches ? "dark" : "light" },
      downloadFileName: figure.name,
    });
    // Vega calls groups that hold marks symbols, which a screen reader would announce without a name.
    for (const group of $("[role='graphics-symbol']:not([aria-label])", box)) {
      group.removeAttribute("role");
      group.removeAttribute("aria-roledescription");
    }
    if (turn !== figure.turn) return view.finalize();
    views.get(figure.name)?.finalize();
    views.set(figure.name, view);
    place.replaceChildren(box);
    place.style.minHeight = "0";
    view.addEventListener("click", (_event, item) => item?.datum && light_up(item.datum));
    place.dataset.drawn = "yes";
  }

  function light_up(datum) {
    const wanted = { class: "", model: "", condition: "" };
    if (datum.class_label !== undefined) wanted.class = datum.class_label;
    else if (datum.model !== undefined) wanted.model = String(datum.model);
    else if (datum.ratio !== undefined) wanted.condition = `${datum.panel ?? ""} ${datum.ratio}`;
    else return;
    const same = Object.keys(lit).every((what) => lit[what] === wanted[what]);
    set_lit(same ? { class: "", model: "", condition: "" } : wanted);
  }

  function set_lit(wanted) {
    Object.assign(lit, wanted);
    for (const view of views.values()) {
      for (const [what, value] of Object.entries(lit)) {
        try { view.signal(`lit_${what}`, value); } catch { /* a figure without it */ }
      }
      view.runAsync();
    }
    for (const select of $("select[data-lit]")) select.value = lit[select.dataset.lit];
    const words = Object.values(lit).filter(Boolean).join(", ");
    const said = $("#lit-now")[0];
    if (said) said.textContent = words ? `Lit up: ${words}` : "";
    for (const row of $("tr[data-class]")) row.classList.toggle("lit", !!lit.class && row.dataset.class === lit.class);
  }

  const redraw = (some = () => true) => figures.filter((f) => views.has(f.name) && some(f)).map(draw);
  let printing = false;
  const waiting = new Set(figures);
  const begin = async (figure) => { if (waiting.delete(figure)) await draw(figure); };
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting) begin(figures.find((f) => `figure-${f.name}` === entry.target.id));
  }, { rootMargin: "300px" });
  for (const figure of figures) seen.observe(document.getElementById(`figure-${figure.name}`));
  // The others in spare moments: a print has no time to wait for them.
  const rest = async () => { const [next] = waiting; if (next) { await begin(next); setTimeout(rest, 50); } };
  setTimeout(rest, 1500);
  addEventListener("beforeprint", () => { printing = true; if (ink.matches) redraw(); figures.forEach(begin); });
  addEventListener("afterprint", () => { printing = false; if (ink.matches) redraw(); });
  ink.addEventListener("change", () => redraw());
  let wide = innerWidth, timer;
  addEventListener("resize", () => {
    clearTimeout(timer);
    timer = setTimeout(() => { if (innerWidth !== wide) { wide = innerWidth; redraw((f) => f.spec.columns); } }, 250);
  });
  $("#panels")[0]?.addEventListener("change", () => { set_lit({ class: "", model: "", condition: "" }); redraw(); });
  $("#all-classes")[0]?.addEventListener("change", () => {
    for (const view of views.values()) { try { view.signal("most_classes", most()).runAsync(); } catch { /* no classes */ } }
  });
  $("#lit-none")[0]?.addEventListener("click", () => set_lit({ class: "", model: "", condition: "" }));
  for (const select of $("select[data-lit]")) {
    const column = { class: "class_label", model: "model" }[select.dataset.lit];
    const rows = await rowsOf(select.dataset.from);
    const names = [...new Set(rows.map((row) => String(row[column])))].sort(new Intl.Collator("en", { numeric: true }).compare);
    for (const name of names) select.add(new Option(name, name));
    select.addEventListener("change", () => set_lit({ class: "", model: "", condition: "", [select.dataset.lit]: select.value }));
  }

  // Tables: sort by a click on a head, filter by what is typed, every column behind a button.
  const number = (text) => parseFloat(text.replace(/^[<>≤≥∞\s]+/, "").replace("−", "-").replace(/,/g, ""));
  const compare = new Intl.Collator("en", { numeric: true }).compare;
  function equip(table) {
    const body = table.tBodies[0];
    $("thead th", table).forEach((head, place) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        for (const other of $("thead th", table)) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const keyed = [...body.rows].map((row) => [row.cells[place]?.textContent ?? "", row]);
        keyed.sort(([a], [b]) => {
          const [x, y] = [number(a), number(b)];
          if (isNaN(x) !== isNaN(y)) return isNaN(x) ? 1 : -1;
          return (isNaN(x) ? compare(a, b) : x - y) * (down ? -1 : 1);
        });
        body.append(...keyed.map(([, row]) => row));
      });
    });
    body.addEventListener("click", (event) => {
      const row = event.target.closest("tr[data-class]");
      if (row) light_up({ class_label: row.dataset.class });
    });
  }
  for (const holder of $(".holder")) {
    const table = $("table", holder)[0], name = holder.dataset.table;
    equip(table);
    const bar = document.createElement("p");
    bar.className = "bar";
    const label = document.createElement("label");
    const input = document.createElement("input");
    input.type = "search";
    label.append("Filter ", input);
    bar.append(label);
    input.addEventListener("input", () => {
      const wanted = input.value.toLowerCase();
      for (const row of $("tbody tr", holder)) row.hidden = !row.textContent.toLowerCase().includes(wanted);
    });
    if (document.getElementById(`data-${name}`)) {
      const all = document.createElement("button");
      all.type = "button";
      all.textContent = "All columns and rows";
      all.addEventListener("click", async () => {
        const rows = await rowsOf(name), full = document.createElement("table");
        const heads = full.createTHead().insertRow();
        const names = Object.keys(rows[0] ?? {});
        for (const column of names) {
          const head = document.createElement("th");
          head.scope = "col";
          head.textContent = column;
          heads.append(head);
        }
        const body = full.createTBody();
        for (const row of rows.slice(0, 5000)) {
          const line = body.insertRow();
          if (row.class_label !== undefined) line.dataset.class = row.class_label;
          for (const column of names) line.insertCell().textContent = row[column] ?? "–";
        }
        table.replaceWith(full);
        equip(full);
        all.textContent = rows.length > 5000 ? `The first 5,000 of ${rows.length} rows; the files have all` : "";
        all.disabled = true;
        all.hidden = rows.length <= 5000;
        input.dispatchEvent(new Event("input"));
      });
      bar.append(" ", all);
    }
    holder.before(bar);
  }
  document.documentElement.dataset.ready = "yes";
})();
