// A real Chromium without a window, for pages whose WebSockets are what a test is about.
import { chromium } from 'playwright-core'

// `way`: arguments that say how servers are reached.
export const launch = (way = ['--no-proxy-server']) =>
  chromium.launch({
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
      ...way,
    ],
  })
