// What permessage-deflate may do, as the RFC names it: "server_max_window_bits=10" or, without a
// value, "server_no_context_takeover". `threshold` is the package's own.
export function deflateOptions(words) {
  const options = { threshold: 0 }
  for (const word of words) {
    const [name, value] = word.split('=')
    const camelCase = name.replace(/_(.)/g, (_, letter) => letter.toUpperCase())
    options[camelCase] = value === undefined ? true : Number(value)
  }
  return options
}
