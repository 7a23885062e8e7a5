import { WebSocket } from 'undici'
import { serveLines } from './lines.js'
import { run } from './whatwg_client.js'

serveLines((scenario) => run(WebSocket, scenario, { failsWithoutClose: true }))
