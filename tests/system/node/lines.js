// JSON lines on standard input and output, the way each endpoint of these tests is driven.
import { createInterface } from 'node:readline'

export function print(value) {
  process.stdout.write(JSON.stringify(value) + '\n')
}

// Answers each line with what `answer` resolves to, a list with what it resolves to for all of them
// at once; leaves when standard input ends.
export async function serveLines(answer) {
  for await (const line of createInterface({ input: process.stdin })) {
    const asked = JSON.parse(line)
    print(await (Array.isArray(asked) ? Promise.all(asked.map(answer)) : answer(asked)))
  }
}

// The owner closes standard input to end a server; a server must not outlive its test.
export function exitWithOwner() {
  process.stdin.on('end', () => process.exit(0)).resume()
}
