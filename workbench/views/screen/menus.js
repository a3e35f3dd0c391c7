// Menus under a button and dialogs over the page; Escape closes both and gives the focus back.
function menu(label, content, attributes = {}) {
  const list = h("div", {class: "menu", hidden: true})
  const button = h("button", {type: "button", "aria-expanded": "false", ...attributes}, label)
  const close = (back) => {
    list.hidden = true
    button.setAttribute("aria-expanded", "false")
    if (back) button.focus()
  }
  const open = () => {
    list.replaceChildren(...content(() => close(true)))
    list.hidden = false
    button.setAttribute("aria-expanded", "true")
    const box = list.getBoundingClientRect()
    list.classList.toggle("from-right", box.right > window.innerWidth - 8)
  }
  button.addEventListener("click", () => (list.hidden ? open() : close(true)))
  button.fill = () => list.hidden || list.replaceChildren(...content(() => close(true)))
  const node = h("div", {class: "has-menu"}, button, list)
  node.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !list.hidden) {
      event.stopPropagation()
      close(true)
    }
  })
  node.addEventListener("focusout", (event) => {
    if (!list.hidden && event.relatedTarget && !node.contains(event.relatedTarget)) close(false)
  })
  document.addEventListener("pointerdown", (event) => {
    if (!event.composedPath().includes(node)) close(false)
  })
  return node
}

// The name of the workbench; in a page of its own a menu of its other pages, which a notebook has not.
function brand(words) {
  const served = window.location.pathname.endsWith("/") && document.body.dataset.jpThemeLight === undefined && !document.querySelector(".jp-Notebook")
  if (!served) return h("span", {class: "brand"}, "OSH Workbench")
  const lang = words.lang === "en" ? "" : `?lang=${words.lang}`
  const links = () => words.pages.map(([label, path]) => h("a", {class: "choice", href: `${path}${lang}`}, label))
  return menu(["OSH Workbench", h("span", {"aria-hidden": "true"}, " ▾")], links, {class: "brand", title: words.other_pages})
}

const choice = (label, act, small = null) =>
  h("button", {type: "button", class: "choice", onclick: act}, h("span", {}, label), small && h("small", {}, small))

function select(label, options, value, changed, hidden = true) {
  const chosen = options.find(([, code]) => code === value)  // its name may be longer than the menu is wide
  const node = h("select", {"aria-label": hidden ? label : null, title: chosen && chosen[0], onchange: () => changed(node.value)},
    options.map(([name, code]) => h("option", {value: code, selected: code === value}, name)))
  return hidden ? node : h("label", {class: "field"}, h("span", {}, label), node)
}

function dialog(words, title, ...content) {
  const node = h("dialog", {"aria-label": title},
    h("div", {class: "bar"}, h("h2", {}, title), h("button", {type: "button", class: "close", onclick: () => node.close()}, words.close)),
    ...content.filter(Boolean))
  node.addEventListener("close", () => node.remove())
  node.addEventListener("click", (event) => event.target === node && node.close())
  return node
}

function copyable(words, label, text) {
  const area = h("textarea", {readonly: true, rows: Math.min(14, text.split("\n").length + 1), "aria-label": label}, text)
  const button = h("button", {type: "button", onclick: async () => {
    area.select()
    await navigator.clipboard?.writeText(text).catch(() => document.execCommand("copy"))
    button.textContent = words.copied
  }}, words.copy)
  return h("section", {class: "copyable"}, h("div", {class: "bar"}, h("h3", {}, label), button), area)
}
