// The table twin of a view: sorted by any column, searched, a hundred rows at a time until all are there.
const PAGE = 100

class ScreenTable {
  constructor(words) {
    this.words = words
    this.sorted = {column: -1, down: false}
    this.shown = PAGE
    this.search = h("input", {type: "search", placeholder: words.search, "aria-label": words.search, oninput: () => this.again()})
    this.count = h("span", {class: "muted", role: "status"})
    this.table = h("table", {})
    this.more = h("button", {type: "button", onclick: () => { this.shown += 10 * PAGE; this.draw() }}, words.more)
    this.node = h("div", {},
      h("div", {class: "bar"}, this.search, this.count),
      h("div", {class: "scroll", tabindex: "0", role: "region", "aria-label": words.table}, this.table),
      this.more)
  }

  update(data) {
    this.data = data
    if (this.sorted.column >= data.columns.length) this.sorted = {column: -1, down: false}
    this.again()
  }

  again() {
    this.shown = PAGE
    this.draw()
  }

  rows() {
    const wanted = plainText(this.search.value)
    const rows = this.data.rows.filter((row) => !wanted || row.some((cell) => plainText(String(cell[0])).includes(wanted)))
    const {column, down} = this.sorted
    if (column < 0) return rows
    const sign = down ? -1 : 1
    return [...rows].sort(([...one], [...other]) => {
      const [a, b] = [one[column][1], other[column][1]]
      if (a === null || b === null) return a === null ? 1 : -1
      return sign * (typeof a === "number" ? a - b : String(a).localeCompare(String(b)))
    })
  }

  draw() {
    const {columns} = this.data
    const rows = this.rows()
    const head = columns.map((column, at) => {
      const own = this.sorted.column === at
      const sort = () => {
        this.sorted = {column: at, down: own ? !this.sorted.down : column.number}
        this.draw()
        this.table.querySelectorAll("th button")[at].focus()
      }
      return h("th", {scope: "col", class: column.number ? "number" : "", "aria-sort": own ? (this.sorted.down ? "descending" : "ascending") : null},
        h("button", {type: "button", onclick: sort}, column.label, h("span", {"aria-hidden": "true"}, own ? (this.sorted.down ? " ↓" : " ↑") : "")),
        column.unit && h("small", {}, column.unit))
    })
    const body = rows.slice(0, this.shown).map((row) => h("tr", {},
      row.map(([text, , lang], at) => h("td", {class: columns[at].number ? "number" : "", lang: lang || null}, text))))
    this.table.replaceChildren(h("caption", {}, this.data.caption), h("thead", {}, h("tr", {}, head)), h("tbody", {}, body))
    this.count.textContent = said(this.words.rows, {n: rows.length, all: this.data.rows.length})
    this.more.hidden = rows.length <= this.shown
  }
}

// For searching: small letters without accents.
const plainText = (text) => text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase().trim()
