// A scenario's client side with the npm package ws.
import { readFileSync } from 'node:fs'
import WebSocket from 'ws'
import { ConnectAgent } from './connect_agent.js'
import { deflateOptions } from './deflate.js'
import { serveLines } from './lines.js'
import { binaryPayload, messageEvent, textPayload } from './payload.js'
import { Script, pause } from './script.js'

const kToldHeaders = ['content-type', 'content-length', 'www-authenticate']

async function rejection(response) {
  const parts = []
  for await (const part of response) parts.push(part)
  const told = kToldHeaders.map((name) => [name, response.headers[name] ?? null])
  return {
    event: 'rejected',
    status: response.statusCode,
    phrase: response.statusMessage,
    headers: Object.fromEntries(told),
    body: Buffer.concat(parts).toString(),
  }
}

function sendFragments(socket, { kind, sizes }) {
  sizes.forEach((size, index) => {
    const data = kind === 'text' ? textPayload(size) : binaryPayload(size)
    socket.send(data, { fin: index === sizes.length - 1 })
  })
}

// `maxPayload`, `autoPong`: the package's own options. `proxy`: an HTTP proxy's URL; `ca`: a file.
function run(scenario) {
  const { url, subprotocols, steps, deflate = [], maxPayload, autoPong = true } = scenario
  const { proxy, ca } = scenario
  const script = new Script()
  const perMessageDeflate = new URL(url).pathname.startsWith('/deflate') && deflateOptions(deflate)
  const trust = ca && { ca: readFileSync(ca) }
  const isSecure = url.startsWith('wss:')
  const options = {
    perMessageDeflate,
    autoPong,
    ...(maxPayload && { maxPayload }),
    ...trust,
    ...(proxy && { agent: new ConnectAgent(proxy, { isSecure, ...trust }) }),
  }
  const socket = new WebSocket(url, subprotocols, options)
  const actions = {
    text: ({ size }) => socket.send(textPayload(size)),
    binary: ({ size }) => socket.send(binaryPayload(size)),
    say: ({ text }) => socket.send(text),
    fragments: (step) => sendFragments(socket, step),
    ping: ({ data }) => {
      const answered = new Promise((resolve) => socket.once('pong', resolve))
      socket.ping(data)
      return answered
    },
    close: ({ code, reason }) => (code ? socket.close(code, reason) : socket.close()),
    wait: pause,
    terminate: () => socket.terminate(),
    reset: () => socket._socket.resetAndDestroy(),
  }
  socket.on('open', () => {
    script.record({ event: 'open', subprotocol: socket.protocol, extensions: socket.extensions })
    script.play(steps, actions)
  })
  socket.on('message', (data, isBinary) => {
    script.record(messageEvent(isBinary ? data : data.toString()))
  })
  socket.on('ping', (data) => script.record({ event: 'ping', data: data.toString() }))
  socket.on('pong', (data) => script.record({ event: 'pong', data: data.toString() }))
  socket.on('error', (error) => script.record({ event: 'error', text: error.message }))
  socket.on('unexpected-response', async (_, response) => {
    script.record(await rejection(response))
    script.end()
  })
  socket.addEventListener('close', ({ code, reason, wasClean }) => {
    script.record({ event: 'close', code, reason, clean: wasClean })
    script.end()
  })
  return script.finished
}

serveLines(run)
