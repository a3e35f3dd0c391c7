// The key of a card: what its colours and patterns mean, how its classes were made, and what a touch of a class does.
const KEYED = {map: "filter", cells: "light"}

class Keys {
  key(card, drawing) {
    const {method, entries} = drawing.key
    card.key.hidden = !entries.length
    const swatch = (entry) => [h("span", {class: `swatch ${entry.look}`, "aria-hidden": "true"}), entry.label]
    const {shade = [], state, faint = []} = drawing.marks
    const takes = ({look}, at) => look === state[at] || (look === "faint" && faint[at]) || (shade[at] && look.endsWith(`-${shade[at]}`))
    card.key.replaceChildren(method && h("p", {class: "method"}, method), h("ul", {}, entries.map((entry) => {
      const places = drawing.marks.key.map((_key, at) => at).filter((at) => takes(entry, at))
      const act = KEYED[drawing.kind]
      if (!act || !places.length || drawing.inert) return h("li", {}, h("span", {class: "entry"}, swatch(entry)))
      return h("li", {}, h("button", {type: "button", "aria-pressed": act === "light" ? "false" : null, onclick: (event) => this[act](card, places, event.currentTarget)}, swatch(entry)))
    })), card.chart.controls || "")
  }

  // A class of the map's key asks for its regions; the cells of a class are no selection, and so stand out alone.
  filter(card, places) {
    card.chart.several(places)
  }

  light(card, places, button) {
    const on = button.getAttribute("aria-pressed") !== "true"
    for (const other of card.key.querySelectorAll("[aria-pressed]")) other.setAttribute("aria-pressed", String(on && other === button))
    card.chart.light(on ? places : [])
  }
}
