// Figures over the years: the line stops where the count changes, the fitted line and its band lie behind it.
class ScreenLine extends ScreenChart {
  between(one, other) {
    const [low, high] = [one, other].map((at) => Number(this.drawing.marks.key[at][0])).sort((a, b) => a - b)
    return this.drawing.marks.key.map(([year], at) => [Number(year), at]).filter(([year]) => year >= low && year <= high).map(([, at]) => at)
  }

  paint() {
    const {marks, chosen, fits, breaks, provisional, other} = this.drawing
    const [width, height] = [this.size[0], Math.max(this.size[1], 160)]
    this.view(width, height)
    const years = marks.key.map(([year]) => Number(year))
    const all = [...marks.value, ...marks.high, ...(other || []), ...fits.flatMap((fit) => fit.high)].filter((value) => value !== null)
    const top = Math.max(...all, 0) * 1.08 || 1
    const steps = ticks(0, top, Math.max(2, Math.round(height / 70)))
    const labels = figures(steps)
    const [left, right, high, low] = [12 + Math.max(...labels.map(wide)), 14, 14, 24]
    const [first, last] = [Math.min(...years) - 0.5, Math.max(...years) + 0.5]
    const x = (year) => left + (year - first) / (last - first) * (width - left - right)
    const y = (value) => height - low - value / top * (height - low - high)
    const path = (points) => points.map(([year, value], at) => `${at ? "L" : "M"}${x(year).toFixed(1)} ${y(value).toFixed(1)}`).join("")

    const every = Math.ceil(years.length * 38 / (width - left - right))
    const axis = s("g", {"aria-hidden": "true"},
      ...steps.map((step, at) => s("g", {},
        s("line", {x1: left, x2: width - right, y1: y(step), y2: y(step), class: "rule"}),
        this.text(left - 6, y(step) + 4, labels[at], {"text-anchor": "end", class: "tick"}))),
      ...years.filter((_year, at) => (years.length - 1 - at) % every === 0).map((year) =>
        this.text(x(year), height - 7, year, {"text-anchor": "middle", class: "tick"})))

    const behind = s("g", {"aria-hidden": "true"})
    for (const fit of fits) {
      const band = fit.year.map((year, at) => [year, fit.high[at]]).concat(fit.year.map((year, at) => [year, fit.low[at]]).reverse())
      if (band.every(([, value]) => value !== null)) behind.append(s("path", {d: `${path(band)}z`, class: "band"}))
      behind.append(s("path", {d: path(fit.year.map((year, at) => [year, fit.value[at]])), class: "fit"}))
    }
    let written = -Infinity
    for (const [year, words] of breaks) {
      const at = x(year - 0.5)
      behind.append(s("line", {x1: at, x2: at, y1: high - 6, y2: height - low, class: "break"}))
      if (at - written < wide(words) + 12) continue  // of breaks close to each other the first is named
      const end = at + 5 + wide(words) > width
      behind.append(this.text(end ? at - 5 : at + 5, height - low - 8, words, {class: "tick", "text-anchor": end ? "end" : "start"}))
      written = at
    }
    const pieces = new Map()
    years.forEach((year, at) => {
      if (marks.value[at] === null) return
      const piece = pieces.get(marks.segment[at]) || []
      if (piece.length && piece.at(-1)[0] < year - 1) pieces.set(`${marks.segment[at]}-${year}`, piece.splice(0))
      piece.push([year, marks.value[at]])
      pieces.set(marks.segment[at], piece)
    })
    for (const piece of pieces.values()) behind.append(s("path", {d: path(piece), class: "line"}))
    if (other) {
      const points = years.map((year, at) => [year, other[at]]).filter(([, value]) => value !== null && value !== undefined)
      behind.append(s("path", {d: path(points), class: "line other"}))
      for (const [year, value] of points) behind.append(s("circle", {cx: x(year), cy: y(value), r: 3.5, class: "dot other"}))
    }

    const band = x(years[0] + 1) - x(years[0])
    const points = s("g", {role: "presentation"})
    years.forEach((year, at) => {
      const value = marks.value[at]
      const [cx, cy] = [x(year), value === null ? y(0) : y(value)]
      const whisker = marks.low[at] !== null && s("line", {x1: cx, x2: cx, y1: y(marks.low[at]), y2: y(marks.high[at]), class: "whisker"})
      const dot = value === null ? s("rect", {x: cx - 5, y: cy - 10, width: 10, height: 10, class: "gap"})
        : s("circle", {cx, cy, r: chosen.includes(at) ? 6 : 4.5, class: "dot"})
      points.append(this.option(at, {class: provisional.includes(year) ? "provisional" : ""},
        s("rect", {x: cx - band / 2, y: high - 8, width: band, height: height - low - high + 8, class: "reach"}), whisker, dot))
      this.marks.push({at, x: cx, y: cy})
    })
    this.svg.replaceChildren(axis, behind, points)
  }
}
