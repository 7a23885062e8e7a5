// A server with the npm package ws. The request path says how it behaves:
// /plain|deflate[,SETTING...]/BEHAVIOUR/ARGUMENTS. With {"tls": [certificate, key]} it speaks TLS. Prints its port, then one line for each ended connection.
import { readFileSync } from 'node:fs'
import { STATUS_CODES, createServer } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { WebSocketServer } from 'ws'
import { deflateOptions } from './deflate.js'
import { exitWithOwner, print } from './lines.js'
import { binaryPayload, messageEvent, textPayload } from './payload.js'

const kLimit = 1024
const kSubprotocol = 'chat.v2'

function parsePath(path) {
  const [, compression, behaviour, ...args] = path.split('/').map(decodeURIComponent)
  return { compression, behaviour, args }
}

// Returns false for "none of them".
function chooseSubprotocol(offered, request) {
  const { behaviour, args } = parsePath(request.url)
  if (behaviour === 'subprotocol') return args[0] === 'none' ? false : args[0]
  if (behaviour === 'mute') return [...offered][0]
  return offered.has(kSubprotocol) ? kSubprotocol : false
}

function acceptor(compression, maxPayload) {
  const [kind, ...settings] = compression.split(',')
  return new WebSocketServer({
    noServer: true,
    perMessageDeflate: kind === 'deflate' && deflateOptions(settings),
    maxPayload,
    handleProtocols: chooseSubprotocol,
  })
}

const acceptors = new Map()
const limited = acceptor('plain', kLimit)

function acceptorOf(compression) {
  if (!acceptors.has(compression)) acceptors.set(compression, acceptor(compression))
  return acceptors.get(compression)
}

function close(socket, [code, reason]) {
  if (code === 'empty') socket.close()
  else socket.close(Number(code), reason)
}

function sendFragments(socket) {
  socket.send('', { fin: false })
  socket.send(textPayload(126), { fin: false })
  socket.ping('in between')
  socket.send(textPayload(65536), { fin: true })
  socket.send(binaryPayload(1), { fin: false })
  socket.send(binaryPayload(65535), { fin: true })
}

// As the package's README has it: who has not answered the last Ping at the next one is cut off.
function beat(socket, milliseconds) {
  let isAlive = true
  const ping = () => {
    if (!isAlive) return socket.terminate()
    isAlive = false
    socket.ping()
  }
  socket.on('pong', () => (isAlive = true))
  const timer = setInterval(ping, milliseconds)
  socket.on('close', () => clearInterval(timer))
  ping()
}

// What a behaviour does as soon as the connection is open: in one TCP segment with the 101.
const atOpen = {
  hello: (socket) => socket.send('hello'),
  greeted: (socket) => socket.send('hello'),
  slam: (socket, args) => close(socket, args),
  ping: (socket, [data]) => socket.ping(data),
  heartbeat: (socket, [milliseconds]) => beat(socket, Number(milliseconds)),
}

// What it does for a message.
const atMessage = {
  close: (socket, args) => close(socket, args),
  terminate: (socket) => socket.terminate(),
  reset: (socket) => socket._socket.resetAndDestroy(),
  fragments: (socket) => sendFragments(socket),
  greeted: (socket, [behaviour, ...args]) => atMessage[behaviour](socket, args),
  mute: () => {},
}

function serve(socket, path, { behaviour, args }) {
  const events = []
  socket.on('message', (data, isBinary) => {
    const content = isBinary ? data : data.toString()
    events.push(messageEvent(content))
    if (atMessage[behaviour]) atMessage[behaviour](socket, args)
    else socket.send(content)
  })
  socket.on('ping', (data) => events.push({ event: 'ping', data: data.toString() }))
  socket.on('pong', (data) => {
    events.push({ event: 'pong', data: data.toString() })
    if (behaviour === 'ping') socket.send('pong seen')
  })
  socket.on('error', (error) => events.push({ event: 'error', text: error.message }))
  socket.addEventListener('close', ({ code, reason, wasClean }) => {
    events.push({ event: 'close', code, reason, clean: wasClean })
    print({ path, events })
  })
  atOpen[behaviour]?.(socket, args)
}

function reject(socket, path, [status]) {
  const body = `no entry: ${status}\n`
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Connection: close',
    'Content-Type: text/plain',
    `Content-Length: ${body.length}`,
    ...(status === '401' ? ['WWW-Authenticate: Basic realm="test"'] : []),
  ]
  socket.on('close', () => print({ path, events: [{ event: 'rejected', status: Number(status) }] }))
  socket.end(lines.join('\r\n') + '\r\n\r\n' + body)
}

const kPageFiles = ['payload.js', 'script.js', 'whatwg_client.js']
const kPage = `<!doctype html><title>scenarios</title>
<script type="module">import { run } from './whatwg_client.js'; globalThis.run = run</script>`

function answer(request, response) {
  const name = request.url.slice(1)
  if (name === 'page.html') {
    response.setHeader('Content-Type', 'text/html').end(kPage)
  } else if (kPageFiles.includes(name)) {
    response.setHeader('Content-Type', 'text/javascript')
    response.end(readFileSync(new URL(name, import.meta.url)))
  } else {
    response.writeHead(404).end()
  }
}

const { tls } = JSON.parse(process.argv[2] ?? '{}')
const http = tls
  ? createSecureServer({ cert: readFileSync(tls[0]), key: readFileSync(tls[1]) }, answer)
  : createServer(answer)

http.on('upgrade', (request, socket, head) => {
  const path = request.url
  const parsed = parsePath(path)
  if (parsed.behaviour === 'reject') {
    reject(socket, path, parsed.args)
    return
  }
  const chosen = parsed.behaviour === 'limit' ? limited : acceptorOf(parsed.compression)
  socket.cork()
  chosen.handleUpgrade(request, socket, head, (connection) => serve(connection, path, parsed))
  socket.uncork()
})

http.listen(0, '127.0.0.1', () => print({ port: http.address().port }))
exitWithOwner()
