// A scenario's client side on the WHATWG standard's WebSocket interface: a browser's, undici's.
import { binaryPayload, messageEvent, textPayload } from './payload.js'
import { Script, pause } from './script.js'

// `failsWithoutClose`: an attempt that fails gives an error event and, against the standard, no
// close event.
export function run(WebSocket, { url, subprotocols, steps }, { failsWithoutClose = false } = {}) {
  const script = new Script()
  const socket = new WebSocket(url, subprotocols)
  let hasOpened = false
  socket.binaryType = 'arraybuffer'
  const actions = {
    text: ({ size }) => socket.send(textPayload(size)),
    binary: ({ size }) => socket.send(binaryPayload(size)),
    say: ({ text }) => socket.send(text),
    close: ({ code, reason }) => (code ? socket.close(code, reason) : socket.close()),
    wait: pause,
  }
  socket.onopen = () => {
    hasOpened = true
    script.record({ event: 'open', subprotocol: socket.protocol, extensions: socket.extensions })
    script.play(steps, actions)
  }
  socket.onmessage = ({ data }) => {
    script.record(messageEvent(typeof data === 'string' ? data : new Uint8Array(data)))
  }
  socket.onerror = ({ message }) => {
    script.record({ event: 'error', text: message ?? null })
    if (failsWithoutClose && !hasOpened) script.end()
  }
  socket.onclose = ({ code, reason, wasClean }) => {
    script.record({ event: 'close', code, reason, clean: wasClean })
    script.end()
  }
  return script.finished
}
