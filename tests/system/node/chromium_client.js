// Runs scenarios in pages of a real Chromium. The page itself comes from the server under test,
// through the proxy where the scenario's URL goes through the proxy.
import { launch } from './chromium.js'
import { serveLines } from './lines.js'

// {"arguments": [...]}: how the browser reaches servers.
const { arguments: way } = JSON.parse(process.argv[2] ?? '{}')
const browser = await launch(way)
const pages = new Map()

async function pageOf(origin) {
  if (!pages.has(origin)) {
    const page = await browser.newPage()
    await page.goto(`${origin}/page.html`)
    await page.waitForFunction(() => globalThis.run)
    pages.set(origin, page)
  }
  return pages.get(origin)
}

await serveLines(async (scenario) => {
  const page = await pageOf(new URL(scenario.url).origin.replace(/^ws/, 'http'))
  return page.evaluate((asked) => globalThis.run(WebSocket, asked), scenario)
})
await browser.close()
