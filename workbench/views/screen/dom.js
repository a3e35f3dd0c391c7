// Small tools for elements, numbers and axes. The files of this folder are one script: screen.py joins them in order.
const SVG = "http://www.w3.org/2000/svg"

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value)
    else node.setAttribute(name, value === true ? "" : value)
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false))
  return node
}

const h = (tag, attributes, ...children) => filled(document.createElement(tag), attributes, children)
const s = (tag, attributes, ...children) => filled(document.createElementNS(SVG, tag), attributes, children)

const named = (node) => node.getAttribute("aria-label") || node.textContent

// New content in place of old; what had the focus has it again, by its name, so that a keyboard stays where it was.
function refill(node, ...children) {
  const active = node.getRootNode().activeElement
  const name = active && node.contains(active) ? named(active) : null
  node.replaceChildren(...children.flat().filter(Boolean))
  if (name === null) return
  const stops = [...node.querySelectorAll("button:enabled, select, a")]
  const again = stops.find((stop) => named(stop) === name) || stops[0]
  again?.focus()
}

const said = (words, values) => words.replace(/\{(\w+)\}/g, (_all, name) => values[name])

// Round numbers that divide a span into about `wanted` steps.
function ticks(low, high, wanted = 4) {
  const rough = (high - low) / wanted || 1
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= rough)
  const found = []
  for (let at = Math.ceil(low / step - 1e-9) * step; at <= high + step * 1e-9; at += step) found.push(Math.abs(at) < step * 1e-9 ? 0 : at)
  return found
}

// Round ratios in a span, as far apart on a logarithmic axis as they are round.
function ratioTicks(low, high) {
  const all = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50]
  const inside = all.filter((at) => at >= low && at <= high)
  if (inside.length > 2) return inside
  return [0.25, 0.5, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.5, 2, 3, 4].filter((at) => at >= low && at <= high)
}

// The language of the page, as Python says it.
const spoken = {language: "en"}

function decimals(values) {
  const gaps = values.slice(1).map((value, at) => Math.abs(value - values[at])).filter((gap) => gap > 0)
  const least = Math.min(...gaps, Math.abs(values[0]) || 1)
  let places = 0
  while (places < 6 && Math.abs(least * 10 ** places - Math.round(least * 10 ** places)) > 1e-6) places += 1
  return places
}

const figures = (values) => {
  const places = decimals(values)
  return values.map((value) => value.toLocaleString(spoken.language, {minimumFractionDigits: places, maximumFractionDigits: places}))
}

// Text that fits, measured in the font and the spacing that the reader sees: a browser's own, or one of a user's style.
const pen = document.createElement("canvas").getContext("2d")

function measureAs({fontFamily, letterSpacing, wordSpacing}, unit) {
  pen.font = `12px ${fontFamily}`
  pen.letterSpacing = `${(parseFloat(letterSpacing) || 0) / unit}px`
  pen.wordSpacing = `${(parseFloat(wordSpacing) || 0) / unit}px`
}

const wide = (text) => pen.measureText(text).width

// What is chosen is written strong, which takes more room.
function wideStrong(text) {
  const usual = pen.font
  pen.font = `600 ${usual}`
  const found = wide(text)
  pen.font = usual
  return found
}

function cut(text, room, width = wide) {
  if (width(text) <= room) return text
  let letters = Math.floor(text.length * room / width(text))
  while (letters > 1 && width(`${text.slice(0, letters)}…`) > room) letters -= 1
  return `${text.slice(0, letters).trimEnd()}…`
}
