import { randomBytes } from "node:crypto"
import { readFileSync, readlinkSync } from "node:fs"
import { hostname } from "node:os"

/**
 * Who made a temporary file or a lock: `<pid>.<start>.<boot>.<random>.<host>`. The start time tells a process from a
 * later one with its number, the boot and process namespace a number that means something here from one that does not.
 */
export function ownerToken(): string {
  return [process.pid, startOf("self") ?? 0, bootAndNamespace(), randomBytes(4).toString("hex"), hostname()].join(".")
}

/** True only where it is certain: a token of another host is never gone. */
export function isGone(token: string): boolean {
  const [pid, start, boot, random, ...host] = token.split(".")
  if (random === undefined || host.join(".") !== hostname()) return false
  if (boot !== bootAndNamespace()) return isEarlierBoot(boot ?? "")
  try {
    process.kill(Number(pid), 0)
  } catch (cause) {
    return cause instanceof Error && "code" in cause && cause.code === "ESRCH"
  }
  const running = startOf(pid ?? "")
  return running !== undefined && running !== start
}

/** Same process namespace and another boot: the machine has been restarted since. */
function isEarlierBoot(other: string): boolean {
  const [boot, namespace] = bootAndNamespace().split("-")
  const [otherBoot, otherNamespace] = other.split("-")
  return boot !== "0" && otherBoot !== boot && otherNamespace === namespace
}

/** Clock ticks since boot, field 22 of /proc/<pid>/stat (proc(5)); the command before it may hold spaces and brackets. */
function startOf(pid: string): string | undefined {
  const stat = attempt(() => readFileSync(`/proc/${pid}/stat`, "utf8"))
  return stat
    ?.slice(stat.lastIndexOf(")") + 2)
    .split(" ")
    .at(19)
}

function bootAndNamespace(): string {
  const boot = attempt(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8").slice(0, 8)) ?? "0"
  const namespace = attempt(() => readlinkSync("/proc/self/ns/pid").replace(/\D/g, "")) ?? "0"
  return `${boot}-${namespace}`
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
