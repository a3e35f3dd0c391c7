// A picker: trees of ticks and pairs of menus, as Python describes them. Every touch goes to Python as a message, which
// answers with a new state. The same script in a notebook (anywidget) and in a page (Panel), behind screen/tell.js.
const MOST = 100 // hits of a search that are shown at once
const LETTERS = { ø: "o", ł: "l", đ: "d", ð: "d", ı: "i", æ: "ae", œ: "oe", ß: "ss", þ: "th" } // no accents to take away
let pickers = 0 // labels need ids of their own, several pickers on one page

const fold = (text) =>
  text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "").replace(/[øłđðıæœßþ]/g, (letter) => LETTERS[letter])

const make = (tag, attributes = {}, ...children) => {
  const node = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value)
  node.append(...children) // strings become text, never markup
  return node
}

const put = (text, words) => words.replace(/\{\w+\}/, () => text)

/** One way to read, to listen and to send, whoever holds the model; a page is sent texts (JSON). */
const adapted = (model) =>
  model.send_msg
    ? { get: (name) => JSON.parse(model[name]), listen: (name, then) => model.on(name, then), send: (touch) => tell(model, touch) }
    : { get: (name) => model.get(name), listen: (name, then) => model.on(`change:${name}`, then), send: (touch) => model.send(touch) }

/** A tree of ticks: one stop of the Tab key, arrows inside (WAI-ARIA tree view); flat lists are list boxes. */
function tree(field, texts, send, id) {
  const byCode = new Map(field.options.map((option) => [option.code, option]))
  const keys = new Map(field.options.map((o) => [o.code, fold(`${o.code} ${o.label} ${o.aliases}`)]))
  const open = new Set()
  const flat = field.options.every((option) => !byCode.has(option.parent))
  const [role, itemRole] = field.single ? ["radiogroup", "radio"] : flat ? ["listbox", "option"] : ["tree", "treeitem"]
  const list = make("div", { role, class: flat && !field.search ? "list short" : "list", "aria-labelledby": id })
  if (!field.single) list.setAttribute("aria-multiselectable", "true")
  const said = make("p", { class: "said", role: "status" })
  const box = make("div", { class: "tree" })
  let level = field.level
  let state = { marks: {}, counts: {}, empty: [], shortcuts: [] }
  let query = ""
  let current = null // the code that the Tab key comes to
  let children = new Map()
  let fresh = true // before the first state came
  let typed = { letters: "", at: 0 }

  const visible = (option) => !field.levels.length || option.level === 0 || option.level === level || option.level === null
  const shownParent = (option) => {
    let up = byCode.get(option.parent)
    while (up && !visible(up)) up = byCode.get(up.parent)
    return up ? up.code : ""
  }
  const codeOf = (option) => (field.codes && option.code !== option.label ? option.code : "")
  const path = (option) => {
    const up = []
    for (let at = byCode.get(option.parent); at; at = byCode.get(at.parent)) up.unshift(at.label)
    return up.join(" › ")
  }
  const rows = () => [...list.children]
  const rowOf = (code) => rows().find((row) => row.dataset.code === code)

  const item = (option, depth, siblings, place, hit) => {
    const inside = !hit && (children.get(option.code) || []).length > 0
    const row = make("div", { role: itemRole, tabindex: "-1", "data-code": option.code })
    row.style.setProperty("--depth", depth)
    if (itemRole === "treeitem") {
      row.setAttribute("aria-level", depth + 1)
      row.setAttribute("aria-setsize", siblings)
      row.setAttribute("aria-posinset", place + 1)
    }
    if (inside) row.setAttribute("aria-expanded", open.has(option.code))
    const name = make("span", { class: "name" }, make("span", option.language ? { lang: option.language } : {}, option.label), " ", make("small", {}, codeOf(option)))
    if (hit && path(option)) name.append(make("small", { class: "path" }, path(option)))
    if (!flat) row.append(make("span", { class: inside ? "twist" : "twist none", "aria-hidden": "true" }))
    row.append(make("span", { class: "tick", "aria-hidden": "true" }), name, " ", make("span", { class: "count" }))
    return row
  }

  const draw = () => {
    const focused = list.contains(list.getRootNode().activeElement)
    const found = []
    said.textContent = field.note
    if (query) {
      const hits = field.options.filter((option) => keys.get(option.code).includes(query))
      const first = hits.slice(0, MOST)
      first.forEach((option, place) => found.push(item(option, 0, first.length, place, true)))
      if (!hits.length) said.textContent = texts.nothing
      if (hits.length > MOST) said.textContent = texts.more
    } else {
      const add = (code, depth) => {
        const below = children.get(code) || []
        below.forEach((option, place) => {
          found.push(item(option, depth, below.length, place, false))
          if (open.has(option.code)) add(option.code, depth + 1)
        })
      }
      add("", 0)
    }
    list.replaceChildren(...found)
    list.hidden = !found.length
    if (!rowOf(current)) current = rows()[0]?.dataset.code
    paint()
    if (focused) rowOf(current)?.focus()
  }

  const regroup = () => {
    children = new Map()
    for (const option of field.options.filter(visible)) {
      const parent = shownParent(option)
      if (!children.has(parent)) children.set(parent, [])
      children.get(parent).push(option)
    }
    draw()
  }

  const paint = () => {
    const empty = new Set(state.empty)
    for (const row of rows()) {
      const code = row.dataset.code
      const left = state.counts[code] || ""
      row.setAttribute("aria-checked", state.marks[code] || "false")
      if (itemRole === "option") row.setAttribute("aria-selected", state.marks[code] === "true")
      row.classList.toggle("empty", empty.has(code))
      row.tabIndex = code === current ? 0 : -1
      row.querySelector(".count").textContent = left
      const option = byCode.get(code)
      const words = empty.has(code) ? texts.none : left ? put(left, texts.left) : ""
      row.setAttribute("aria-label", [option.label, codeOf(option), words].filter(Boolean).join(" "))
    }
    shortcuts.forEach((button, place) => button.setAttribute("aria-pressed", Boolean(state.shortcuts[place])))
  }

  const openChosen = () => {
    for (const code of Object.keys(state.marks)) if (state.marks[code] === "mixed") open.add(code)
    current = Object.keys(state.marks).find((code) => state.marks[code] === "true") ?? current
    draw()
    const row = rowOf(current)
    if (row) list.scrollTop = row.offsetTop - 40
  }

  const toggle = (row) => {
    const on = row.getAttribute("aria-checked") !== "true"
    row.setAttribute("aria-checked", on) // at once; Python's answer says what else it means
    list.setAttribute("aria-busy", "true")
    send({ field: field.name, code: row.dataset.code, on })
  }
  const expand = (code, on) => {
    if (on) open.add(code)
    else open.delete(code)
    draw()
  }
  const go = (row) => {
    if (!row) return
    if (rowOf(current)) rowOf(current).tabIndex = -1
    current = row.dataset.code
    row.tabIndex = 0
    row.focus()
  }
  const goUp = (row) => {
    const depth = Number(row.getAttribute("aria-level"))
    let at = row.previousElementSibling
    while (at && Number(at.getAttribute("aria-level")) >= depth) at = at.previousElementSibling
    go(at)
  }
  const goToLetters = (row, letter) => {
    const now = Date.now()
    typed = { letters: now - typed.at > 600 ? letter : typed.letters + letter, at: now }
    const all = rows()
    const start = all.indexOf(row) + (typed.letters.length > 1 ? 0 : 1)
    const ring = [...all.slice(start), ...all.slice(0, start)]
    go(ring.find((other) => fold(byCode.get(other.dataset.code).label).startsWith(fold(typed.letters))))
  }
  const steps = {
    ArrowDown: (row) => go(row.nextElementSibling),
    ArrowUp: (row) => go(row.previousElementSibling),
    Home: () => go(list.firstElementChild),
    End: () => go(list.lastElementChild),
    " ": toggle,
    Enter: toggle,
    ArrowRight: (row) => {
      if (row.getAttribute("aria-expanded") === "false") expand(row.dataset.code, true)
      else if (row.getAttribute("aria-expanded") === "true") go(row.nextElementSibling)
    },
    ArrowLeft: (row) => (row.getAttribute("aria-expanded") === "true" ? expand(row.dataset.code, false) : goUp(row)),
    "*": () => {
      rows().filter((row) => row.hasAttribute("aria-expanded")).forEach((row) => open.add(row.dataset.code))
      draw()
    },
  }

  list.addEventListener("click", (event) => {
    const row = event.target.closest("[data-code]")
    if (!row) return
    current = row.dataset.code
    if (event.target.closest(".twist:not(.none)")) expand(current, !open.has(current))
    else toggle(row)
    go(rowOf(current))
  })
  list.addEventListener("keydown", (event) => {
    const row = event.target.closest("[data-code]")
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return
    event.stopPropagation() // a notebook has shortcuts of its own on these keys
    if (steps[event.key]) steps[event.key](row)
    else if (event.key.length === 1) goToLetters(row, event.key)
    else return
    if (event.key !== "Tab") event.preventDefault()
  })

  const tools = make("div", { class: "tools" })
  if (field.search) {
    const find = make("input", { type: "search", placeholder: texts.find, "aria-label": `${field.title}: ${texts.find}` })
    find.addEventListener("input", () => {
      query = fold(find.value.trim())
      if (query) draw()
      else openChosen()
    })
    find.addEventListener("keydown", (event) => {
      event.stopPropagation()
      if (event.key === "ArrowDown") go(rowOf(current))
    })
    tools.append(find)
  }
  if (field.levels.length) {
    const menu = make("select", { "aria-label": `${field.title}: ${texts.level}` })
    menu.append(...field.levels.map((one) => make("option", { value: one.level }, one.label)))
    menu.value = level
    menu.addEventListener("change", () => {
      level = Number(menu.value)
      regroup()
    })
    tools.append(menu)
  }
  const shortcuts = field.shortcuts.map((shortcut) => {
    const button = make("button", { type: "button", class: "shortcut", "aria-pressed": "false" }, shortcut.label)
    button.addEventListener("click", () =>
      send({ field: field.name, codes: shortcut.codes, on: button.getAttribute("aria-pressed") !== "true" }),
    )
    return button
  })
  if (tools.children.length) box.append(tools)
  if (shortcuts.length) box.append(make("div", { class: "shortcuts" }, ...shortcuts))
  box.append(list, said)
  regroup()
  return {
    box,
    show: (next) => {
      state = next
      list.removeAttribute("aria-busy")
      if (fresh) openChosen()
      else paint()
      fresh = false
    },
  }
}

/** First and last as two menus, each choice with what it would leave. */
function span(field, texts, send) {
  const notes = make("div", { class: "notes" })
  const menus = [texts.first, texts.last].map((label, end) => {
    const menu = make("select", { "aria-label": `${field.title}: ${label}` })
    menu.addEventListener("change", () => send({ field: field.name, end, value: menu.value }))
    menu.addEventListener("keydown", (event) => event.stopPropagation())
    return menu
  })
  const pairs = menus.map((menu, end) => make("label", {}, make("span", {}, end ? texts.last : texts.first), menu))
  return {
    box: make("div", { class: "span" }, make("div", { class: "ends" }, ...pairs), notes),
    show: (state) => {
      ;[state.first, state.last].forEach((choices, end) => {
        menus[end].replaceChildren(
          ...choices.map((one) => {
            const other = one.value !== state.value[end] // what is chosen leaves what is there
            return make("option", { value: one.value }, other && one.left ? `${one.label} · ${one.left}` : one.label)
          }),
        )
        menus[end].value = state.value[end]
      })
      notes.replaceChildren(...state.notes.map((note) => make("p", {}, note)))
    },
  }
}

export function render({ model, el }) {
  const { get, listen, send } = adapted(model)
  const root = make("div", { class: "wb-picker" })
  const total = make("p", { class: "total", role: "status" })
  const notice = make("p", { class: "notice", role: "status" })
  let parts = []

  const build = () => {
    const { fields, texts } = get("structure")
    pickers += 1
    parts = fields.map((field, place) => {
      const id = `wb-picker-${pickers}-${place}`
      const summary = make("span", { class: "value" })
      const clear = make("button", { type: "button", class: "clear" }, texts.clear)
      clear.setAttribute("aria-label", `${texts.clear}: ${field.title}`)
      clear.addEventListener("click", () => send({ field: field.name }))
      const part = (field.kind === "span" ? span : tree)(field, texts, send, id)
      const head = make("summary", {}, make("span", { class: "title", id }, field.title), summary)
      const box = make("details", {}, head, make("div", { class: "body" }, part.box, clear))
      box.open = field.open
      head.addEventListener("keydown", (event) => event.stopPropagation())
      return { ...part, name: field.name, box, summary, clear }
    })
    root.replaceChildren(total, notice, ...parts.map((part) => part.box))
    show()
  }
  const show = () => {
    const state = get("state")
    total.textContent = state.total
    notice.textContent = state.notice
    for (const part of parts) {
      const shown = state.fields[part.name]
      if (!shown) continue
      part.summary.textContent = part.summary.title = shown.summary
      part.clear.hidden = !shown.clear
      part.show(shown)
    }
  }
  el.append(root)
  listen("structure", build)
  listen("state", show)
  build()
}

export default { render }
