import { type ChildProcess, fork } from "node:child_process"
import { readdirSync, readFileSync, readlinkSync } from "node:fs"
import { fileURLToPath } from "node:url"

/** A process of ours that answers each message with one. */
export interface Peer<Question, Answer> {
  ask(question: Question): Promise<Answer>
  stop(): void
}

/** Starts a TypeScript program of this folder, as this process was started. */
export function startPeer<Question extends object, Answer>(program: string): Peer<Question, Answer> {
  const child = fork(fileURLToPath(new URL(program, import.meta.url)), {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  })
  return {
    ask: question =>
      new Promise((resolve, reject) => {
        const gone = () => reject(new Error(`${program} ended`))
        child.once("exit", gone)
        child.once("message", answer => {
          child.off("exit", gone)
          resolve(answer as Answer)
        })
        child.send(question)
      }),
    stop: () => void child.kill(),
  }
}

/** For such a program: answers what it is asked until the other side is gone. */
export function answerWith<Question, Answer extends object>(answer: (question: Question) => Promise<Answer>): void {
  process.on("message", async question => process.send?.(await answer(question as Question)))
  process.on("disconnect", () => process.exit())
}

/** Ticks of /proc, in seconds (`getconf CLK_TCK`; 100 on every Linux that Node.js runs on). */
const TICK = 1 / 100

/** State of a socket in /proc/net/tcp. */
const LISTENING = "0A"

/** What a process has used so far: seconds of CPU, and MiB of memory that it holds now. */
export function usageOf({ pid }: ChildProcess): { readonly cpuSeconds: number; readonly residentMegabytes: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, "latin1")
  const [userTicks = 0, systemTicks = 0] = stat
    .slice(stat.lastIndexOf(")") + 2)
    .split(" ")
    .slice(11, 13)
    .map(Number)
  const [, kibibytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "latin1")) ?? []
  return { cpuSeconds: (userTicks + systemTicks) * TICK, residentMegabytes: Number(kibibytes) / 1024 }
}

/** Whether it is this process that listens at a port of 127.0.0.1, and not a stranger. */
export function listensAt({ pid }: ChildProcess, port: number): boolean {
  const address = `0100007F:${port.toString(16).toUpperCase().padStart(4, "0")}`
  const sockets = readFileSync("/proc/net/tcp", "latin1")
    .split("\n")
    .map(line => line.trim().split(/\s+/))
  const inode = sockets.find(([, local, , state]) => local === address && state === LISTENING)?.[9]
  const files = `/proc/${pid}/fd`
  try {
    return readdirSync(files).some(file => readlinkSync(`${files}/${file}`) === `socket:[${inode}]`)
  } catch {
    return false // it closed a file meanwhile, or has ended
  }
}
