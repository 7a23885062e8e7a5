// WebSockets over HTTP/2 (RFC 8441), npm ws on streams of node's http2. As a server, {"serve": true, "tls": [certificate,
// key]}: prints its port, answers messages, and does what a path asks for: /refuse, /close/CODE/REASON, /reset (behind the
// first message), /goaway (the same, for the whole connection). As a client it is given lines {"url": ..., "streams": [{"path":
// ..., "fields": {}, "send": [...], "end": "close" | "reset" | "wait"}]}: all of them on one connection. Text "bytes:N" is N bytes.
import { readFileSync } from 'node:fs'
import * as http2 from 'node:http2'
import WebSocket from 'ws'
import { exitWithOwner, print, serveLines } from './lines.js'

const { serve, tls } = JSON.parse(process.argv[2] ?? '{}')
const payload = (text) => (text.startsWith('bytes:') ? Buffer.alloc(Number(text.slice(6)), 'x') : text)

// A reset with INTERNAL_ERROR; close(code) would end the stream before.
const reset = (stream) => stream.destroy(new Error('broken'))

function webSocket(stream, isServer) {
  const socket = new WebSocket(null, undefined, { closeTimeout: 30_000 })
  socket._isServer = isServer
  socket.setSocket(stream, Buffer.alloc(0), { maxPayload: 64 * 1024 * 1024, skipUTF8Validation: false })
  stream.on('error', () => {})
  socket.on('error', () => {})
  return socket
}

function answer(stream, fields) {
  const [, what, code, reason] = fields[':path'].split('/')
  if (fields[':method'] === 'GET') {
    stream.respond({ ':status': 200, 'content-type': 'text/html' })
    return stream.end('<!doctype html>')
  }
  if (what === 'refuse' || fields[':protocol'] !== 'websocket') {
    stream.respond({ ':status': 403, 'content-type': 'text/plain' })
    return stream.end('not for you')
  }
  const protocol = fields['sec-websocket-protocol']
  stream.respond({ ':status': 200, server: 'http2-test', ...(protocol && { 'sec-websocket-protocol': protocol.split(',')[0] }) })
  const socket = webSocket(stream, true)
  if (what === 'close') socket.close(Number(code), reason)
  socket.on('message', (data, isBinary) => {
    if (what === 'reset') reset(stream)
    else if (what === 'goaway') {
      stream.session.goaway(http2.constants.NGHTTP2_INTERNAL_ERROR)
      setImmediate(() => stream.session.socket.destroySoon())
    }
    else socket.send(data, { binary: isBinary })
  })
}

function talk(session, { path, fields = {}, send = [], end = 'close' }, authority) {
  return new Promise((resolve) => {
    const stream = session.request({
      ':method': 'CONNECT', ':protocol': 'websocket', ':scheme': authority.protocol.slice(0, -1), ':authority': authority.host,
      ':path': path, 'sec-websocket-version': '13', ...fields
    }, { endStream: false })
    const told = { path, status: 0, messages: 0, code: 0 }
    stream.on('close', () => resolve({ ...told, rst: stream.rstCode }))
    stream.on('error', () => {})
    stream.on('response', (answered) => {
      told.status = answered[':status']
      if (told.status !== 200) return stream.resume()
      const socket = webSocket(stream, false)
      const leave = () => {
        if (end === 'close') socket.close(1000, 'done')
        else if (end === 'reset') reset(stream)
      }
      socket.on('message', () => { if (++told.messages === send.length) leave() })
      socket.on('close', (code) => { told.code = code; stream.end() })
      for (const text of send) socket.send(payload(text))
      if (send.length === 0) leave()
    })
  })
}

if (serve) {
  const settings = { enableConnectProtocol: true }
  const server = tls
    ? http2.createSecureServer({ cert: readFileSync(tls[0]), key: readFileSync(tls[1]), settings })
    : http2.createServer({ settings })
  server.on('stream', answer)
  server.on('sessionError', () => {})
  server.listen(0, '127.0.0.1', () => print({ port: server.address().port }))
  exitWithOwner()
} else {
  await serveLines(async ({ url, streams, ca, keys }) => {
    const session = http2.connect(url, { ...(ca && { ca: readFileSync(ca) }) })
    session.on('error', () => {})
    await new Promise((resolve) => session.once('remoteSettings', resolve))
    const told = await Promise.all(streams.map((stream) => talk(session, stream, new URL(url))))
    // A peer may be gone, or keep what is over open.
    if (!session.destroyed) await new Promise((resolve) => { session.close(resolve); setTimeout(resolve, 500) })
    session.destroy()
    return told
  })
}
