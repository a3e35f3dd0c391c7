// A card as a picture of its own: SVG with its words, its key, its source and the word synthetic; PNG from it.
const PAINT = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-opacity", "opacity", "font", "visibility"]

// A copy of a drawing with its colours written into it: it leaves the style sheet behind.
function copied(node) {
  const copy = node.cloneNode(true)
  const [from, to] = [node, copy].map((root) => [root, ...root.querySelectorAll("*")])
  from.forEach((own, at) => {
    const style = getComputedStyle(own)
    const look = PAINT.map((name) => `${name}:${style.getPropertyValue(name)}`).join(";")
    to[at].setAttribute("style", `${look};vector-effect:${style.getPropertyValue("vector-effect")}`)
    for (const name of ["class", "role", "tabindex", "aria-selected", "aria-label", "data-at"]) to[at].removeAttribute(name)
    if (own.tagName !== "pattern") to[at].removeAttribute("id")
  })
  for (const reach of copy.querySelectorAll('[fill="none"]')) reach.remove()
  return copy
}

function wrapped(words, letters) {
  const lines = [""]
  for (const word of words.split(/\s+/)) {
    if (lines.at(-1) && `${lines.at(-1)} ${word}`.length > letters) lines.push(word)
    else lines[lines.length - 1] = `${lines.at(-1)} ${word}`.trim()
  }
  return lines
}

function picture(card, chart, words) {
  const style = getComputedStyle(chart.svg)
  const [ink, muted, ground] = ["--ink", "--muted", "--card"].map((name) => style.getPropertyValue(name).trim())
  const [width, height] = [chart.svg.clientWidth || chart.size[0], chart.svg.clientHeight || chart.size[1]]
  const key = card.key?.entries || []
  const side = key.length ? 190 : 0
  const wide = Math.max(width + side + 32, 420)
  const letters = Math.floor((wide - 32) / 6.4)
  const rows = []
  const line = (text, size, colour, weight = 400) => wrapped(text, letters * 13 / size).forEach((part) => rows.push([part, size, colour, weight]))
  line(`${card.title}: ${card.says || card.line}`, 16, ink, 600)
  line(`${card.line}. ${words.selection}`, 12, muted)
  if (words.synthetic) line(words.synthetic, 13, ink, 600)
  const top = 16 + rows.reduce((sum, [, size]) => sum + size * 1.45, 0)
  const foot = wrapped([words.source, card.credit].filter(Boolean).join(". "), letters)
  const all = top + height + 24 + foot.length * 16
  const whole = s("svg", {xmlns: SVG, width: wide, height: all, viewBox: `0 0 ${wide} ${all}`, "font-family": "system-ui, sans-serif"},
    s("rect", {width: wide, height: all, fill: ground}))
  let y = 10
  for (const [text, size, colour, weight] of rows) {
    y += size * 1.45
    whole.append(s("text", {x: 16, y: y - 4, "font-size": size, "font-weight": weight, fill: colour}, text))
  }
  const inner = copied(chart.svg)
  for (const [name, value] of Object.entries({x: 16, y: top, width, height})) inner.setAttribute(name, value)
  whole.append(inner)
  key.forEach((entry, at) => {
    const swatch = chart.place.parentNode.querySelectorAll(".key .swatch")[at]
    const look = swatch ? getComputedStyle(swatch) : {}
    const pattern = chart.over(entry.look, "rect", {x: width + 28, y: top + 8 + at * 20, width: 14, height: 14})
    whole.append(
      s("rect", {x: width + 28, y: top + 8 + at * 20, width: 14, height: 14, fill: look.backgroundColor, stroke: look.borderColor}),
      ...(pattern ? [pattern] : []),
      s("text", {x: width + 48, y: top + 20 + at * 20, "font-size": 12, fill: ink}, entry.label))
  })
  foot.forEach((text, at) => whole.append(s("text", {x: 16, y: top + height + 22 + at * 16, "font-size": 12, fill: muted}, text)))
  return {text: new XMLSerializer().serializeToString(whole), width: wide, height: all}
}

function painted({text, width, height}, scale = 2) {
  return new Promise((done, fail) => {
    const image = new Image()
    image.onload = () => {
      const canvas = h("canvas", {width: width * scale, height: height * scale})
      const pen = canvas.getContext("2d")
      pen.scale(scale, scale)
      pen.drawImage(image, 0, 0)
      done(canvas.toDataURL("image/png").split(",")[1])
    }
    image.onerror = fail
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`
  })
}

// Hand a file to the reader: text, or bytes in base64.
function download({name, mime, text, base64}) {
  const bytes = base64 ? Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)) : text
  const address = URL.createObjectURL(new Blob([bytes], {type: mime}))
  h("a", {href: address, download: name}).click()
  setTimeout(() => URL.revokeObjectURL(address), 10_000)
}
