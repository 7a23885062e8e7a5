// An empty page in a real Chromium: for each line, what its WebSocket came to. With `twice` the
// page opens a socket, closes it before it is open and opens another, as a component does that is
// mounted twice. `page`: where it comes from; `say`: what it says, before it closes once that is answered. With {"arguments":
// [...]} as first argument they say how servers are reached.
import { launch } from './chromium.js'
import { serveLines } from './lines.js'

const browser = await launch(JSON.parse(process.argv[2] ?? '{}').arguments)
const page = await browser.newPage()

async function run({ url, twice = false, say }) {
  if (twice) {
    const first = new WebSocket(url)
    // Long enough for the request to be on its way; the server does not answer it.
    await new Promise((resolve) => setTimeout(resolve, 300))
    first.close()
  }
  const socket = new WebSocket(url)
  const events = []
  return new Promise((resolve) => {
    socket.onopen = () => {
      events.push({ event: 'open' })
      if (twice) socket.close(1000)
      if (say) socket.send(say)
    }
    socket.onerror = () => events.push({ event: 'error' })
    socket.onmessage = ({ data }) => {
      events.push({ event: 'message', data })
      if (say) socket.close(1000)
    }
    socket.onclose = ({ code, reason, wasClean }) => {
      events.push({ event: 'close', code, reason, clean: wasClean })
      resolve(events)
    }
  })
}

// A page may still be waiting when its owner has gone.
process.stdin.once('end', () => browser.close())
await serveLines(async (asked) => {
  if (asked.page) await page.goto(asked.page)
  return page.evaluate(run, asked).catch(() => [{ event: 'gone' }])
})
