// Groups below each other: name, a dot with its interval, the figure; many of them in two columns where there is room.
class ScreenRows extends ScreenChart {
  between(one, other) {
    const [low, high] = [Math.min(one, other), Math.max(one, other)]
    return this.marks.map(({at}) => at).filter((at) => at >= low && at <= high)
  }

  columns(count) {
    return this.size[0] >= 820 && count > 12 ? 2 : 1
  }

  paint() {
    const count = this.drawing.marks.key.length
    const columns = this.columns(count)
    const each = Math.ceil(count / columns)
    const width = (this.size[0] - 32 * (columns - 1)) / columns
    const row = Math.max(24, Math.min(34, (this.size[1] - 26) / Math.max(each, 1)))
    const height = each * row + 26
    this.view(this.size[0], height)
    const axis = s("g", {"aria-hidden": "true"})
    const rows = s("g", {role: "presentation"})
    const words = s("g", {"aria-hidden": "true"})  // an option says its whole name, the picture what there is room for
    const scale = this.scale(width)
    for (let column = 0; column < columns; column += 1) {
      const offset = column * (width + 32)
      axis.append(s("g", {transform: `translate(${offset} 0)`}, this.axis(scale, height)))
      for (let at = column * each; at < Math.min(count, (column + 1) * each); at += 1) {
        this.row(at, {offset, y: 22 + row * (at - column * each + 0.5), row, width, scale}, rows, words)
      }
    }
    this.svg.replaceChildren(axis, rows, words)
  }

  // From values to places, between the room of the names and that of the figures.
  scale(width) {
    const {marks, ratio, other} = this.drawing
    const room = Math.min(width * 0.46, 4 + Math.max(...marks.name.map(wide), 24))
    const [left, right] = [room + 8, 18 + Math.max(...marks.text.map(wide), 20)]
    const known = [...marks.value, ...marks.low, ...marks.high, ...(other || [])].filter((value) => value !== null && value !== undefined)
    const positive = known.filter((value) => value > 0)
    const [least, most] = ratio ? [Math.min(...positive, 0.9) / 1.05, Math.max(...positive, 1.1) * 1.05] : [Math.min(0, ...known), Math.max(...known, 0) * 1.03 || 1]
    const log = (value) => Math.log(Math.max(value, least))
    const x = ratio ? (value) => left + (log(value) - log(least)) / (log(most) - log(least)) * (width - left - right)
      : (value) => left + (value - least) / (most - least) * (width - left - right)
    return {room, least, most, x, wanted: Math.max(2, Math.round((width - left - right) / 80))}
  }

  axis({least, most, x, wanted}, height) {
    const {ratio} = this.drawing
    const steps = ratio ? ratioTicks(least, most) : ticks(least, most, wanted)
    const labels = ratio ? steps.map(String) : figures(steps)
    return steps.map((step, at) => s("g", {},
      s("line", {x1: x(step), x2: x(step), y1: 18, y2: height - 4, class: ratio && step === 1 ? "rule one" : "rule"}),
      this.text(x(step), 12, labels[at], {"text-anchor": "middle", class: "tick"})))
  }

  row(at, {offset, y, row, width, scale: {room, least, x}}, rows, words) {
    const {marks, inert, other, chosen} = this.drawing
    const value = marks.value[at]
    const state = marks.state[at]
    const box = {x: 0, y: y - row / 2 + 1, width, height: row - 2, rx: 4}
    const parts = [s("rect", {...box, class: "reach"})]
    const strong = chosen.includes(at) ? " strong" : ""
    const moved = {transform: `translate(${offset} 0)`}
    words.append(s("g", moved,
      this.text(room, y + 4, cut(marks.name[at], room, strong ? wideStrong : wide), {"text-anchor": "end", class: `name${strong}`}),
      this.text(width - 4, y + 4, marks.text[at], {"text-anchor": "end", class: `figure${strong}`})))
    if (value !== null) {
      const interval = marks.low[at] !== null
      parts.push(s("line", {x1: x(Math.max(least, interval ? marks.low[at] : value)), x2: x(interval ? marks.high[at] : value), y1: y, y2: y, class: "whisker"}))
      if (other && other[at] !== null && other[at] !== undefined) parts.push(s("circle", {cx: x(other[at]), cy: y, r: 4, class: "dot other"}))
      parts.push(s("circle", {cx: x(value), cy: y, r: 5, class: "dot"}))
    } else if (state === "withheld") {
      parts.push(this.over(state, "rect", {...box, x: room + 8, width: Math.max(0, width - room - 80)}))
    }
    rows.append(this.option(at, {class: inert ? "inert" : "", ...moved}, ...parts))
    this.marks.push({at, x: offset + room, y})
  }
}
