// How it happened: columns of nodes, and streams as wide as they are frequent.
class ScreenFlow extends ScreenChart {
  paint() {
    const {marks, links, columns, chosen} = this.drawing
    const [width, full] = [this.size[0], Math.max(this.size[1], 280)]
    const slots = columns.map((_title, column) => marks.column.filter((own) => own === column).length)
    const height = Math.max(full, 26 + 28 * Math.max(...slots))
    this.view(width, height)
    const whole = Math.max(...columns.map((_t, column) => marks.value.reduce((sum, value, at) => sum + (marks.column[at] === column ? value : 0), 0)), 1)
    const free = height - 30 - 18 * (Math.max(...slots) - 1)
    const scale = Math.max(free * 0.72, 60) / whole
    const room = Math.min(280, width / columns.length - 60)
    const step = (width - room - 14) / Math.max(columns.length - 1, 1)
    const nodes = marks.key.map(() => null)
    columns.forEach((_title, column) => {
      const own = marks.column.map((at, place) => [at, place]).filter(([at]) => at === column).map(([, place]) => place)
      const heights = own.map((place) => Math.max(24, marks.value[place] * scale))
      const gap = Math.max(2, (height - 28 - heights.reduce((a, b) => a + b, 0)) / Math.max(own.length, 1))
      let y = 26
      own.forEach((place, at) => {
        nodes[place] = {x: column * step, y, height: heights[at], thick: Math.max(1, marks.value[place] * scale), from: 0, to: 0}
        y += heights[at] + gap
      })
    })
    const streams = s("g", {"aria-hidden": "true"}, ...links.map(([one, other, value]) => {
      const [a, b, thick] = [nodes[one], nodes[other], Math.max(0.6, value * scale)]
      const [y1, y2] = [a.y + a.from + thick / 2, b.y + b.to + thick / 2]
      a.from += thick
      b.to += thick
      const [x1, x2] = [a.x + 12, b.x]
      const lit = chosen.includes(one) || chosen.includes(other)
      const [bend, half] = [(x1 + x2) / 2, thick / 2]
      const upper = `M${x1} ${y1 - half}C${bend} ${y1 - half} ${bend} ${y2 - half} ${x2} ${y2 - half}`
      const lower = `L${x2} ${y2 + half}C${bend} ${y2 + half} ${bend} ${y1 + half} ${x1} ${y1 + half}z`
      return s("path", {d: upper + lower, class: lit ? "stream chosen" : "stream"})
    }))
    const heads = s("g", {"aria-hidden": "true"}, ...columns.map((title, column) => this.text(column * step, 14, cut(title, room + 20, wideStrong), {class: "tick strong"})))
    const boxes = s("g", {role: "presentation"})
    const words = s("g", {"aria-hidden": "true"})
    nodes.forEach((node, at) => {
      const middle = node.y + node.height / 2
      boxes.append(this.option(at, {class: marks.key[at].every((code) => code === "") ? "inert" : ""},
        s("rect", {x: node.x, y: node.y, width: room + 14, height: node.height, class: "reach"}),
        s("rect", {x: node.x, y: node.y, width: 12, height: node.thick, rx: 2, class: "node"})))
      words.append(
        this.text(node.x + 17, Math.min(middle, node.y + 14) + 2, cut(`${marks.name[at]}`, room - 50), {class: "name halo"}),
        this.text(node.x + room + 12, Math.min(middle, node.y + 14) + 2, marks.text[at], {"text-anchor": "end", class: "figure halo"}))
      this.marks.push({at, x: node.x, y: middle})
    })
    this.svg.replaceChildren(heads, streams, boxes, words)
  }
}
