// What is shown: pickers, five linked answers, their tables, and the six lessons. Every change goes through `choose`.
const $ = (name) => document.getElementById(name)
const SVG = "http://www.w3.org/2000/svg"
const label = (axis, code) => DATA.labels[axis === "nuts2" && code.length === 2 ? "nuts0" : axis][code]
const fixed = (value, decimals = 1) =>
  Number.isFinite(value) ? value.toLocaleString(T.locale, { minimumFractionDigits: decimals, maximumFractionDigits: decimals }) : "–"
const signed = (value) => (value < 0 ? "−" : "+") + fixed(Math.abs(value), 1)
const fill = (text, parts) => text.replace(/\{(\w+)\}/g, (_all, name) => parts[name])

function make(tag, attributes = {}, ...children) {
  const node = tag.startsWith("svg:") ? document.createElementNS(SVG, tag.slice(4)) : document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value)
    else if (value !== false && value !== null) node.setAttribute(name, value === true ? "" : value)
  }
  node.append(...children)
  return node
}

let selection = { nuts2: [], nace1: [], sex: [], age_group: [], year: [], severity: "" }
let lesson = 0

/** Take some of the selection's parts anew, and show what follows. */
function choose(parts) {
  selection = { ...selection, ...parts }
  remember()
  show()
}

function remember() {
  const parts = new URLSearchParams()
  for (const [axis, value] of Object.entries(selection)) if (value.length) parts.set(axis, [].concat(value).join(" "))
  history.replaceState(null, "", "#" + parts)
}

function recall() {
  const parts = new URLSearchParams(location.hash.slice(1))
  const found = { nuts2: [], nace1: [], sex: [], age_group: [], year: [], severity: "" }
  for (const axis of [...AXES]) {
    const known = axis === "nuts2" ? [...CODES.nuts0, ...CODES.nuts2] : CODES[axis].map(String)
    found[axis] = (parts.get(axis) || "").split(" ").filter((code) => known.includes(code))
  }
  found.year = found.year.map(Number)
  if (["FAT", "D_GE4"].includes(parts.get("severity"))) found.severity = parts.get("severity")
  return found
}

const without = (axis) => ({ ...selection, [axis]: axis === "severity" ? "" : [] })
const toggled = (axis, code) =>
  selection[axis].length === 1 && selection[axis][0] === code ? [] : [code]

/** The five linked answers, each of all filters but its own: key figures, map, years, sectors, people. */
function show() {
  const start = performance.now()
  const years = ask(without("year"), ["year"])
  const whole = together(years.filter((row) => !selection.year.length || selection.year.includes(row.year)))
  const change = trendOf(years, without("year")), spanned = trendOf(years, selection)
  const regions = ask(without("nuts2"), ["nuts2"], false), sectors = ask(without("nace1"), ["nace1"])
  const people = ask({ ...without("sex"), age_group: [] }, ["sex", "age_group"])
  timing.answered = performance.now() - start
  figures(whole, spanned)
  map(regions)
  time(change)
  rows(sectors)
  cells(people)
  pickers()
  words()
  timing.shown = performance.now() - start
}
const timing = { answered: 0, shown: 0 }

function words() {
  const parts = []
  for (const axis of ["nuts2", "nace1", "sex"]) if (selection[axis].length) parts.push(selection[axis].map((code) => label(axis, code)).join(", "))
  const spanOf = (list, text = String) => (list.length > 1 ? `${text(list[0])} ${T.to} ${text(list[list.length - 1])}` : text(list[0]))
  if (selection.age_group.length) parts.push(spanOf(selection.age_group, (code) => label("age_group", code)))
  if (selection.year.length) parts.push(spanOf(selection.year))
  if (selection.severity) parts.push(T[selection.severity])
  $("question").textContent = parts.length ? parts.join(" · ") : T.everything
  $("clear").disabled = !parts.length
}

function figures(whole, change) {
  const last = [...change.spans].reverse().find((span) => Number.isFinite(span.apc))
  const put = (name, big, small) => $(name).replaceChildren(make("p", { class: "big" }, big), make("p", { class: "small" }, small))
  put("figure-rate", fixed(whole.value), Number.isFinite(whole.value)
    ? fill(T.interval, { low: fixed(whole.low), high: fixed(whole.high) }) + (whole.state ? ` · ${T[whole.state]}` : "") : T.missing)
  put("figure-count", fixed(whole.count, 0), selection.severity ? T[selection.severity] : T.counted)
  put("figure-people", fixed(whole.people, 0), selection.year.length === 1 ? T.persons : T.personYears)
  put("figure-change", last ? `${signed(last.apc)}%` : "–", last
    ? fill(T.changeInterval, { low: signed(last.low), high: signed(last.high), first: last.first, last: last.last }) : T.noTrend)
}

/** Six classes of equal numbers of regions. */
function classes(values) {
  const sorted = values.filter((value) => value > 0).sort((a, b) => a - b)
  return [1, 2, 3, 4, 5].map((k) => sorted[Math.floor((k * sorted.length) / 6)])
}
const classOf = (value, cuts) => 1 + cuts.filter((cut) => value >= cut).length

function map(found) {
  const cuts = classes(found.map((row) => row.value))
  const by = Object.fromEntries(found.map((row) => [row.nuts2, row]))
  const chosen = selection.nuts2
  $("map").classList.toggle("some", chosen.length > 0)
  for (const node of $("map").querySelectorAll("path")) {
    const row = by[node.dataset.code]
    if (!row) continue
    const kind = row.state === "missing" ? "missing" : row.state === "zero" ? "zero" : `scale-${classOf(row.value, cuts)}`
    const is = chosen.some((code) => row.nuts2.startsWith(code))
    node.setAttribute("class", `region ${kind}${row.state === "unreliable" ? " unreliable" : ""}${is ? " chosen" : ""}`)
  }
  $("map").rates = by
  const known = found.filter((row) => Number.isFinite(row.value)).sort((a, b) => b.value - a.value)
  $("map-says").textContent = known.length ? fill(T.highest, { high: label("nuts2", known[0].nuts2), value: fixed(known[0].value),
    low: label("nuts2", known[known.length - 1].nuts2), least: fixed(known[known.length - 1].value) }) : T.missing
  const ends = [known.length ? known[known.length - 1].value : NaN, ...cuts, known.length ? known[0].value : NaN]
  $("map-key").replaceChildren(...[1, 2, 3, 4, 5, 6].map((k) => make("li", {}, make("span", { class: `swatch scale-${k}` }),
    `${fixed(ends[k - 1], 0)}–${fixed(ends[k], 0)}`)), make("li", {}, make("span", { class: "swatch unreliable" }), T.unreliable),
    make("li", {}, make("span", { class: "swatch outside" }), T.outside))
  table("map", ["nuts2"], () => ask(without("nuts2"), ["nuts2"]).sort((a, b) => (b.value || 0) - (a.value || 0)))
}

function time(found) {
  const [height, left, bottom, top] = [300, 52, 26, 12]
  const width = Math.max(260, $("time").parentElement.clientWidth) // drawn at its own size: letters stay as they are
  $("time").setAttribute("viewBox", `0 0 ${width} ${height}`)
  const most = Math.max(1, ...found.points.map((row) => row.high)) * 1.05
  const years = CODES.year, x = (year) => left + ((year - years[0]) * (width - left - 14)) / (years.length - 1)
  const y = (value) => height - bottom - (value / most) * (height - bottom - top)
  const drawn = []
  const step = 10 ** Math.floor(Math.log10(most / 2)) * ([1, 2, 5].find((n) => most / (10 ** Math.floor(Math.log10(most / 2)) * n) <= 5) || 5)
  for (let at = 0; at <= most; at += step) {
    drawn.push(make("svg:line", { x1: left, x2: width - 6, y1: y(at), y2: y(at), class: "rule" }))
    drawn.push(make("svg:text", { x: left - 6, y: y(at) + 4, "text-anchor": "end", class: "tick" }, fixed(at, at % 1 ? 1 : 0)))
  }
  years.forEach((year, i) => i % 3 === 1 && drawn.push(make("svg:text", { x: x(year), y: height - 6, "text-anchor": "middle", class: "tick" }, String(year))))
  for (const span of found.spans.filter((part) => part.fitted.length)) {
    const path = (points) => "M" + points.map(([a, b]) => `${a.toFixed(1)},${b.toFixed(1)}`).join("L")
    drawn.push(make("svg:path", { class: "doubt", d: path([...span.fitted.map((p) => [x(p.year), y(p.low)]),
      ...[...span.fitted].reverse().map((p) => [x(p.year), y(p.high)])]) + "Z" }))
    drawn.push(make("svg:path", { class: "fit", d: path(span.fitted.map((p) => [x(p.year), y(p.value)])) }))
  }
  if (found.spans.length > 1) drawn.push(make("svg:line", { class: "break", x1: x(DATA.breakAt.year - 0.5), x2: x(DATA.breakAt.year - 0.5), y1: top, y2: height - bottom }))
  for (const row of found.points) {
    const chosen = selection.year.includes(row.year)
    drawn.push(make("svg:g", { class: `mark${chosen ? " chosen" : ""}`, onclick: () => choose({ year: toggled("year", row.year) }) },
      make("svg:line", { class: "whisker", x1: x(row.year), x2: x(row.year), y1: y(row.low), y2: y(row.high) }),
      make("svg:circle", { class: "dot", cx: x(row.year), cy: y(row.value), r: 5 }),
      make("svg:title", {}, `${row.year}: ${fixed(row.value)} (${fixed(row.low)}–${fixed(row.high)})`)))
  }
  $("time").replaceChildren(...drawn)
  $("time-says").textContent = found.spans.map(sentence).join(" ") + (found.spans.length > 1 ? " " + fill(T.broken, DATA.breakAt) : "")
  table("time", ["year"], () => found.points)
}

/** As the package says it: a rise or a fall only where the interval leaves out no change. */
function sentence(span) {
  if (!Number.isFinite(span.apc)) return fill(T.noFigure, span)
  const parts = { ...span, apc: fixed(Math.abs(span.apc)), signed: signed(span.apc) }
  if (span.low > 0) return fill(T.rose, { ...parts, low: fixed(span.low), high: fixed(span.high) })
  if (span.high < 0) return fill(T.fell, { ...parts, low: fixed(-span.high), high: fixed(-span.low) })
  return fill(T.unclear, { ...parts, low: signed(span.low), high: signed(span.high) })
}

function rows(found) {
  const known = found.filter((row) => Number.isFinite(row.value)).sort((a, b) => b.value - a.value)
  const most = Math.max(1, ...known.map((row) => row.high))
  $("rows").classList.toggle("some", selection.nace1.length > 0)
  $("rows").replaceChildren(...known.map((row) => {
    const chosen = selection.nace1.includes(row.nace1)
    const at = (value) => `${(100 * value) / most}%`
    return make("li", {}, make("button", { type: "button", class: "row", "aria-pressed": String(chosen),
      onclick: () => choose({ nace1: toggled("nace1", row.nace1) }) },
      make("span", { class: "name", title: label("nace1", row.nace1) }, `${row.nace1} ${label("nace1", row.nace1)}`),
      make("span", { class: "track" }, make("span", { class: "reach", style: `left:${at(row.low)};width:${at(row.high - row.low)}` }),
        make("span", { class: "point", style: `left:${at(row.value)}` })),
      make("span", { class: "value" }, fixed(row.value))))
  }))
  table("rows", ["nace1"], () => known)
}

function cells(found) {
  const cuts = classes(found.map((row) => row.value))
  const button = (row) => {
    const chosen = selection.sex.join() === row.sex && selection.age_group.join() === row.age_group
    return make("td", {}, make("button", { type: "button", "aria-pressed": String(chosen), disabled: row.state === "missing",
      class: `cell ${row.state === "missing" ? "missing" : `scale-${classOf(row.value, cuts)}`}`,
      "aria-label": `${label("sex", row.sex)}, ${label("age_group", row.age_group)}: ${fixed(row.value)}`,
      onclick: () => choose(chosen ? { sex: [], age_group: [] } : { sex: [row.sex], age_group: [row.age_group] }) }, fixed(row.value, 0)))
  }
  $("cells").replaceChildren(
    make("thead", {}, make("tr", {}, make("td", {}), ...CODES.sex.map((sex) => make("th", { scope: "col" }, label("sex", sex))))),
    make("tbody", {}, ...CODES.age_group.map((age) => make("tr", {}, make("th", { scope: "row" }, label("age_group", age)),
      ...CODES.sex.map((sex) => button(found.find((row) => row.sex === sex && row.age_group === age)))))))
  table("cells", ["sex", "age_group"], () => found)
}

/** The table of a view, made when it is opened: every figure with its interval, its accidents and its people. */
function table(view, by, rowsOf) {
  const place = $(`${view}-table`)
  place.fresh = () => {
    const head = [...by.map((axis) => T[axis]), T.rate, T.low, T.high, T.accidents, T.people, T.state]
    place.querySelector("div").replaceChildren(make("table", {}, make("caption", {}, T.synthetic),
      make("thead", {}, make("tr", {}, ...head.map((text) => make("th", { scope: "col" }, text)))),
      make("tbody", {}, ...rowsOf().map((row) => make("tr", {},
        ...by.map((axis, i) => make(i ? "td" : "th", i ? {} : { scope: "row" }, axis === "year" ? String(row.year) : `${label(axis, row[axis])} (${row[axis]})`)),
        ...[fixed(row.value), fixed(row.low), fixed(row.high), fixed(row.count, 0), fixed(row.people, 0), row.state ? T[row.state] : ""]
          .map((text) => make("td", { class: "number" }, text)))))))
  }
  if (place.open) place.fresh()
}

function pickers() {
  $("country").value = selection.nuts2.length === 1 ? selection.nuts2[0].slice(0, 2) : ""
  const inside = CODES.nuts2.filter((code) => $("country").value && code.startsWith($("country").value))
  $("region").replaceChildren(make("option", { value: "" }, T.allRegions), ...inside.map((code) => make("option", { value: code }, `${label("nuts2", code)} (${code})`)))
  $("region").disabled = !inside.length
  $("region").value = selection.nuts2.length === 1 && selection.nuts2[0].length === 4 ? selection.nuts2[0] : ""
  for (const box of $("sectors").querySelectorAll("input")) box.checked = selection.nace1.includes(box.value)
  $("sex").value = selection.sex.length === 1 ? selection.sex[0] : ""
  $("severity").value = selection.severity
  for (const [axis, first, last] of [["age_group", "age-first", "age-last"], ["year", "year-first", "year-last"]]) {
    const chosen = selection[axis].length ? selection[axis] : CODES[axis]
    $(first).value = chosen[0]
    $(last).value = chosen[chosen.length - 1]
  }
}

/** The codes between two ends, in their order; all of them are no restriction. */
function between(axis, one, other) {
  const ends = [one, other].map((value) => CODES[axis].map(String).indexOf(value)).sort((a, b) => a - b)
  const found = CODES[axis].slice(ends[0], ends[1] + 1)
  return found.length === CODES[axis].length ? [] : found
}

function lessons() {
  const names = Object.keys(DATA.questions)
  $("lessons").replaceChildren(...names.map((name, i) => make("button", { type: "button", role: "tab", id: `tab-${i}`, "aria-controls": "lesson",
    "aria-selected": String(i === lesson), tabindex: i === lesson ? 0 : -1, onclick: () => open(i) }, `${i + 1}. ${DATA.questions[name].title}`)))
  const asked = DATA.questions[names[lesson]]
  $("lesson").setAttribute("aria-labelledby", `tab-${lesson}`)
  $("lesson-text").textContent = asked.text
  $("lesson-ask").textContent = asked.ask
  $("lesson-choices").replaceChildren(...asked.choices.map((text) => make("li", {}, text)))
  $("answer").value = ""
  $("verdict").textContent = ""
  $("verdict").className = ""
}

function open(which) {
  lesson = which
  lessons()
}

function build() {
  const option = (value, text) => make("option", { value }, text)
  $("country").append(option("", T.allCountries), ...[...CODES.nuts0].sort((a, b) => label("nuts0", a).localeCompare(label("nuts0", b)))
    .map((code) => option(code, label("nuts0", code))))
  $("sectors").append(...CODES.nace1.map((code) => make("label", {}, make("input", { type: "checkbox", value: code }), ` ${code} ${label("nace1", code)}`)))
  $("sex").append(option("", T.both), ...CODES.sex.map((code) => option(code, label("sex", code))))
  $("severity").append(option("", T.anySeverity), option("D_GE4", T.D_GE4), option("FAT", T.FAT))
  for (const end of ["age-first", "age-last"]) $(end).append(...CODES.age_group.map((code) => option(code, label("age_group", code))))
  for (const end of ["year-first", "year-last"]) $(end).append(...CODES.year.map((year) => option(year, String(year))))
  $("map").append(...Object.entries(DATA.shapes).map(([code, d]) => {
    const node = make("svg:path", { d, class: "region outside" })
    node.dataset.code = code
    return node
  }))

  $("country").onchange = () => choose({ nuts2: $("country").value ? [$("country").value] : [] })
  $("region").onchange = () => choose({ nuts2: [$("region").value || $("country").value] })
  $("sectors").onchange = () => choose({ nace1: [...$("sectors").querySelectorAll(":checked")].map((box) => box.value) })
  $("sex").onchange = () => choose({ sex: $("sex").value ? [$("sex").value] : [] })
  $("severity").onchange = () => choose({ severity: $("severity").value })
  for (const end of ["age-first", "age-last"]) $(end).onchange = () => choose({ age_group: between("age_group", $("age-first").value, $("age-last").value) })
  for (const end of ["year-first", "year-last"]) $(end).onchange = () => choose({ year: between("year", $("year-first").value, $("year-last").value) })
  $("clear").onclick = () => choose({ nuts2: [], nace1: [], sex: [], age_group: [], year: [], severity: "" })
  $("theme").onclick = () => {
    const dark = document.documentElement.dataset.theme !== "dark"
    document.documentElement.dataset.theme = dark ? "dark" : "light"
    $("theme").setAttribute("aria-pressed", String(dark))
  }
  $("lesson-form").onsubmit = (event) => {
    event.preventDefault()
    const verdict = check(Object.keys(DATA.questions)[lesson], $("answer").value)
    $("verdict").textContent = `${verdict.passed ? "✓" : "✗"} ${verdict.message}`
    $("verdict").className = verdict.passed ? "passed" : "failed"
  }
  $("lessons").onkeydown = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (!step) return
    const count = Object.keys(DATA.questions).length
    open((lesson + step + count) % count)
    $(`tab-${lesson}`).focus()
  }
  const code = (event) => event.target.dataset && event.target.dataset.code
  $("map").onclick = (event) => {
    if ($("map").rates[code(event)]) choose({ nuts2: toggled("nuts2", code(event)) })
  }
  $("map").onpointermove = (event) => {
    const row = $("map").rates[code(event)]
    $("tip").hidden = !row
    if (row) $("tip").textContent = `${label("nuts2", row.nuts2)} (${row.nuts2}): ${fixed(row.value)} · ${fixed(row.count, 0)} / ${fixed(row.people, 0)}${row.state ? " · " + T[row.state] : ""}`
  }
  $("map").onpointerleave = () => ($("tip").hidden = true)
  for (const place of document.querySelectorAll("details.twin")) place.ontoggle = () => place.open && place.fresh()
  window.onresize = show
  window.onhashchange = () => {
    selection = recall()
    show()
  }
  const dark = matchMedia("(prefers-color-scheme: dark)").matches
  document.documentElement.dataset.theme = dark ? "dark" : "light"
  $("theme").setAttribute("aria-pressed", String(dark))
  selection = recall()
  lessons()
  show()
}

build()
window.workshop = { ask, trend, choose, check, typed, fixed, timing }
