// The page's address: written after every answer, and asked again when Back or Forward changes it. Undo is a step back.
export function render({ model }) {
  let place = window.history.state?.place ?? 0
  let expected = null
  const write = () => {
    const [query, step] = model.shown
    if (!query || query === window.location.search.slice(1)) return
    const address = `${window.location.pathname}?${query}`
    if (step === "forward" || (step === "back" && place > 0)) {
      expected = query
      setTimeout(() => { expected = null }, 1000)  // where the browser has no such step, none is announced
      window.history.go(step === "back" ? -1 : 1)
    } else if (step) {
      place += 1
      window.history.pushState({ place }, "", address)
    } else window.history.replaceState({ place }, "", address)
  }
  const follow = (event) => {
    place = event.state?.place ?? 0
    const query = window.location.search.slice(1)
    if (expected === null) return tell(model, query)
    if (query !== expected) window.history.replaceState({ place }, "", `${window.location.pathname}?${expected}`)
    expected = null
  }
  model.on("shown", write)
  window.addEventListener("popstate", follow)
  model.on("remove", () => window.removeEventListener("popstate", follow))
  write()
}
