/** Imported first by a child process: kills it (-9) right before its nth write to the disk, in the middle of one, or before one of a kind. */
import promises, { type FileHandle } from "node:fs/promises"
import { syncBuiltinESMExports } from "node:module"

const killAt = process.env["SCB_TEST_KILL_AT"] ?? "Infinity"
let left = Number.isNaN(Number(killAt)) ? Number.POSITIVE_INFINITY : Number(killAt)

function step(name: string): void {
  if (left-- === 0 || name === killAt) process.kill(process.pid, "SIGKILL")
}

type Operation = (this: unknown, ...args: unknown[]) => Promise<unknown>

function wrap(target: object, name: string, wrapped: (original: Operation, name: string) => Operation): void {
  const original: unknown = Reflect.get(target, name)
  if (typeof original === "function") Reflect.set(target, name, wrapped(original as Operation, name))
}

function stepping(original: Operation, name: string): Operation {
  return function (...args) {
    step(name)
    return original.apply(this, args)
  }
}

/** Half of the bytes are there when it is killed. */
function halfWriting(original: Operation, name: string): Operation {
  return async function (content, ...rest) {
    step(name)
    if (left === 0 && content instanceof Uint8Array) {
      await original.call(this, content.subarray(0, content.length >> 1), ...rest)
      step(name)
    }
    return original.call(this, content, ...rest)
  }
}

for (const name of ["link", "rename", "unlink", "rm", "mkdir", "copyFile", "appendFile", "chmod"])
  wrap(promises, name, stepping)
wrap(promises, "open", (original, name) => (path, flags, ...rest) => {
  if (flags !== "r" && typeof flags === "string") step(name)
  return original(path, flags, ...rest)
})
const handle: FileHandle = await promises.open("/dev/null", "r")
const methods = Object.getPrototypeOf(handle) as object
await handle.close()
wrap(methods, "writeFile", halfWriting)
for (const name of ["sync", "chmod"]) wrap(methods, name, stepping)
syncBuiltinESMExports()
