// A GraphQL server with the npm packages ws and graphql-ws. Prints its port. A client that says
// {"token":"wrong"} in its connection_init is let in nowhere.
import { createServer } from 'node:http'
import { buildSchema } from 'graphql'
import { useServer } from 'graphql-ws/lib/use/ws'
import { WebSocketServer } from 'ws'
import { exitWithOwner, print } from './lines.js'

const schema = buildSchema('type Query { hello: String } type Subscription { never: String }')

const roots = {
  query: { hello: 'world' },
  subscription: { never: () => new ReadableStream()[Symbol.asyncIterator]() },
}

const http = createServer()
const server = useServer(
  {
    schema,
    roots,
    connectionInitWaitTimeout: 1000,
    onConnect({ connectionParams }) {
      const isWelcome = connectionParams?.token !== 'wrong'
      if (isWelcome) print({ event: 'welcomed' })
      return isWelcome
    },
    onSubscribe: (_, { payload }) => {
      if (payload.operationName === 'boom') throw new Error('a bug in the resolver')
    },
  },
  new WebSocketServer({ server: http, path: '/graphql' }),
)

http.listen(0, '127.0.0.1', () => print({ port: http.address().port }))
// A line on standard input is the order to shut down.
process.stdin.once('data', () => server.dispose())
exitWithOwner()
