// A Socket.IO server. Prints its port, then one line for each socket that left. Its options may be
// given as JSON in the first argument.
import { createServer } from 'node:http'
import { Server } from 'socket.io'
import { exitWithOwner, print } from './lines.js'
import { messageEvent } from './payload.js'

const http = createServer()
const io = new Server(http, {
  maxHttpBufferSize: 4 * 1024 * 1024,
  perMessageDeflate: { threshold: 0 },
  ...JSON.parse(process.argv[2] ?? '{}'),
})

io.use((socket, next) => {
  next(socket.handshake.auth.name === 'stranger' ? new Error('no strangers') : undefined)
})

io.on('connection', (socket) => {
  const events = []
  const tellEnd = (reason) => {
    events.push({ event: 'disconnect', reason, transport: socket.conn.transport.name })
    print({ events })
  }
  socket.on('disconnect', tellEnd)
  socket.on('echo', (content, answer) => {
    events.push(messageEvent(content))
    answer(content)
  })
  // Ways to end: the namespace only, the whole connection, the TCP connection.
  socket.on('send me away', () => socket.disconnect(true))
  socket.on('cut the line', () => socket.conn.transport.socket.terminate())
  socket.emit('greeting', 'hello')
})

http.listen(0, '127.0.0.1', () => print({ port: http.address().port }))
exitWithOwner()
