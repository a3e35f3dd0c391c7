// The map: paths made once for a level, then classes alone are changed; a metre is as long across as down, always.
class ScreenMap extends ScreenChart {
  constructor(card, send, shapesOf) {
    super(card, send)
    this.shapesOf = shapesOf
    this.loaded = ""
    this.box = null
    const button = (label, sign, act) =>
      h("button", {type: "button", class: "small", title: label, "aria-label": label, onclick: act}, sign)
    const {words} = card
    this.controls = h("div", {class: "zoom"},
      button(words.closer, "+", () => this.zoom(0.7)),
      button(words.farther, "−", () => this.zoom(1 / 0.7)),
      button(words.whole, "⤢", () => this.home()))
    this.svg.addEventListener("pointerdown", (event) => this.grab(event))
    this.svg.addEventListener("wheel", (event) => {
      if (!event.ctrlKey) return
      event.preventDefault()
      this.zoom(event.deltaY > 0 ? 1.15 : 1 / 1.15)
    }, {passive: false})
    this.svg.addEventListener("keydown", (event) => {
      if (event.key === "+" || event.key === "-") this.zoom(event.key === "+" ? 0.7 : 1 / 0.7)
    })
  }

  // Draw the shapes of a level: land below, marks on it, borders above; what is chosen is moved to the top.
  load(shapes) {
    this.loaded = shapes.id
    this.land = shapes.paths.map((d) => s("path", {d, class: "region", "fill-rule": "evenodd"}))
    this.circles = s("g", {})
    this.top = s("g", {})
    this.region = s("g", {role: "presentation"}, ...this.land)  // else Chromium takes no path inside for an option
    this.patterned = s("g", {"aria-hidden": "true"})
    this.zeros = s("g", {"aria-hidden": "true", "text-anchor": "middle"})
    this.svg.replaceChildren(
      this.region,
      this.patterned,
      s("path", {d: shapes.borders, class: "borders", "aria-hidden": "true"}),
      s("g", {"aria-hidden": "true"}, ...shapes.insets.map(([x, y, width, height]) => s("rect", {x, y, width, height, class: "inset"}))),
      this.circles,
      this.zeros,
      this.top)
    this.middles = shapes.middles
    this.fitted = ""
  }

  paint() {
    const {drawing} = this
    const shapes = this.shapesOf(drawing.shapes)
    if (!shapes) return
    if (this.loaded !== shapes.id) this.load(shapes)
    this.svg.setAttribute("preserveAspectRatio", "xMidYMid meet")
    this.svg.setAttribute("width", "100%")
    this.svg.setAttribute("height", "100%")
    const fit = drawing.fit.join(" ")
    if (fit !== this.fitted || this.sized !== this.size.join()) {
      this.sized = this.size.join()
      this.fitted = fit
      this.home()
    }
    const {marks, chosen, row_of} = drawing
    const picked = new Set(chosen)
    const first = new Map()
    this.top.replaceChildren()
    this.circles.replaceChildren()
    this.patterned.replaceChildren()
    this.zeros.replaceChildren()
    row_of.forEach((at, place) => this.colour(this.land[place], at, place, picked, first))
    if (drawing.circles) this.count(first)
    this.marks = [...first].map(([at, place]) => ({at, x: this.middles[place][0], y: this.middles[place][1]}))
    this.marks.sort((one, other) => one.at - other.at)
  }

  colour(path, at, place, picked, first) {
    const {marks, circles, diverging} = this.drawing
    const own = at >= 0 && !first.has(at)
    if (own) first.set(at, place)
    const state = at < 0 ? "outside" : marks.state[at]
    const shade = at < 0 || circles || !marks.shade[at] ? "plain" : `${diverging ? "ratio" : "scale"}-${marks.shade[at]}`
    const faint = at >= 0 && marks.faint?.[at] ? "faint" : ""
    const mark = at < 0 ? "" : "mark"
    const look = ["region", mark, shade, state, faint, picked.has(at) ? "chosen" : ""].filter(Boolean).join(" ")
    if (path.getAttribute("class") !== look) path.setAttribute("class", look)
    if (at < 0) {
      for (const name of ["data-at", "id", "role", "aria-selected", "aria-label"]) path.removeAttribute(name)
      path.setAttribute("aria-hidden", "true")
      return
    }
    path.removeAttribute("aria-hidden")
    path.setAttribute("data-at", at)
    if (own) {
      path.setAttribute("id", `${this.name}-${at}`)
      path.setAttribute("role", "option")
      path.setAttribute("aria-selected", picked.has(at) ? "true" : "false")
      path.setAttribute("aria-label", [marks.name[at], ...marks.tip[at]].join(", "))
    }
    const d = path.getAttribute("d")
    const over = this.over(state, "path", {d, "fill-rule": "evenodd"})
    if (over) this.patterned.append(over)
    if (state === "zero" && !circles && own) this.zeros.append(s("text", {x: this.middles[place][0], y: this.middles[place][1], class: "nought"}, "0"))
    if (picked.has(at)) {
      this.top.append(...["casing", "outline"].map((look) => s("path", {d, class: look, "aria-hidden": "true"})))
    }
  }

  // Counts are areas: a region is as large as it is, not as many as are counted in it.
  count(first) {
    const {marks, chosen} = this.drawing
    const most = Math.max(...marks.value.filter((value) => value !== null), 1)
    const largest = Math.min(this.box[2], this.box[3]) / 22
    const order = [...first].filter(([at]) => marks.value[at] > 0).sort(([a], [b]) => marks.value[b] - marks.value[a])
    this.circles.replaceChildren(...order.map(([at, place]) => s("circle", {
      cx: this.middles[place][0], cy: this.middles[place][1], r: largest * Math.sqrt(marks.value[at] / most),
      class: `count${chosen.includes(at) ? " chosen" : ""}`, "data-at": at, "aria-hidden": "true",
    })))
  }

  home() {
    this.box = [...this.drawing.fit]
    this.frame()
  }

  zoom(factor) {
    const [x, y, width, height] = this.box
    this.box = [x + width * (1 - factor) / 2, y + height * (1 - factor) / 2, width * factor, height * factor]
    this.frame()
  }

  frame() {
    this.svg.setAttribute("viewBox", this.box.join(" "))
    const [width, height] = [this.place.clientWidth, this.place.clientHeight]
    const unit = Math.max(this.box[2] / (width || 1), this.box[3] / (height || 1))
    scaled(this.defs, unit)
    this.svg.style.setProperty("--unit", unit)
  }

  // Drag with Shift takes the regions whose middle lies in a rectangle; Shift with a click or Enter adds them one by one.
  lasso(event) {
    const matrix = this.svg.getScreenCTM().inverse()
    const point = ({clientX, clientY}) => new DOMPoint(clientX, clientY).matrixTransform(matrix)
    const start = point(event)
    const box = s("rect", {class: "lasso", "aria-hidden": "true"})
    let [left, top, right, bottom] = [start.x, start.y, start.x, start.y]
    const move = (step) => {
      const end = point(step)
      ;[left, right] = [start.x, end.x].sort((a, b) => a - b)
      ;[top, bottom] = [start.y, end.y].sort((a, b) => a - b)
      this.moved = this.moved || Math.hypot(step.clientX - event.clientX, step.clientY - event.clientY) >= 4
      for (const [name, value] of Object.entries({x: left, y: top, width: right - left, height: bottom - top})) box.setAttribute(name, value)
      if (this.moved && !box.parentNode) this.svg.append(box)
      this.hide()
    }
    const drop = () => {
      window.removeEventListener("pointermove", move)
      window.removeEventListener("pointerup", drop)
      box.remove()
      this.dragging = false
      if (this.moved) this.several(this.marks.filter(({x, y}) => x >= left && x <= right && y >= top && y <= bottom).map(({at}) => at))
    }
    this.moved = false
    this.dragging = true
    event.preventDefault()
    window.addEventListener("pointermove", move)
    window.addEventListener("pointerup", drop)
  }

  // Drag moves the map; less than four pixels is a click.
  grab(event) {
    if (event.button !== 0) return
    if (event.shiftKey) return this.lasso(event)
    const start = [event.clientX, event.clientY, ...this.box]
    const scale = this.svg.getScreenCTM().a
    this.moved = false
    const move = (step) => {
      const [dx, dy] = [step.clientX - start[0], step.clientY - start[1]]
      if (Math.hypot(dx, dy) < 4 && !this.moved) return
      this.moved = true
      this.box = [start[2] - dx / scale, start[3] - dy / scale, start[4], start[5]]
      this.frame()
    }
    const drop = () => {
      window.removeEventListener("pointermove", move)
      window.removeEventListener("pointerup", drop)
    }
    window.addEventListener("pointermove", move)
    window.addEventListener("pointerup", drop)
  }

  clicked(event) {
    if (this.moved) this.moved = false
    else super.clicked(event)
  }
}
