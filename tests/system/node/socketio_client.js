// A Socket.IO client: walks through the steps of each line, answers with what happened.
import { io } from 'socket.io-client'
import { serveLines } from './lines.js'
import { binaryPayload, messageEvent, textPayload } from './payload.js'

function nextEvent(emitter, name) {
  return new Promise((resolve) => emitter.once(name, resolve))
}

async function play(socket, steps, events, upgraded) {
  const echo = async (content) => {
    const answer = await socket.emitWithAck('echo', content)
    events.push(messageEvent(typeof answer === 'string' ? answer : new Uint8Array(answer)))
  }
  const actions = {
    text: ({ size }) => echo(textPayload(size)),
    binary: ({ size }) => echo(binaryPayload(size)),
    upgraded: async () => events.push({ event: 'upgrade', transport: (await upgraded).name }),
    say: ({ text }) => socket.emit(text),
    disconnect: () => socket.disconnect(),
  }
  for (const step of steps) await actions[step.do](step)
}

async function run({ url, transports, name, steps }) {
  const events = []
  const socket = io(url, { transports, auth: { name }, reconnection: false, forceNew: true })
  const upgraded = nextEvent(socket.io.engine, 'upgrade')
  socket.on('connect', () => {
    events.push({ event: 'connect', transport: transports[0] })
    // What is not answered any more has an event of its own: the disconnect.
    play(socket, steps, events, upgraded).catch(() => {})
  })
  socket.on('greeting', (text) => events.push({ event: 'greeting', text }))
  const ends = ['disconnect', 'connect_error'].map((name) => nextEvent(socket, name))
  const how = await Promise.race(ends)
  if (how instanceof Error) events.push({ event: 'connect_error', text: how.message })
  else events.push({ event: 'disconnect', reason: how })
  socket.disconnect()
  return events
}

serveLines(run)
