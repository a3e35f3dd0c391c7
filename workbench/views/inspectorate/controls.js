// What is chosen: menus, sliders and boxes that stay where they are while answers come and go.
const FORMS = {
  times: (value) => value.toLocaleString(spoken.language, {minimumFractionDigits: 1, maximumFractionDigits: 1}),
  whole: (value) => value.toLocaleString(spoken.language),
  share: (value) => value.toLocaleString(spoken.language, {style: "percent", maximumFractionDigits: 1}),
}

class Slider {
  constructor(name, {label, least, most, step, form}, changed) {
    this.write = FORMS[form]
    this.output = h("output", {}, "")
    this.input = h("input", {type: "range", min: least, max: most, step, "aria-label": label,
      oninput: () => this.say(),
      onchange: () => changed(name, Number(this.input.value))})
    this.node = h("label", {class: "slider"}, h("span", {}, label), this.output, this.input)
  }

  // A slider that is being moved is left to the hand that moves it.
  set(value) {
    if (!this.input.matches(":active")) this.input.value = value
    this.say()
  }

  say() {
    this.output.textContent = this.write(Number(this.input.value))
    this.input.setAttribute("aria-valuetext", this.output.textContent)
  }
}

// The interventions: each a box with its effect, and where the effect comes from or that it is an assumption.
class Interventions {
  constructor(words, changed) {
    this.words = words
    this.changed = changed
    this.node = h("fieldset", {class: "interventions"}, h("legend", {}, words.interventions_title))
  }

  set(listed, chosen) {
    if (!this.boxes) {
      this.boxes = listed.map((own) => [own.name, h("input", {type: "checkbox", onchange: () => this.tell()})])
      this.node.append(...listed.map((own, at) => this.row(own, this.boxes[at][1])))
    }
    for (const [name, box] of this.boxes) box.checked = chosen.includes(name)
  }

  row({label, effect, source, assumed}, box) {
    return h("div", {class: "intervention"}, h("label", {class: "box"}, box, label),
      h("p", {class: "muted"}, effect),
      assumed ? h("span", {class: "badge assumed"}, this.words.assumed)
        : h("details", {}, h("summary", {}, this.words.source), h("p", {}, source)))
  }

  tell() {
    this.changed("interventions", this.boxes.filter(([, box]) => box.checked).map(([name]) => name))
  }
}
