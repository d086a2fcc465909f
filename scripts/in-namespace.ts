import { spawn } from "node:child_process"
import { mkdtempSync, readdirSync, readlinkSync, rmSync } from "node:fs"
import { constants, tmpdir } from "node:os"
import { join } from "node:path"
import { startDnsResponder } from "../test/support/dns-responder.ts"

/** Within `in-namespace.sh`: answers for names, runs the command, and takes with it whatever the command has left running, and its temporary files. */
const [command = "", ...args] = process.argv.slice(2)
await startDnsResponder(
  [
    { name: "*.six.lab.test", addresses: ["::1"] },
    { name: "*.two.lab.test", addresses: ["127.0.0.99", "127.0.0.1"] },
    "*.example.com",
    "*.lab.test",
    "github.com",
    "*.github.com",
    "*.githubusercontent.com",
  ],
  { listen: "127.0.0.53", port: 53 },
)

const temporary = mkdtempSync(join(tmpdir(), "scb-namespace-"))
// Before there is a child that may be heard and answered with a signal.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const) process.on(signal, () => child.kill(signal))
const child = spawn(command, args, {
  stdio: "inherit",
  env: { ...process.env, TMPDIR: temporary },
})
child.once("error", error => end(error.message, 127))
child.once("exit", (code, signal) => end(undefined, code ?? 128 + (signal === null ? 0 : constants.signals[signal])))

function end(error: string | undefined, code: number): void {
  if (error !== undefined) process.stderr.write(`in-namespace: ${error}\n`)
  for (const pid of neighbours()) endProcess(pid)
  rmSync(temporary, { recursive: true, force: true, maxRetries: 10 })
  process.exit(code)
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, "SIGKILL")
  } catch {
    // it has ended by itself
  }
}

/** The other processes on this network. */
function neighbours(): readonly number[] {
  const network = readlinkSync("/proc/self/ns/net")
  return readdirSync("/proc")
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .filter(pid => pid !== process.pid && networkOf(pid) === network)
}

function networkOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`)
  } catch {
    return undefined
  }
}
