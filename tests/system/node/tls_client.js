// A client that is asked to connect: for each line {url, options} what it came to. `wss:` and `ws:`
// go to the npm package ws, `tls:` to Node's tls module. `ca`, `cert` and `key` are paths.
import { readFileSync } from 'node:fs'
import tls from 'node:tls'
import WebSocket from 'ws'
import { serveLines } from './lines.js'

function withFiles(options) {
  const files = ['cert', 'key', 'ca'].filter((name) => options[name])
  const read = files.map((name) => [name, readFileSync(options[name])])
  return { ...options, ...Object.fromEntries(read) }
}

function connect(url, options) {
  if (!url.startsWith('tls:')) return new WebSocket(url, options)
  const { hostname, port } = new URL(url)
  return tls.connect({ host: hostname, port: Number(port), ...options })
}

serveLines(({ url, options = {} }) => {
  const client = connect(url, withFiles(options))
  return new Promise((resolve) => {
    client.on('open', () => {
      resolve({ event: 'open' })
      client.terminate()
    })
    client.on('secureConnect', () => {
      resolve({ event: 'secure', protocol: client.alpnProtocol })
      client.end()
    })
    client.on('error', ({ code, message }) => resolve({ event: 'error', code, text: message }))
    client.on('close', () => resolve({ event: 'close' }))
  })
})
