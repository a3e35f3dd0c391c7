// Dragging from mark to mark takes all between them. Another way: a click on one and Shift with a click on the other, or
// Enter on one and Shift with Enter on the other.
class Brush {
  constructor(chart) {
    this.chart = chart
    chart.svg.addEventListener("pointerdown", (event) => this.begin(event))
  }

  begin(event) {
    const {chart} = this
    const from = chart.at(event)
    if (event.button !== 0 || event.pointerType === "touch" || from < 0 || chart.drawing.inert) return
    let to = from
    const over = (step) => {
      const at = this.under(step)
      if (at < 0 || at === to) return
      to = at
      this.brushing = true
      chart.hide()
      this.show(chart.between(from, to))
    }
    const drop = () => {
      window.removeEventListener("pointermove", over)
      window.removeEventListener("pointerup", drop)
      this.show([])
      this.brushing = false
      if (to !== from) chart.several(chart.between(from, to))
    }
    window.addEventListener("pointermove", over)
    window.addEventListener("pointerup", drop)
    event.preventDefault()  // no text is marked
    chart.svg.focus({focusVisible: false, preventScroll: true})
  }

  under(event) {
    const node = this.chart.svg.getRootNode().elementFromPoint(event.clientX, event.clientY)
    const mark = node?.closest("[data-at]")
    return mark && this.chart.svg.contains(mark) ? Number(mark.dataset.at) : -1
  }

  show(places) {
    const taken = new Set(places)
    for (const node of this.chart.svg.querySelectorAll("[role=option]")) {
      node.classList.toggle("brushed", taken.has(Number(node.dataset.at)))
    }
  }
}
