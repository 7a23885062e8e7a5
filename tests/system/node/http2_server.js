// An HTTP/2 server that also takes HTTP/1.1: {"tls": [certificate, key]}. Says which of them a request came by. Prints
// its port.
import { readFileSync } from 'node:fs'
import { createSecureServer } from 'node:http2'
import { exitWithOwner, print } from './lines.js'

const [cert, key] = JSON.parse(process.argv[2]).tls.map((path) => readFileSync(path))
const server = createSecureServer({ cert, key, allowHTTP1: true }, (request, response) => {
  response.end(`hello by ${request.httpVersion}\n`)
})
server.listen(0, '127.0.0.1', () => print({ port: server.address().port }))
exitWithOwner()
