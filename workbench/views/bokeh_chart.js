// A Bokeh figure in a notebook. The library comes from the kernel, once a page, where the page has none: no address is
// asked for, and a page that was reloaded draws again.
const asked = new Map() // versions that are on their way

const loaded = (model) => {
  const version = model.get("version")
  if (window.Bokeh?.version === version) return Promise.resolve(window.Bokeh)
  if (!asked.has(version)) {
    asked.set(version, new Promise((done) => {
      model.on("msg:custom", (message) => {
        if (!message.script || window.Bokeh?.version === version) return done(window.Bokeh)
        const before = window.Bokeh
        const script = document.createElement("script")
        script.textContent = message.script
        document.head.append(script)
        script.remove()
        const own = window.Bokeh
        if (before) window.Bokeh = before // another version's page keeps its own
        done(own)
      })
      model.send({ want: "bokeh" })
    }))
  }
  return asked.get(version)
}

export async function render({ model, el }) {
  const place = document.createElement("div")
  place.className = "wb-chart"
  el.append(place)
  let shown = null
  const draw = async () => {
    const item = model.get("item")
    const bokeh = await loaded(model)
    if (item !== model.get("item")) return // another one came meanwhile
    shown?.clear?.()
    place.replaceChildren()
    if (!item.doc) { // a question that was refused has no picture
      place.removeAttribute("role")
      place.removeAttribute("aria-label")
      return
    }
    place.setAttribute("role", "img")
    place.setAttribute("aria-label", model.get("label"))
    shown = await bokeh.embed.embed_item({ ...item, target_id: null }, place)
  }
  model.on("change:item", draw)
  await draw()
  return () => shown?.clear?.()
}

export default { render }
