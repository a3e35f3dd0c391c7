// The help of a card: what it shows, how its marks and the signs that occur are read, what mouse and keyboard do.
function explained({reading}, drawing) {
  const {view, kind, marks, key, inert} = drawing
  const look = drawing.circles ? "circles" : drawing.diverging || drawing.ratio ? `${kind}_ratio` : kind
  const occurring = {
    interval: ["line", "rows"].includes(kind) && marks.low.some((value) => value !== null),
    fit: drawing.fits?.length,
    break: drawing.breaks?.length,
    provisional: drawing.provisional?.length,
    other: drawing.other,
    ...Object.fromEntries(key.entries.map((entry) => [entry.look, true])),
  }
  const signs = Object.keys(reading.signs).filter((sign) => occurring[sign])
  const use = inert ? [reading.inert] : [reading.mouse[kind], reading.keyboard[kind]]
  return h("div", {class: "help"},
    h("p", {}, h("b", {}, reading.views[view])),
    h("ul", {}, [reading.marks[look], ...signs.map((sign) => reading.signs[sign])].map((words) => h("li", {}, words))),
    [...use, reading.table].map((words) => h("p", {}, words)))
}
