// What a step shows: its sentence, its pictures, its tables, its notes; or why there is nothing to show.
class ScreenList extends ScreenRows {
  // One below the other: an order is read down; long names have room.
  columns() {
    return 1
  }
}

class ScreenPlaces extends ScreenList {
  // Places begin at the first.
  axis(scale, height) {
    const steps = [1, ...ticks(scale.least, scale.most, scale.wanted).filter((at) => at >= 2)]
    return steps.map((step) => s("g", {},
      s("line", {x1: scale.x(step), x2: scale.x(step), y1: 18, y2: height - 4, class: "rule"}),
      this.text(scale.x(step), 12, String(step), {"text-anchor": "middle", class: "tick"})))
  }
}

const DRAWINGS = {places: ScreenPlaces, list: ScreenList, map: ScreenMap}

class Card extends Keys {
  constructor(name, {words, shapes}) {
    super()
    Object.assign(this, {name, words, shapes})
    this.node = h("article", {class: "card", hidden: true})
  }

  show(drawing) {
    this.drawing = drawing
    this.node.hidden = !drawing
    if (!drawing) return
    if (!this.chart || this.kind !== drawing.kind) this.build(drawing)
    this.node.style.setProperty("--rows", drawing.marks.key.length)
    this.title.textContent = drawing.title
    this.line.textContent = drawing.line
    this.says.textContent = drawing.says
    this.notes.textContent = [...drawing.notes, drawing.credit].filter(Boolean).join(" ")
    this.key({key: this.legend, chart: this.chart}, drawing)
    this.chart.update(drawing)
  }

  build({kind}) {
    this.kind = kind
    this.node.className = `card kind-${kind} view-${this.name}`
    this.chart = new DRAWINGS[kind]({view: this.name, words: this.words}, () => {}, this.shapes)
    for (const [name, tag] of [["title", "h3"], ["line", "p"], ["says", "p"], ["notes", "p"]]) this[name] = h(tag, {class: name})
    this.legend = h("div", {class: "key", role: "group", "aria-label": this.words.key})
    this.node.replaceChildren(h("header", {}, this.title), this.line, this.says,
      h("div", {class: "plot"}, this.chart.place, this.legend), this.notes)
  }
}

// A table without search: a few rows that are read at once.
const small = ({caption, columns, rows}) => h("div", {class: "scroll", tabindex: "0", role: "region", "aria-label": caption}, h("table", {},
  h("caption", {}, caption),
  h("thead", {}, h("tr", {}, columns.map(({label, unit, number}) => h("th", {scope: "col", class: number ? "number" : ""}, label, unit && h("small", {}, unit))))),
  h("tbody", {}, rows.map((row) => h("tr", {}, row.map(([text], at) =>
    at ? h("td", {class: columns[at].number ? "number" : ""}, text) : h("th", {scope: "row"}, text)))))))

class Step {
  constructor(name, number, title, {words, shapes, send, cards}) {
    Object.assign(this, {name, words, send})
    this.cards = Object.fromEntries(cards.map((card) => [card, new Card(card, {words, shapes})]))
    this.table = new ScreenTable(words)
    this.controls = h("div", {class: "controls card"})
    this.says = h("p", {class: "finding"})
    this.refused = h("p", {class: "warning", role: "alert", hidden: true})
    this.hint = h("p", {class: "hint", hidden: true})
    this.warnings = h("div", {class: "warnings"})
    this.figures = h("div", {class: "figures", hidden: true})
    this.small = h("div", {class: "card", hidden: true})
    this.caption = h("summary", {}, "")
    this.all = h("details", {class: "card all", open: name === "plan"}, this.caption, this.table.node)
    this.more = h("div", {class: "card", hidden: true})
    this.tools = h("div", {class: "bar right"})
    const [first, ...others] = cards.map((card) => this.cards[card].node)
    const two = (...columns) => h("div", {class: "charts"}, ...columns)
    const charts = name === "ahead" ? [two(first, ...others), this.small]
      : others.length ? [two(first, h("div", {class: "side"}, ...others, this.small))] : [first, this.small]
    this.shown = h("div", {class: "shown"}, this.figures, ...charts, this.all, this.more)
    this.node = h("section", {class: "step", id: `step-${name}`, tabindex: "-1", "aria-labelledby": `title-${name}`},
      h("header", {class: "heading"}, h("h2", {id: `title-${name}`}, h("span", {class: "number", "aria-hidden": "true"}, String(number)), title), this.tools),
      h("div", {class: "two"}, this.controls, h("div", {class: "answer"}, this.says, this.refused, this.hint, this.warnings, this.shown)))
  }

  show(told) {
    if (!told) return
    const {refused = "", hint = ""} = told
    const aside = Boolean(refused || hint)
    this.refused.hidden = !refused
    this.refused.textContent = refused
    this.hint.hidden = !hint
    this.hint.textContent = hint
    for (const part of [this.shown, this.says, this.warnings, this.tools]) part.hidden = aside
    if (aside) return
    this.says.textContent = told.says
    this.warnings.replaceChildren(...(told.warnings || []).map((text) => h("p", {class: "warning"}, text)))
    this.showFigures(told.figures || [])
    for (const [name, card] of Object.entries(this.cards)) card.show(told[name])
    const [first, all] = told.tables
    this.small.hidden = this.more.hidden = false
    this.caption.textContent = all.caption
    this.small.replaceChildren(small(first))
    this.table.update(all)
    const folded = (title, ...content) => h("details", {}, h("summary", {}, title), ...content)
    const page = (title, texts) => folded(title, h("ul", {class: "reading"}, texts.map((text) => h("li", {}, text))))
    const reports = told.reports ? [folded(this.words.reports, ...told.reports.map(small))] : []
    this.more.replaceChildren(...reports, page(this.words.notes, told.notes), page(this.words.sources, told.sources))
    this.exports()
  }

  showFigures(figures) {
    this.figures.hidden = !figures.length
    this.figures.replaceChildren(...figures.map((figure) => h("div", {class: "figure"},
      h("h3", {}, figure.label, figure.unit && h("small", {}, ` ${figure.unit}`)),
      h("p", {class: "big"}, figure.value), h("p", {class: "sentence"}, figure.sentence))))
  }

  exports() {
    if (this.tools.children.length) return
    const {words, send, name} = this
    const menuOf = (close) => [h("div", {class: "bar"}, ["csv", "zip", "png", "svg"].map((form) =>
      h("button", {type: "button", onclick: () => { close(); this.save(form) }}, form.toUpperCase())))]
    this.tools.append(menu(words.export, menuOf), h("button", {type: "button", onclick: () => send({do: "code", step: name})}, words.code))
  }

  // Files of the finding; a picture is that of the step's first chart.
  async save(form) {
    const {drawing, chart} = Object.values(this.cards).find((card) => card.drawing)
    const made = picture(drawing, chart, this.picture)
    const name = `${this.file}-${this.name}`
    if (form === "svg") download({name: `${name}.svg`, mime: "image/svg+xml", text: made.text})
    else if (form === "png") download({name: `${name}.png`, mime: "image/png", base64: await painted(made)})
    else this.send({do: "file", step: this.name, form, svg: form === "zip" ? made.text : "", png: form === "zip" ? await painted(made) : ""})
  }
}
