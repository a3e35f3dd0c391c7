// The frame: header, filters, chips, key figures, cards on a grid, tabs. Python says what is shown; touches go to it.
const KINDS = {map: ScreenMap, line: ScreenLine, rows: ScreenRows, cells: ScreenCells, flow: ScreenFlow}

class Frame extends Tabs {
  constructor(model) {
    super()
    this.model = model
    this.words = this.part("words")
    spoken.language = this.words.lang
    this.cards = {}
    this.table = new ScreenTable(this.words)
    this.build()
    for (const name of this.views()) model.on(name, () => this.card(name))
    for (const name of ["head", "figures", "table", "pages", "comparison"]) model.on(name, () => this[`show_${name}`]())
    model.on("busy", () => this.wait())
    model.on("done", () => this.rest())
    model.on("late", () => this.root.classList.contains("waiting") || this.rest())  // else they stay dimmed that did not change
    model.on("shapes", () => this.views().forEach((view) => this.card(view)))
    model.on("msg:custom", (event) => this.receive(event.data ?? event))
    for (const name of ["head", "figures", "table", "pages", "comparison"]) this[`show_${name}`]()
    for (const name of this.views()) this.card(name)
    if (model.busy === model.done) this.rest()
    this.theme()
    this.watch()
  }

  part(name) { return this.model[name] ? JSON.parse(this.model[name]) : null }

  views() { return this.words.views }

  // The cards and the table: each is dimmed until it is answered.
  dimmed() { return [...Object.values(this.cards).map(({node}) => node), this.tabs] }

  // Every touch dims what it will change; a bar comes where the answer takes longer than 0.3 s.
  send(message) {
    performance.mark("wb-touch")
    if (!["code", "guide", "seen", "file", "menu"].includes(message.do)) this.wait()
    tell(this.model, message)
  }

  wait() {
    this.root.classList.add("waiting")
    this.root.dataset.state = "waiting"
    for (const node of this.dimmed()) node.classList.add("old")
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.progress.classList.add("on"), 300)
  }

  rest() {
    clearTimeout(this.timer)
    this.progress.classList.remove("on")
    this.root.classList.remove("waiting")
    this.root.dataset.state = "rest"
    const late = this.part("late")
    for (const node of this.dimmed()) node.classList.toggle("old", late.includes(node.dataset.view))
    requestAnimationFrame(() => requestAnimationFrame(() => performance.mark("wb-rest")))
  }

  build() {
    const {words} = this
    this.header = h("header", {class: "top"})
    this.progress = h("div", {class: "progress", role: "progressbar", "aria-label": words.waiting})
    this.band = h("section", {class: "band", hidden: true, "aria-label": words.kind})
    this.filters = h("div", {class: "slot"}, this.model.get_child("filters"))
    this.aside = h("aside", {class: "filters", "aria-label": words.filters, tabindex: "-1"},
      h("div", {class: "bar"}, h("h2", {}, words.filters),
        h("button", {type: "button", class: "only-narrow", onclick: () => this.drawer(false)}, words.close)),
      this.filters)
    this.chips = h("section", {class: "chips", "aria-label": words.chosen})
    this.figures = h("section", {class: "figures", "aria-label": words.key_figures})
    this.compare = h("section", {class: "comparison card", "aria-label": words.compare, hidden: true})
    this.grid = h("div", {class: "grid"})
    this.asides = h("ul", {class: "asides"})
    this.tabs = h("section", {class: "tabs card", "data-view": "table", "aria-label": words.details})
    this.status = h("p", {class: "hidden", role: "status"})
    this.main = h("main", {}, this.progress, this.chips, this.figures, this.compare, this.grid, this.asides, this.tabs)
    this.root = h("div", {class: "wb", lang: words.lang}, this.header, this.band, h("div", {class: "columns"}, this.aside, this.main), this.status)
    for (const view of this.views()) {
      const node = h("article", {class: `card view-${view} kind-none`, "data-view": view})
      this.cards[view] = {node, chart: null}
      this.grid.append(node)
    }
    this.aside.addEventListener("keydown", (event) => event.key === "Escape" && this.drawer(false))
    this.show_tabs("table")
  }

  drawer(open) {
    this.root.classList.toggle("drawer", open)
    if (open) this.aside.focus()
    else this.header.querySelector(".filters-button")?.focus()
  }

  show_head() {
    const head = this.part("head")
    if (!head) return
    this.head = head
    const {words} = this
    const theme = {auto: "light", light: "dark", dark: "auto"}
    const open = this.header.querySelector(".menu:not([hidden])")
    if (open) open.previousSibling.fill()
    else refill(this.header,
      h("a", {class: "skip", href: "#", onclick: (event) => { event.preventDefault(); this.grid.querySelector("svg")?.focus() }}, words.skip),
      brand(words),
      menu([h("span", {class: "title"}, head.title), h("span", {"aria-hidden": "true"}, " ▾")], (close) => this.datasets(close), {class: "dataset", title: words.dataset, onclick: () => this.send({do: "menu"})}),
      h("span", {class: head.synthetic ? "badge synthetic" : "badge"}, head.badge),
      h("nav", {class: "actions", "aria-label": words.actions},
        h("button", {type: "button", class: "only-narrow filters-button", onclick: () => this.drawer(true)}, words.filters),
        head.open && h("button", {type: "button", onclick: () => this.send({do: "guide"})}, words.guide),
        head.open && menu(words.export, (close) => this.exports(close, null)),
        head.open && h("button", {type: "button", onclick: () => this.send({do: "code", share: true})}, words.share),
        head.open && h("button", {type: "button", "aria-pressed": String(head.comparing), onclick: () => this.send({do: "compare"})}, words.compare),
        head.open && h("button", {type: "button", onclick: () => this.send({do: "code"})}, words.code),
        h("button", {type: "button", title: said(words.theme, {theme: words.themes[head.theme]}), "aria-label": said(words.theme, {theme: words.themes[head.theme]}),
          onclick: () => this.send({do: "set", name: "theme", value: theme[head.theme]})}, {auto: "◐", light: "☀", dark: "☾"}[head.theme]),
        menu([words.lang.toUpperCase(), h("span", {"aria-hidden": "true"}, " ▾")], (close) => this.languages(close),
          {class: "language", title: said(words.language, {language: words.languages[words.lang]}), "aria-label": said(words.language, {language: words.languages[words.lang]})})))
    this.band.hidden = !head.band
    this.band.textContent = head.band
    this.root.classList.toggle("closed", !head.open)
    this.show_chips(head)
    this.theme()
    for (const view of this.views()) this.tools(view)
    const before = this.tabled
    this.tabled = JSON.stringify(head.choices.table)
    if (this.tab && this.tabled !== before) this.show_tabs(this.tab)
  }

  show_chips(head) {
    const {words} = this
    this.status.textContent = head.heading
    const chips = head.chips.map((chip) => h("li", {},
      chip.fixed ? h("span", {class: "chip", title: chip.fixed}, chip.text)
        : h("button", {type: "button", class: "chip", "aria-label": said(words.remove, {filter: chip.text}),
          onclick: () => this.send({do: "drop", field: chip.field, code: chip.code})}, chip.text, h("span", {"aria-hidden": "true"}, " ✕"))))
    const button = (label, message, disabled) => h("button", {type: "button", disabled, onclick: () => this.send(message)}, label)
    refill(this.chips,
      h("h1", {}, head.heading),
      h("ul", {class: "list"}, chips),
      h("div", {class: "bar right"}, head.measures.length > 1 && select(words.measure, head.measures, head.measure, (value) => this.send({do: "set", name: "measure", value})),
        head.open && [button(words.undo, {do: "undo"}, !head.undo), button(words.redo, {do: "redo"}, !head.redo), button(words.clear, {do: "start"}, head.first)]),
      ...head.warnings.map((text) => h("p", {class: "warning", role: "alert"}, text)),
      head.offer && this.offer(head.offer))
  }

  // What of a data set that comes in parts can be loaded.
  offer({why, parts, load}) {
    const fields = parts.map((part) => select(part.label, part.values.map((value) => [value, value]), part.values[0], () => {}, false))
    const values = () => Object.fromEntries(parts.map((part, at) => [part.name, fields[at].querySelector("select").value]))
    return h("div", {class: "offer"}, why && h("p", {class: "warning"}, why), parts.length > 0 && h("div", {class: "bar"}, ...fields,
      h("button", {type: "button", class: "strong", onclick: () => this.send({do: "load", parts: values()})}, load)))
  }

  datasets(close) {
    return this.head.datasets.map((group) => h("section", {}, h("h3", {}, group.title), ...group.items.map((item) =>
      h("button", {type: "button", class: "choice", "aria-current": item.name === this.head.dataset ? "true" : null,
        onclick: () => { close(); this.send({do: "set", name: "dataset", value: item.name}) }},
      h("span", {}, item.title), h("small", {}, item.about)))))
  }

  languages(close) {
    return Object.entries(this.words.languages).map(([code, name]) => h("button", {type: "button", class: "choice", lang: code,
      "aria-current": code === this.words.lang ? "true" : null,
      onclick: () => { close(); this.send({do: "set", name: "language", value: code}) }}, name))
  }

  exports(close, view) {
    const answered = this.views().filter((name) => this.cards[name].drawing && this.cards[name].chart && !this.cards[name].drawing.aside)
    const views = view ? [view] : answered
    return views.map((name) => h("section", {}, h("h3", {}, this.cards[name].drawing.title),
      h("div", {class: "bar"}, ["csv", "zip", "png", "svg"].map((form) => h("button", {type: "button",
        "aria-label": `${this.cards[name].drawing.title}: ${form.toUpperCase()}`,
        onclick: () => { close(); this.save(name, form) }}, form.toUpperCase())))))
  }

  async save(view, form) {
    const {drawing, chart} = this.cards[view]
    const made = chart ? picture(drawing, chart, this.head.picture) : null
    const name = `${this.head.file}-${view}`
    if (form === "svg") download({name: `${name}.svg`, mime: "image/svg+xml", text: made.text})
    else if (form === "png") download({name: `${name}.png`, mime: "image/png", base64: await painted(made)})
    else this.send({do: "file", view, form, svg: form === "zip" && made ? made.text : "", png: form === "zip" && made ? await painted(made) : ""})
  }

  show_figures() {
    const found = this.part("figures")
    if (!found) return
    this.figures.hidden = !found.figures.length
    this.figures.replaceChildren(...found.figures.map((figure) => h("div", {class: "figure"},
      h("h2", {title: [figure.label, figure.unit].filter(Boolean).join(" ")}, figure.label, figure.unit && h("small", {}, ` ${figure.unit}`)),
      h("p", {class: "big"}, figure.value), figure.spark && this.spark(figure.spark), h("p", {class: "sentence", title: figure.sentence}, figure.sentence))))
    this.drawSparks()
  }

  spark(values) {
    const canvas = h("canvas", {class: "spark", width: 160, height: 44, "aria-hidden": "true"})
    canvas.values = values
    return canvas
  }

  // The years in small, beside the change per year.
  drawSparks() {
    for (const canvas of this.figures.querySelectorAll(".spark")) {
      const pen = canvas.getContext("2d")
      const known = canvas.values.filter((value) => value !== null)
      const [low, high] = [Math.min(...known), Math.max(...known)]
      pen.clearRect(0, 0, 160, 44)
      pen.strokeStyle = getComputedStyle(this.root).getPropertyValue("--muted") || "#666"
      pen.lineWidth = 3
      pen.beginPath()
      canvas.values.forEach((value, at) => {
        if (value === null) return
        const place = [4 + at / (canvas.values.length - 1 || 1) * 152, 40 - (value - low) / (high - low || 1) * 36]
        if (at && canvas.values[at - 1] !== null) pen.lineTo(...place)
        else pen.moveTo(...place)
      })
      pen.stroke()
    }
  }

  show_comparison() {
    const found = this.part("comparison")
    this.compare.hidden = !found
    if (!found) return
    const {words} = this
    const cell = (text, at) => h(at ? "td" : "th", {scope: at ? null : "row", class: at ? "number" : ""}, text)
    refill(this.compare,
      h("header", {}, h("h2", {}, words.compare), h("div", {class: "bar right"},
        h("button", {type: "button", onclick: () => this.send({do: "swap"})}, words.swap),
        h("button", {type: "button", onclick: () => this.send({do: "compare"})}, words.end_compare))),
      h("p", {class: "line"}, found.line), found.says && h("p", {class: "says"}, found.says),
      h("div", {class: "scroll", tabindex: "0", role: "region", "aria-label": words.compare}, h("table", {},
        h("thead", {}, h("tr", {}, found.columns.map((text, at) => h("th", {scope: "col", class: at ? "number" : ""}, text)))),
        h("tbody", {}, found.rows.map((row) => h("tr", {}, row.map(cell)))))))
  }

  card(view) {
    performance.mark(`wb-told-${view}`)
    const drawing = this.part(view)
    const card = this.cards[view]
    card.drawing = drawing
    card.node.hidden = !drawing || Boolean(drawing.aside)
    this.asides.replaceChildren(...this.views().map((name) => this.cards[name].drawing).filter((own) => own?.aside)
      .map((own) => h("li", {}, h("b", {}, `${own.title}: `), own.aside)))
    if (!drawing || drawing.aside) return
    if (drawing.kind === "waits") return this.waits(card, drawing)
    const words = {...this.words}
    if (!card.chart || card.kind !== drawing.kind) {
      card.kind = drawing.kind
      card.node.className = `card view-${view} kind-${drawing.kind}`
      card.chart = new KINDS[drawing.kind]({view, words}, (message) => this.send(message), (id) => this.shapes(id))
      card.title = h("h2", {})
      card.tools = h("div", {class: "tools"})
      card.line = h("p", {class: "line"})
      card.says = h("p", {class: "says"})
      card.key = h("div", {class: "key", role: "group", "aria-label": this.words.key})
      card.notes = h("p", {class: "notes"})
      card.node.replaceChildren(h("header", {}, card.title, card.tools), card.line, card.says,
        h("div", {class: "plot"}, card.chart.place, card.key), card.notes)
      card.tooled = ""
    }
    card.node.classList.toggle("short", drawing.kind === "rows" && drawing.marks.key.length <= 4)
    card.node.classList.toggle("long", drawing.kind === "rows" && drawing.marks.key.length > (view === "model" ? 26 : 10))
    card.title.textContent = drawing.title
    card.line.textContent = drawing.line
    card.says.textContent = drawing.says
    card.says.title = drawing.says
    card.notes.textContent = [...drawing.notes, drawing.credit].filter(Boolean).join(" ")
    this.key(card, drawing)
    this.tools(view)
    card.chart.update(drawing)
    card.node.classList.remove("old")
    requestAnimationFrame(() => requestAnimationFrame(() => performance.mark(`wb-painted-${view}`)))
  }

  // A card whose records are counted once it is seen, with how far that is.
  waits(card, {view, title, says, share}) {
    Object.assign(card, {chart: null, tools: null, kind: "waits"})
    card.node.className = `card view-${view} kind-waits short`
    const bar = share === null ? [] : [h("progress", {max: 1, value: share, "aria-label": says})]
    card.node.replaceChildren(h("header", {}, h("h2", {}, title)), h("p", {class: "line"}, says), ...bar)
  }

  shapes(id) {
    const text = this.model.shapes
    if (!this.loaded || this.loaded.text !== text) this.loaded = {text, shapes: text ? JSON.parse(text) : null}
    return this.loaded.shapes?.id === id ? this.loaded.shapes : null
  }

  // The choices of a card beside its title; made anew only where they changed, so that the focus stays.
  tools(view) {
    const card = this.cards[view]
    if (!card.tools || !this.head) return
    const choices = (this.head.choices[view] || []).filter((own) => own.options.length > 1)
    const wanted = JSON.stringify(choices)
    if (card.tooled === wanted || card.tools.querySelector(".menu:not([hidden])")) return  // an open menu stays
    card.tooled = wanted
    refill(card.tools,
      ...choices.map((own) => own.many ? this.several(own) : select(own.label, own.options, own.value, (value) => this.send({do: "set", name: own.name, value}))),
      menu("?", () => [explained(this.words, card.drawing)], {class: "small", title: said(this.words.reading.title, {title: card.drawing.title}), "aria-label": said(this.words.reading.title, {title: card.drawing.title})}),
      menu("⤓", (close) => this.exports(close, view), {class: "small", title: this.words.export, "aria-label": `${this.words.export}: ${card.drawing.title}`}))
  }

  // A choice of several: boxes in a menu, answered one by one.
  several(own) {
    const box = ([label, name]) => h("label", {class: "box"}, h("input", {type: "checkbox", checked: own.value.includes(name), onchange: (event) => {
      own.value = event.target.checked ? [...own.value, name] : own.value.filter((one) => one !== name)
      this.send({do: "set", name: own.name, value: own.value})
    }}), label)
    return menu([own.label, h("span", {"aria-hidden": "true"}, " ▾")], () => own.options.map(box), {class: "small"})
  }

  receive(message) {
    const {words} = this
    if (message.kind === "file") download(message)
    if (message.kind === "rest") this.rest()
    if (message.kind === "guide") this.raise(guide(words, message))
    if (message.kind === "why") {
      const ask = message.ask && h("button", {type: "button", class: "strong", onclick: () => { shown.close(); this.send({do: "ask"}) }}, message.ask)
      const shown = dialog(words, message.title, h("p", {}, message.says), ask)
      this.raise(shown)
    }
    if (message.kind === "code") this.raise(dialog(words, message.title, ...message.parts.map(([label, text]) =>
      copyable(words, label, text.replace("{address}", window.location.href)))))
  }

  raise(node) {
    this.root.append(node)
    node.showModal()
  }

  // As chosen, else as the notebook is, else as the reader's system is.
  theme() {
    const wanted = this.head?.theme || "auto"
    const lab = document.body.dataset.jpThemeLight
    const dark = wanted === "auto" ? (lab ? lab === "false" : window.matchMedia("(prefers-color-scheme: dark)").matches) : wanted === "dark"
    const changed = this.root.classList.contains("dark") !== dark
    this.root.classList.toggle("dark", dark)
    const alone = !document.querySelector(".jp-Notebook")
    if (alone) document.documentElement.lang = this.words.lang
    if (alone) document.documentElement.style.background = dark ? "#14171c" : "#f4f5f7"
    if (changed) this.drawSparks()
  }

  watch() {
    const follow = () => this.theme()
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", follow)
    new MutationObserver(follow).observe(document.body, {attributes: true, attributeFilter: ["data-jp-theme-light"]})
    const seen = new Set()
    const tell = () => this.send({do: "seen", views: [...seen]})
    const observer = new IntersectionObserver((entries) => {
      for (const entry of entries) seen[entry.isIntersecting ? "add" : "delete"](entry.target.dataset.view)
      clearTimeout(this.telling)
      this.telling = setTimeout(tell, 400)
    })
    for (const node of this.dimmed()) observer.observe(node)
  }
}

export function render({model}) {
  return new Frame(model).root
}
