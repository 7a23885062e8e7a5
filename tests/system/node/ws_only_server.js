// A server of npm's ws that has no pages: the package itself answers what is no upgrade.
import { WebSocketServer } from 'ws'
import { exitWithOwner, print } from './lines.js'

const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
server.on('listening', () => print({ port: server.address().port }))
exitWithOwner()
