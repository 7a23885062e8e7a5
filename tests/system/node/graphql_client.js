// The client of the npm package graphql-ws: asks for one subscription, answers with how it ended.
import { createClient } from 'graphql-ws'
import WebSocket from 'ws'
import { serveLines } from './lines.js'

function run({ url }) {
  const client = createClient({
    url,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    connectionAckWaitTimeout: 500,
  })
  return new Promise((resolve) => {
    client.subscribe(
      { query: 'subscription { never }' },
      { next() {}, error: ({ code, reason }) => resolve({ code, reason }), complete: resolve },
    )
  })
}

serveLines(run)
