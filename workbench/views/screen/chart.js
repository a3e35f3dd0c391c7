// What every chart shares: one stop for Tab, arrows that walk its marks, Enter that takes one, a tooltip, one look.
let serial = 0

class ScreenChart {
  constructor(card, send) {
    this.card = card
    this.send = send
    this.active = -1
    this.name = `wb-${serial++}`
    this.svg = s("svg", {role: "listbox", tabindex: "0", "aria-multiselectable": "true", "data-chart": card.view})
    this.tip = h("div", {class: "tip", hidden: true, "aria-hidden": "true"})
    this.place = h("div", {class: "drawing"}, this.svg, this.tip)
    this.defs = patterns(this.name)
    if (this.between) this.brush = new Brush(this)
    this.svg.addEventListener("click", (event) => this.clicked(event))
    this.svg.addEventListener("dblclick", () => this.clear())
    this.svg.addEventListener("pointermove", (event) => this.pointed(event))
    this.svg.addEventListener("pointerleave", () => this.hide())
    this.svg.addEventListener("keydown", (event) => this.pressed(event))
    this.svg.addEventListener("focus", () => this.focused())
    this.svg.addEventListener("blur", () => this.mark(-1))
    this.pixels = this.size = [0, 0]
    new ResizeObserver(() => this.resized()).observe(this.place)
  }

  update(drawing) {
    this.drawing = drawing
    this.svg.setAttribute("aria-label", drawing.about)
    this.svg.classList.toggle("some", drawing.chosen.length > 0)
    this.svg.classList.toggle("inert", Boolean(drawing.inert))
    this.hide()
    this.draw()
  }

  resized() {
    const [width, height] = [this.place.clientWidth, this.place.clientHeight]
    if (!width || (Math.abs(width - this.pixels[0]) < 2 && Math.abs(height - this.pixels[1]) < 2)) return
    if (this.drawing) this.draw()
  }

  // In units that are larger than pixels where the reader's own text is: a drawing grows with its words.
  draw() {
    if (!this.place.clientWidth) return
    this.pixels = [this.place.clientWidth, this.place.clientHeight]
    this.unit = Math.max(1, parseFloat(getComputedStyle(document.documentElement).fontSize) / 16)
    this.size = this.pixels.map((length) => length / this.unit)
    measureAs(getComputedStyle(this.svg), this.unit)
    this.marks = []
    const kept = this.active
    this.paint()
    this.svg.prepend(this.defs)
    this.active = -1
    if (kept >= 0 && this.svg.getRootNode().activeElement === this.svg) this.mark(Math.min(kept, this.marks.length - 1))
  }

  // The element of a mark, read out as an option of the chart.
  option(at, attributes, ...children) {
    const {marks, chosen} = this.drawing
    const words = [marks.name[at], ...(marks.tip ? marks.tip[at] : [])].filter(Boolean).join(", ")
    const picked = chosen.includes(at)
    const classes = ["mark", attributes.class, picked ? "chosen" : "", marks.state[at]].filter(Boolean).join(" ")
    return s("g", {
      ...attributes, class: classes, role: "option", id: `${this.name}-${at}`, "data-at": at,
      "aria-selected": picked ? "true" : "false", "aria-label": words,
    }, ...children)
  }

  touch(at, add) {
    if (this.drawing.inert || at < 0) return
    this.send({do: "touch", view: this.card.view, key: this.drawing.marks.key[at], add})
  }

  several(places) {
    const {inert, marks} = this.drawing
    if (!inert && places.length) this.send({do: "several", view: this.card.view, keys: places.map((at) => marks.key[at])})
  }

  // The pattern of a state over the colour of a mark.
  over(state, tag, attributes) {
    return PATTERNED.includes(state) && s(tag, {...attributes, fill: `url(#${this.name}-${state})`, class: "over", "aria-hidden": "true"})
  }

  // Marks of one class of the key stand out, until it is taken again.
  light(places) {
    this.svg.classList.toggle("lit", places.length > 0)
    const lit = new Set(places)
    for (const node of this.svg.querySelectorAll("[role=option]")) node.classList.toggle("bright", lit.has(Number(node.dataset.at)))
  }

  clear() {
    this.hide()
    if (!this.drawing.inert) this.send({do: "clear", view: this.card.view})
  }

  at(event) {
    const mark = event.target.closest("[data-at]")
    return mark ? Number(mark.dataset.at) : -1
  }

  clicked(event) {
    if (event.detail < 2) this.touch(this.at(event), event.shiftKey)
  }

  pointed(event) {
    const at = this.at(event)
    if (at < 0 || this.dragging || this.brush?.brushing) return this.hide()
    this.show(at, event.clientX, event.clientY)
  }

  show(at, x, y) {
    const {marks} = this.drawing
    this.tip.replaceChildren(h("b", {}, marks.name[at]), ...(marks.tip ? marks.tip[at] : []).map((line) => h("div", {}, line)))
    this.tip.hidden = false
    const box = this.place.getBoundingClientRect()
    const [wide, high] = [this.tip.offsetWidth, this.tip.offsetHeight]
    const left = Math.min(Math.max(0, x - box.left + 12), Math.max(0, box.width - wide))
    const above = y - box.top - high - 12
    this.tip.style.left = `${left}px`
    this.tip.style.top = `${above > 0 ? above : y - box.top + 16}px`
  }

  hide() {
    this.tip.hidden = true
  }

  focused() {
    if (!this.marks.length || !this.svg.matches(":focus-visible")) return
    this.mark(this.active >= 0 ? this.active : Math.max(0, this.drawing.chosen[0] ?? 0))
  }

  mark(at) {
    this.svg.querySelector(".active")?.classList.remove("active")
    this.active = at
    if (at < 0) {
      this.svg.removeAttribute("aria-activedescendant")
      return this.hide()
    }
    const node = this.svg.querySelector(`#${this.name}-${at}`)
    if (!node) return
    node.classList.add("active")
    this.svg.setAttribute("aria-activedescendant", node.id)
    node.scrollIntoView({block: "nearest", inline: "nearest"})
    const box = node.getBoundingClientRect()
    this.show(at, box.left + box.width / 2, box.top)
  }

  pressed(event) {
    const {key} = event
    if (key === "Enter" || key === " ") this.touch(this.active, event.shiftKey)
    else if (key === "Escape") this.clear()
    else if (key === "Home") this.mark(0)
    else if (key === "End") this.mark(this.marks.length - 1)
    else if (key.startsWith("Arrow")) this.mark(this.next(key.slice(5)))
    else return
    event.preventDefault()
  }

  // The nearest mark in a direction; what lies aside counts twice.
  next(direction) {
    const from = this.marks.find((mark) => mark.at === this.active) || this.marks[0]
    const [dx, dy] = {Left: [-1, 0], Right: [1, 0], Up: [0, -1], Down: [0, 1]}[direction]
    let best = from
    let least = Infinity
    for (const mark of this.marks) {
      const [x, y] = [mark.x - from.x, mark.y - from.y]
      const along = x * dx + y * dy
      if (mark === from || along <= 1e-6) continue
      const away = along + 2 * Math.abs(x * dy) + 2 * Math.abs(y * dx)
      if (away < least) [best, least] = [mark, away]
    }
    return best ? best.at : -1
  }

  view(width, height) {
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`)
    this.svg.setAttribute("width", width * this.unit)
    this.svg.setAttribute("height", height * this.unit)
  }

  text(x, y, words, attributes = {}) {
    return s("text", {x, y, ...attributes}, words)
  }
}
