// Questions in words: each opens to its answer, the code that gave it, and a notebook that becomes a brief.
function guide(words, {title, questions, code, save, how}) {
  const opened = ({words: asked, answer, code: lines, file}) => h("details", {name: "guide"}, h("summary", {}, asked),
    h("p", {class: "says"}, answer), copyable(words, code, lines),
    file && h("button", {type: "button", class: "strong", onclick: () => download(file)}, save))
  return dialog(words, title, ...questions.map(opened), h("p", {class: "line"}, how))
}
