// Below the cards: the table of one view, and what is to be read of all of them.
class Tabs extends Keys {
  show_tabs(name) {
    const {words} = this
    this.tab = name
    const names = ["table", "notes", "sources", "about"]
    const list = h("div", {role: "tablist", "aria-label": words.details}, names.map((own) => h("button", {
      type: "button", role: "tab", id: `tab-${own}`, "aria-selected": String(own === name), "aria-controls": "tab-panel", tabindex: own === name ? "0" : "-1",
      onclick: () => this.show_tabs(own),
      onkeydown: (event) => {
        const step = {ArrowRight: 1, ArrowLeft: -1}[event.key]
        if (!step) return
        this.show_tabs(names[(names.indexOf(own) + step + names.length) % names.length])
        this.tabs.querySelector('[aria-selected="true"]').focus()
      },
    }, words[own])))
    const panel = h("div", {role: "tabpanel", id: "tab-panel", "aria-labelledby": `tab-${name}`}, this.panel(name))
    this.tabs.replaceChildren(list, panel)
  }

  panel(name) {
    const pages = this.pages
    if (name === "table") {
      const choice = this.head?.choices.table?.[0]
      return [choice && select(choice.label, choice.options, choice.value, (value) => this.send({do: "set", name: "tabled", value}), false), this.table.data && this.table.node]
    }
    if (!pages) return []
    if (name === "about") return h("dl", {}, pages.about.flatMap(([term, text]) => [h("dt", {}, term), h("dd", {}, text)]))
    return h("ul", {class: "reading"}, pages[name].map((text) => h("li", {}, text)))
  }

  show_table() {
    const data = this.part("table")
    this.tabs.hidden = !data
    if (!data) return
    const first = !this.table.data
    this.table.update(data)
    this.tabs.classList.remove("old")
    if (first) this.show_tabs(this.tab)
  }

  show_pages() {
    this.pages = this.part("pages")
    if (this.tab !== "table") this.show_tabs(this.tab)
  }
}
