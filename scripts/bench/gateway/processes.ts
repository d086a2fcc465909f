import { type ChildProcess, fork } from "node:child_process"
import { readFileSync } from "node:fs"
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
