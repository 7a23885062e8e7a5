// A server of Node's tls module. Options: those of tls.createServer, with paths in `cert`, `key`
// and `ca`. Prints its port; reads what comes until the client ends.
import { readFileSync } from 'node:fs'
import tls from 'node:tls'
import { exitWithOwner, print } from './lines.js'

const asked = JSON.parse(process.argv[2])
const files = ['cert', 'key', 'ca'].filter((name) => asked[name])
const read = files.map((name) => [name, readFileSync(asked[name])])

const server = tls.createServer({ ...asked, ...Object.fromEntries(read) }, (socket) => {
  socket.on('error', () => {}).resume()
})
server.on('tlsClientError', () => {})
server.listen(0, '127.0.0.1', () => print(server.address().port))
exitWithOwner()
