// A message of a page to Python; one that meets a connection in the making is told again.
function tell(model, message) {
  try {
    model.send_msg(message)
  } catch (error) {
    if (error.name !== "InvalidStateError") throw error
    setTimeout(() => tell(model, message), 400)
  }
}
