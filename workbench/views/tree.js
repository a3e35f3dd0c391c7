// A tree of codes with checkboxes: opens branch by branch, finds by word, sends back the chosen codes.
export function render({ model, el }) {
  const box = document.createElement("div")
  box.className = "tree"
  const find = Object.assign(document.createElement("input"), { type: "search", placeholder: model.placeholder })
  find.setAttribute("aria-label", model.placeholder)
  const chosen = document.createElement("div")
  chosen.className = "chosen"
  const list = document.createElement("div")
  list.className = "list"
  box.append(find, chosen, list)
  el.append(box)

  let byCode = new Map()
  let below = new Map()

  const ancestors = (code) => {
    const up = []
    for (let n = byCode.get(code); n && n.parent; n = byCode.get(n.parent)) up.push(n.parent)
    return up
  }
  const implied = (code) => ancestors(code).some((c) => model.value.includes(c))

  const toggle = (code, on) => {
    const up = new Set(ancestors(code))
    const kept = model.value.filter((c) => c !== code && !(on && (up.has(c) || ancestors(c).includes(code))))
    model.value = on ? [...kept, code] : kept
  }

  const row = (node, withPath) => {
    const line = document.createElement("label")
    const tick = Object.assign(document.createElement("input"), { type: "checkbox" })
    tick.dataset.code = node.code
    tick.addEventListener("change", () => toggle(node.code, tick.checked))
    const words = document.createElement("span")
    words.textContent = node.label
    const code = document.createElement("small")
    code.textContent = withPath ? [...ancestors(node.code)].reverse().concat(node.code).join(" › ") : node.code
    line.append(tick, words, code)
    return line
  }

  const branch = (node) => {
    const children = below.get(node.code) || []
    if (!children.length) {
      const leaf = document.createElement("div")
      leaf.className = "leaf"
      leaf.append(row(node))
      return leaf
    }
    const part = document.createElement("details")
    const head = document.createElement("summary")
    head.append(row(node))
    part.append(head)
    part.addEventListener("toggle", () => {
      if (part.open && part.children.length === 1) {
        part.append(...children.map(branch))
        tick()
      }
    })
    return part
  }

  const tick = () => {
    for (const input of list.querySelectorAll("input[type=checkbox]")) {
      input.checked = model.value.includes(input.dataset.code)
      input.indeterminate = !input.checked && implied(input.dataset.code)
    }
    chosen.replaceChildren(
      ...model.value.map((code) => {
        const chip = document.createElement("button")
        chip.type = "button"
        chip.textContent = `${byCode.get(code)?.label ?? code} ✕`
        chip.addEventListener("click", () => toggle(code, false))
        return chip
      }),
    )
  }

  const show = () => {
    const words = find.value.trim().toLowerCase()
    if (words) {
      const hits = [...byCode.values()].filter((n) => `${n.code} ${n.label}`.toLowerCase().includes(words)).slice(0, 60)
      list.replaceChildren(...hits.map((n) => {
        const leaf = document.createElement("div")
        leaf.className = "leaf"
        leaf.append(row(n, true))
        return leaf
      }))
    } else {
      list.replaceChildren(...(below.get("") || []).map(branch))
    }
    tick()
  }

  const rebuild = () => {
    byCode = new Map(model.nodes.map((n) => [n.code, n]))
    below = new Map()
    for (const n of model.nodes) {
      const parent = byCode.has(n.parent) ? n.parent : ""
      if (!below.has(parent)) below.set(parent, [])
      below.get(parent).push(n)
    }
    show()
  }

  find.addEventListener("input", show)
  model.on("nodes", rebuild)
  model.on("value", tick)
  rebuild()
}
