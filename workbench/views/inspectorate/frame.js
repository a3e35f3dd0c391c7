// The frame: header, data, and the steps one below the other. Python says what is shown; touches go to it.
class Frame {
  constructor(model) {
    this.model = model
    this.words = JSON.parse(model.words)
    spoken.language = this.words.lang
    this.build()
    model.on("head", () => this.showHead())
    for (const name of Object.keys(this.steps)) model.on(name, () => this.show(name))
    model.on("shapes", () => this.steps.plan.show(this.part("plan")))
    model.on("busy", () => this.wait())
    model.on("done", () => this.rest())
    model.on("msg:custom", (event) => this.receive(event.data ?? event))
    this.showHead()
    for (const name of Object.keys(this.steps)) this.show(name)
    if (model.busy === model.done && model.head) this.rest()
    else this.wait()
    this.theme()
    const follow = () => this.theme()
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", follow)
    new MutationObserver(follow).observe(document.body, {attributes: true, attributeFilter: ["data-jp-theme-light"]})
  }

  part(name) {
    const text = this.model[name]
    return text ? JSON.parse(text) : null
  }

  send(message) {
    if (!["code", "file"].includes(message.do) && message.name !== "theme") this.wait()
    tell(this.model, message)
  }

  set(name, value) {
    this.send({do: "set", name, value})
  }

  // What will change is dimmed at once; a bar comes where the answer takes longer than 0.3 s.
  wait() {
    this.root.dataset.state = "waiting"
    this.root.classList.add("waiting")
    clearTimeout(this.timer)
    this.timer = setTimeout(() => {
      this.progress.classList.add("on")
      this.status.textContent = this.words.waiting
    }, 300)
  }

  rest() {
    clearTimeout(this.timer)
    this.progress.classList.remove("on")
    this.status.textContent = ""
    this.root.dataset.state = "rest"
    this.root.classList.remove("waiting")
  }

  shapes(id) {
    const text = this.model.shapes
    if (!this.loaded || this.loaded.text !== text) this.loaded = {text, shapes: text ? JSON.parse(text) : null}
    return this.loaded.shapes?.id === id ? this.loaded.shapes : null
  }

  build() {
    const {words} = this
    const send = (message) => this.send(message)
    const shapes = (id) => this.shapes(id)
    const [where, plan, compare, ahead, notified] = words.steps
    this.steps = {
      ranking: new Step("ranking", 1, where, {words, shapes, send, cards: ["chart"]}),
      plan: new Step("plan", 2, plan, {words, shapes, send, cards: ["map", "four"]}),
      comparison: new Step("comparison", 3, compare, {words, shapes, send, cards: ["difference"]}),
      ahead: new Step("ahead", 4, ahead, {words, shapes, send, cards: ["averted", "bias"]}),
      notified: new Step("notified", 5, notified, {words, shapes, send, cards: ["shares", "waiting"]}),
    }
    const changed = (name, value) => this.set(name, value)
    const sliders = (listed) => Object.entries(listed).map(([name, own]) => [name, new Slider(name, own, changed)])
    const [criteria, limits] = [sliders(words.criteria), sliders(words.limits)]
    this.sliders = Object.fromEntries([...criteria, ...limits])
    this.interventions = new Interventions(words, changed)
    this.steps.ranking.controls.append(h("h3", {}, words.criteria_title), ...criteria.map(([, own]) => own.node), h("p", {class: "muted"}, words.criteria_about))
    const [years, others] = [this.sliders.years_ahead, limits.filter(([name]) => name !== "years_ahead")]
    this.steps.plan.controls.append(h("h3", {}, words.limits_title), ...others.map(([, own]) => own.node), this.interventions.node)
    this.steps.ahead.controls.append(years.node, h("p", {class: "muted"}, words.ahead_about))
    this.steps.notified.controls.append(h("p", {class: "muted"}, words.notified_about))
    this.keep = h("button", {type: "button", class: "strong", onclick: () => this.send({do: "keep"})}, words.keep)
    this.forget = h("button", {type: "button", onclick: () => this.send({do: "forget"})}, words.drop)
    this.steps.comparison.controls.append(h("h3", {}, words.compare_title), this.keep, this.forget, h("p", {class: "muted"}, words.compare_about))

    this.header = h("header", {class: "top"})
    this.progress = h("div", {class: "progress", role: "progressbar", "aria-label": words.waiting})
    this.band = h("section", {class: "band", hidden: true, "aria-label": words.kind})
    this.data = h("section", {class: "data", "aria-label": words.dataset})
    this.warnings = h("div", {class: "warnings"})
    this.status = h("p", {class: "calculating", role: "status"})
    this.main = h("main", {}, this.progress, h("div", {class: "title"}, h("h1", {}, words.title), h("p", {class: "muted"}, words.about)),
      this.warnings, this.data, ...Object.values(this.steps).map((step) => step.node))
    this.root = h("div", {class: "wb inspectorate", lang: words.lang}, this.header, this.band, this.main, this.status)
  }

  go(name) {
    this.steps[name].node.scrollIntoView({block: "start"})
    this.steps[name].node.focus({preventScroll: true})
  }

  // In a page of its own there are the other pages and languages; in a cell there are not.
  get alone() {
    return !document.querySelector(".jp-Notebook") && document.body.dataset.jpThemeLight === undefined && /\/inspectorate\/?$/.test(window.location.pathname)
  }

  language(code) {
    const query = new URLSearchParams(window.location.search)
    query.set("lang", code)
    window.location.search = query.toString()
  }

  showHead() {
    const head = this.part("head")
    const {words} = this
    const theme = {auto: "light", light: "dark", dark: "auto"}
    const now = head?.theme || "auto"
    const lang = words.lang === "en" ? "" : `?lang=${words.lang}`
    const coloured = said(words.theme, {theme: words.themes[now]})
    refill(this.header,
      h("a", {class: "skip", href: "#", onclick: (event) => { event.preventDefault(); this.go("ranking") }}, words.skip),
      h("span", {class: "brand"}, "OSH Workbench"),
      head && h("span", {class: head.synthetic ? "badge synthetic" : "badge"}, head.badge),
      h("nav", {class: "steps", "aria-label": words.steps_label}, Object.entries(this.steps).map(([name], at) =>
        h("button", {type: "button", onclick: () => this.go(name)}, `${at + 1} ${words.steps[at]}`))),
      h("nav", {class: "actions", "aria-label": words.actions},
        this.alone && words.pages.map(([label, path]) => h("a", {class: "page", href: `${path}${lang}`}, label)),
        head && h("button", {type: "button", disabled: head.first, onclick: () => this.send({do: "reset"})}, words.reset),
        head && h("button", {type: "button", onclick: () => this.send({do: "code"})}, words.code),
        h("button", {type: "button", title: coloured, "aria-label": coloured, onclick: () => this.set("theme", theme[now])}, {auto: "◐", light: "☀", dark: "☾"}[now]),
        this.alone && menu([words.lang.toUpperCase(), h("span", {"aria-hidden": "true"}, " ▾")], () => Object.entries(words.languages).map(([code, name]) =>
          h("button", {type: "button", class: "choice", lang: code, "aria-current": code === words.lang ? "true" : null, onclick: () => this.language(code)}, name)),
        {class: "language", "aria-label": said(words.language, {language: words.languages[words.lang]})})))
    if (!head) return
    this.band.hidden = !head.band
    this.band.textContent = head.band
    this.warnings.replaceChildren(...head.warnings.map((text) => h("p", {class: "warning", role: "alert"}, text)))
    const {values} = head
    const field = (label, options, value, act) => select(label, options, value, act, false)
    refill(this.data,
      field(words.dataset, head.datasets, values.dataset, (value) => this.send({do: "open", value})),
      field(words.by, head.groups, values.by, (value) => this.set("by", value.split(","))),
      head.countries.length && field(words.region, [[words.everywhere, ""], ...head.countries], values.region, (value) => this.set("region", value)),
      head.years.length && field(words.year, head.years.map((year) => [year, year]), values.year, (value) => this.set("year", value)))
    for (const [name, slider] of Object.entries(this.sliders)) slider.set(values[name])
    this.forget.hidden = !head.kept
    this.interventions.set(head.interventions, values.interventions)
    for (const step of Object.values(this.steps)) Object.assign(step, {file: head.file, picture: head.picture})
    this.theme()
  }

  show(name) {
    this.steps[name].show(this.part(name))
  }

  receive(message) {
    if (message.kind === "file") download(message)
    if (message.kind === "rest") this.rest()
    if (message.kind === "code") {
      const link = this.alone ? [[this.words.link, window.location.href]] : []
      const node = dialog(this.words, message.title, ...[...message.parts, ...link].map(([label, text]) => copyable(this.words, label, text)))
      this.root.append(node)
      node.showModal()
    }
  }

  // Light or dark: as chosen, else as the notebook is, else as the reader's system is.
  theme() {
    const wanted = this.part("head")?.theme || "auto"
    const lab = document.body.dataset.jpThemeLight
    const dark = wanted === "auto" ? (lab ? lab === "false" : window.matchMedia("(prefers-color-scheme: dark)").matches) : wanted === "dark"
    this.root.classList.toggle("dark", dark)
    if (this.alone) {
      document.documentElement.lang = this.words.lang
      document.documentElement.style.background = dark ? "#14171c" : "#f4f5f7"
    }
  }
}

export function render({model}) {
  return new Frame(model).root
}
