// Patterns over a colour: hatch for what is unreliable, dots for what is withheld. Defined in each drawing, so that a
// picture of it takes them along. Hatch is a line of ink beside one of the card's colour: one stands out of any shade.
const PATTERNED = ["unreliable", "withheld"]

const patterns = (name) => s("defs", {},
  s("pattern", {id: `${name}-unreliable`, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)"},
    s("rect", {width: 1.4, height: 6, class: "hatch"}), s("rect", {x: 1.4, width: 1.2, height: 6, class: "hatch pale"})),
  s("pattern", {id: `${name}-withheld`, width: 5, height: 5, patternUnits: "userSpaceOnUse"},
    s("circle", {cx: 2.5, cy: 2.5, r: 1.2, class: "speck"})))

// A pattern on a drawing whose units are not pixels keeps the size of its lines.
function scaled(defs, unit) {
  for (const pattern of defs.children) {
    pattern.setAttribute("patternTransform", `scale(${unit})${pattern.id.endsWith("unreliable") ? " rotate(45)" : ""}`)
  }
}
