// A slider over some values, each with its text: the browser's own, so that keyboard and screen readers know it.
export function render({ model }) {
  const place = document.createElement("div"), label = document.createElement("label")
  const name = document.createElement("span"), slider = document.createElement("input")
  slider.type = "range"
  slider.min = 0
  label.append(name, slider)
  place.append(label)
  const show = () => {
    slider.max = model.texts.length - 1
    slider.value = model.index
    slider.setAttribute("aria-valuetext", model.texts[model.index] ?? "")
    name.textContent = `${model.title}: ${model.texts[model.index] ?? ""}`
  }
  slider.addEventListener("input", () => { model.index = Number(slider.value) })
  for (const part of ["index", "texts", "title"]) model.on(part, show)
  show()
  return place
}
