import type { Reporter } from "../ports.ts"
import type { Io } from "./io.ts"

/** On a terminal one line that is overwritten; elsewhere a line a step and one for every tenth of long work. */
export function terminalReporter(io: Io): Reporter {
  let lastTenth = -1
  return {
    step: message => io.stderr(`${message}\n`),
    progress(done, total, what) {
      if (io.stderrIsTerminal) {
        io.stderr(`\r\u001b[K[${done}/${total}] ${what}${done === total ? "\n" : ""}`)
        return
      }
      const tenth = Math.floor((done * 10) / total)
      if (total > 20 && tenth === lastTenth) return
      lastTenth = tenth
      io.stderr(`[${done}/${total}] ${what}\n`)
    },
  }
}
