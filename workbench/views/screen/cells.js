// Two dimensions crossed: a coloured cell for each pair, with its figure where there is room.
class ScreenCells extends ScreenChart {
  // The rectangle that two cells span.
  between(one, other) {
    const [a, b] = [one, other].map((at) => this.marks.find((mark) => mark.at === at))
    const inside = (side, mark) => mark[side] >= Math.min(a[side], b[side]) && mark[side] <= Math.max(a[side], b[side])
    return this.marks.filter((mark) => inside("x", mark) && inside("y", mark)).map(({at}) => at)
  }

  paint() {
    const {marks, chosen} = this.drawing
    let {across, down} = this.drawing
    const [width, full] = this.size
    const label = (side) => Math.min(width * 0.3, 12 + Math.max(...side.map(([, name]) => wide(name))))
    const turned = down.length > 12 && width - label(across) >= 24 * down.length
    if (turned) [across, down] = [down, across]
    const left = label(down)
    const column = (width - left) / across.length
    const row = Math.max(26, Math.min(56, (full - 24) / down.length))
    const height = 24 + row * down.length
    this.view(width, height)
    const head = s("g", {"aria-hidden": "true"},
      ...across.map(([, name], at) => this.text(left + column * (at + 0.5), 14, wide(name) > column ? name.slice(0, 3) : name, {"text-anchor": "middle", class: "tick"})),
      ...down.map(([, name], at) => this.text(left - 8, 24 + row * (at + 0.5) + 4, cut(name, left - 8), {"text-anchor": "end", class: "name"})))
    const places = [across, down].map((side) => new Map(side.map(([code], at) => [code, at])))
    const cells = s("g", {role: "presentation"})
    const words = s("g", {"aria-hidden": "true"})
    marks.key.forEach((key, at) => {
      const [one, other] = turned ? [key[1], key[0]] : key
      const [i, j] = [places[0].get(one), places[1].get(other)]
      if (i === undefined || j === undefined) return
      const [x, y] = [left + column * i, 24 + row * j]
      const shade = marks.shade[at] ? `scale-${marks.shade[at]}` : "plain"
      const text = wide(marks.text[at]) + 6 <= column ? marks.text[at] : ""
      const box = {x: x + 1, y: y + 1, width: column - 2, height: row - 2, rx: 3}
      cells.append(this.option(at, {class: shade}, s("rect", {...box, class: "cell"}), this.over(marks.state[at], "rect", box)))
      const muted = chosen.length && !chosen.includes(at)
      if (text) words.append(this.text(x + column / 2, y + row / 2 + 4, text, {"text-anchor": "middle", class: muted ? "in" : `in ${shade}`}))
      this.marks.push({at, x: x + column / 2, y: y + row / 2})
    })
    this.svg.replaceChildren(head, cells, words)
  }
}
