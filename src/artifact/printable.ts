/** Text from a stranger's file, fit for a terminal: printable ASCII, the rest escaped as JSON does, not too long. */
export function printable(text: string, maximum = 200): string {
  const short = text.length > maximum ? `${text.slice(0, maximum)}...` : text
  return short.replace(/[^\x20-\x7e]/g, unit => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
}
