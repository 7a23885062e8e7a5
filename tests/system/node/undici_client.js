import { readFileSync } from 'node:fs'
import { Agent, ProxyAgent, WebSocket } from 'undici'
import { serveLines } from './lines.js'
import { run } from './whatwg_client.js'

// `proxy`: an HTTP proxy's URL; `ca`: a file of what is trusted.
function dispatcherOf({ proxy, ca }) {
  const trust = ca && { ca: readFileSync(ca) }
  if (proxy) return new ProxyAgent({ uri: proxy, requestTls: trust })
  return trust && new Agent({ connect: trust })
}

serveLines((scenario) => {
  const dispatcher = dispatcherOf(scenario)
  class Configured extends WebSocket {
    constructor(url, protocols) {
      super(url, dispatcher ? { protocols, dispatcher } : protocols)
    }
  }
  return run(Configured, scenario, { failsWithoutClose: true })
})
