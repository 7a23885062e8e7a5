// Runs scenarios in pages of a real Chromium. The page itself comes from the server under test,
// through the proxy where the scenario's URL goes through the proxy.
import { chromium } from 'playwright-core'
import { serveLines } from './lines.js'

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  headless: true,
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-dev-shm-usage',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--no-first-run',
    '--no-proxy-server',
  ],
})

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
