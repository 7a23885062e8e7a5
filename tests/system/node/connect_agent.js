// An agent for Node's own http and https that reaches servers by CONNECT of an HTTP proxy, as the
// packages for that purpose do.
import http from 'node:http'
import { isIP } from 'node:net'
import tls from 'node:tls'

export class ConnectAgent extends http.Agent {
  // `ca`: what to trust inside the tunnel, where that is TLS.
  constructor(proxy, { isSecure, ca }) {
    super()
    this.proxy = new URL(proxy)
    this.protocol = undefined // good for both
    this.isSecure = isSecure
    this.ca = ca
  }

  createConnection(options, done) {
    const authority = `${options.host}:${options.port}`
    const { username, password } = this.proxy
    const secret = Buffer.from(`${username}:${password}`).toString('base64')
    const asked = http.request({
      host: this.proxy.hostname,
      port: this.proxy.port,
      method: 'CONNECT',
      path: authority,
      headers: { host: authority, ...(username && { 'proxy-authorization': `Basic ${secret}` }) },
    })
    asked.once('connect', (response, socket) => {
      if (response.statusCode !== 200) {
        socket.destroy()
        return done(new Error(`the proxy answered ${response.statusCode}`))
      }
      if (!this.isSecure) return done(null, socket)
      const servername = isIP(options.host) ? '' : options.host
      done(null, tls.connect({ ca: this.ca, servername, host: options.host, socket }))
    })
    asked.once('error', done)
    asked.end()
  }
}
