// Groups below each other: name, a dot with its interval, the figure.
class ScreenRows extends ScreenChart {
  paint() {
    const {marks, ratio, inert, other} = this.drawing
    const width = this.size[0]
    const count = marks.key.length
    const row = Math.max(24, Math.min(34, (this.size[1] - 26) / Math.max(count, 1)))
    const height = count * row + 26
    this.view(width, height)
    const room = Math.min(width * 0.46, 4 + Math.max(...marks.name.map(wide), 24))
    const figure = 14 + Math.max(...marks.text.map(wide), 20)
    const [left, right] = [room + 8, figure + 4]
    const known = [...marks.value, ...marks.low, ...marks.high, ...(other || [])].filter((value) => value !== null && value !== undefined)
    const positive = known.filter((value) => value > 0)
    const [least, most] = ratio ? [Math.min(...positive, 0.9) / 1.05, Math.max(...positive, 1.1) * 1.05] : [Math.min(0, ...known), Math.max(...known, 0) * 1.03 || 1]
    const log = (value) => Math.log(Math.max(value, least))
    const x = ratio ? (value) => left + (log(value) - log(least)) / (log(most) - log(least)) * (width - left - right)
      : (value) => left + (value - least) / (most - least) * (width - left - right)

    const steps = ratio ? ratioTicks(least, most) : ticks(least, most, Math.max(2, Math.round((width - left - right) / 80)))
    const labels = ratio ? steps.map(String) : figures(steps)
    const axis = s("g", {"aria-hidden": "true"}, ...steps.map((step, at) => s("g", {},
      s("line", {x1: x(step), x2: x(step), y1: 18, y2: height - 4, class: ratio && step === 1 ? "rule one" : "rule"}),
      this.text(x(step), 12, labels[at], {"text-anchor": "middle", class: "tick"}))))
    const rows = s("g", {role: "presentation"})
    const words = s("g", {"aria-hidden": "true"})  // an option says its whole name, the picture what there is room for
    marks.key.forEach((_key, at) => {
      const y = 22 + row * (at + 0.5)
      const value = marks.value[at]
      const parts = [
        s("rect", {x: 0, y: y - row / 2 + 1, width, height: row - 2, rx: 4, class: "reach"}),
      ]
      const strong = this.drawing.chosen.includes(at) ? " strong" : ""
      words.append(
        this.text(room, y + 4, cut(marks.name[at], strong ? room * 0.92 : room), {"text-anchor": "end", class: `name${strong}`}),
        this.text(width - 4, y + 4, marks.text[at], {"text-anchor": "end", class: `figure${strong}`}))
      if (value !== null) {
        const interval = marks.low[at] !== null
        parts.push(s("line", {x1: x(Math.max(least, interval ? marks.low[at] : value)), x2: x(interval ? marks.high[at] : value), y1: y, y2: y, class: "whisker"}))
        if (other && other[at] !== null && other[at] !== undefined) parts.push(s("circle", {cx: x(other[at]), cy: y, r: 4, class: "dot other"}))
        parts.push(s("circle", {cx: x(value), cy: y, r: 5, class: "dot"}))
      }
      rows.append(this.option(at, {class: inert ? "inert" : ""}, ...parts))
      this.marks.push({at, x: left, y})
    })
    this.svg.replaceChildren(axis, rows, words)
  }
}
