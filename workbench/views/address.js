// The page's address: written after every answer, and asked again when Back or Forward changes it.
export function render({ model }) {
  const write = () => {
    const [query, step] = model.shown
    if (!query || query === window.location.search.slice(1)) return
    const address = `${window.location.pathname}?${query}`
    if (step) window.history.pushState({}, "", address)
    else window.history.replaceState({}, "", address)
  }
  const follow = () => model.send_msg(window.location.search.slice(1))
  model.on("shown", write)
  window.addEventListener("popstate", follow)
  model.on("remove", () => window.removeEventListener("popstate", follow))
  write()
}
