// Payloads that both sides can build from a size alone, and what identifies one. Runs in node and
// in a browser; support/payload.py and this file give equal bytes.
const kBlockLength = 4093 // a prime: no power-of-two boundary meets equal bytes twice

function block(isText) {
  const bytes = new Uint8Array(kBlockLength)
  let state = 1
  for (let i = 0; i < kBlockLength; i++) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    bytes[i] = isText ? 97 + ((state >>> 8) & 15) : (state >>> 8) & 255
  }
  return bytes
}

const blocks = { text: block(true), binary: block(false) }

export function binaryPayload(size, kind = 'binary') {
  const bytes = new Uint8Array(size)
  for (let at = 0; at < size; at += kBlockLength) {
    bytes.set(blocks[kind].subarray(0, Math.min(kBlockLength, size - at)), at)
  }
  return bytes
}

export function textPayload(size) {
  return new TextDecoder().decode(binaryPayload(size, 'text'))
}

const crcTable = Uint32Array.from({ length: 256 }, (_, value) => {
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1
  return value
})

function crc32(bytes) {
  let crc = 0xffffffff
  for (const byte of bytes) crc = crcTable[(crc ^ byte) & 255] ^ (crc >>> 8)
  return (crc ^ 0xffffffff) >>> 0
}

// `content` is a string for a text message, bytes for a binary one.
export function messageEvent(content) {
  const isText = typeof content === 'string'
  const bytes = isText ? new TextEncoder().encode(content) : content
  const kind = isText ? 'text' : 'binary'
  return { event: 'message', kind, size: bytes.length, crc: crc32(bytes) }
}
