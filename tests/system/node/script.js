// Walks a client through the steps of a scenario. Runs in node and in a browser.

// Resolves when `count` messages have come, or when the connection is over.
class MessageCount {
  count = 0
  isOver = false
  waiting = []

  add() {
    this.count++
    this.wake()
  }

  end() {
    this.isOver = true
    this.wake()
  }

  wake() {
    this.waiting = this.waiting.filter(({ count, resolve }) => {
      if (this.count < count && !this.isOver) return true
      resolve()
      return false
    })
  }

  reached(count) {
    return new Promise((resolve) => {
      this.waiting.push({ count, resolve })
      this.wake()
    })
  }
}

// The step of a client that waits for a time of its own before it goes on.
export function pause({ seconds }) {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000))
}

// Each event goes through `record`; `actions` maps a step's `do` to what this client does for it.
export class Script {
  events = []
  messages = new MessageCount()

  record(event) {
    this.events.push(event)
    if (event.event === 'message') this.messages.add()
  }

  // Nothing more can happen: `finished` resolves with the events.
  end() {
    this.messages.end()
    this.finish(this.events)
  }

  finished = new Promise((resolve) => {
    this.finish = resolve
  })

  async play(steps, actions) {
    for (const step of steps) {
      if (step.do === 'await') await this.messages.reached(step.messages)
      else await actions[step.do](step)
      if (this.messages.isOver) return
    }
  }
}
