import { spawnSync } from "node:child_process"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { formatInstant, instantFromMillis } from "../../src/domain/instant.ts"
import { openCloud } from "./connect.ts"
import { freePorts } from "./free-ports.ts"

const DAYS = 43
const DAY = 86_400_000
const CHECKOUT = "bundles/shop-dev/checkout.yaml"
const STAGES = "after: 1d, rollout: [{ percent: 25, for: 2d }, { percent: 100 }]"

/** Renewal, rollout, rollback with a hold, deprecation and revocation, each by `apply` at its day. Nothing waits. */
export async function liveInFastMotion(folder: string, scb: string): Promise<void> {
  const began = Date.now() - DAYS * DAY
  const port = await freePorts(8)
  const repository = join(folder, "weeks")
  const env: NodeJS.ProcessEnv = { ...process.env, XDG_STATE_HOME: join(folder, "state") }

  /** The line that says what happened, as one would type it and see it. */
  function run(args: readonly string[], { day, only }: { readonly day?: number; readonly only?: RegExp } = {}): void {
    const now = day === undefined ? [] : ["--now", formatInstant(instantFromMillis(began + day * DAY))]
    const when = day === undefined ? "today " : `day ${String(Math.floor(day)).padStart(2)}`
    const { status, stdout, stderr } = spawnSync(process.execPath, [scb, ...args, ...now], {
      cwd: args[0] === "init" ? folder : repository,
      env,
      encoding: "utf8",
    })
    if (status !== 0) throw new Error(`scb ${args.join(" ")} ended with ${status}: ${stderr}`)
    const typed = args.map(each => (each.includes(" ") ? JSON.stringify(each) : each)).join(" ")
    console.log(`\n${when}  $ scb ${typed.replaceAll(folder, "$DEMO")}`)
    for (const line of stdout.split("\n").filter(each => only?.test(each) ?? each !== ""))
      console.log(`        ${line}`)
  }

  function commit(message: string): void {
    const identity = ["-c", "user.name=demo", "-c", "user.email=demo@localhost"]
    const { status, stderr } = spawnSync("git", [...identity, "commit", "--quiet", "--all", "--message", message], {
      cwd: repository,
      encoding: "utf8",
    })
    if (status !== 0) throw new Error(`git commit: ${stderr}`)
  }

  function edit(before: string, after: string): void {
    const file = join(repository, CHECKOUT)
    writeFileSync(file, readFileSync(file, "utf8").replace(before, after))
    console.log(`\n        ${CHECKOUT}: ${after}`)
    commit(after)
  }

  run(["init", repository, "--demo", "--demo-port", String(port)], { day: 0, only: /made/ })
  Object.assign(env, readEnvironment(join(`${repository}-keys`, "env.sh")))
  edit("stable: { follow: candidate }", `stable: { follow: candidate, ${STAGES} }`)
  run(["apply"], { day: 0, only: /^(release|point).*shop-dev\/checkout/ })

  heading("Renewal: two thirds of thirty days are over; nothing but key and certificate is new, so everybody gets it")
  run(["apply"], { day: 20, only: /^(release|point).*shop-dev\/checkout/ })

  heading("A change: candidate has it at once, stable a day later, a quarter of the consumers first")
  edit("python, cqlsh", "python, cqlsh, gocql-astra")
  run(["apply"], { day: 22, only: /^(release|point|waits)/ })
  run(["apply"], { day: 23, only: /^(point|waits)/ })

  heading("It goes wrong: back at once, and held there, however often the schedule comes by")
  run(["rollback", "shop-dev/checkout", "--reason", "INC-7: timeouts"], { day: 24, only: /^[+-] / })
  commit("INC-7: back to the version before")
  run(["apply"], { day: 24, only: /^(point|nothing)/ })
  run(["apply"], { day: 25, only: /^(point|nothing)/ })

  heading("Mended: the hold is lifted, and the rollout begins again")
  run(["unpin", "shop-dev/checkout", "stable"], { day: 26, only: /^[+-] point/ })
  commit("INC-7 is over")
  run(["apply"], { day: 26, only: /^point/ })
  run(["apply"], { day: 28, only: /^point/ })

  heading("The old version is on its way out, by the calendar of policies/lifecycle.yaml")
  run(["apply"], { day: 42, only: /^(release|point).*shop-dev\/checkout/ })
  run(["deprecate", "shop-dev/checkout@1.1.0", "--reason", "superseded"], { day: 42.5, only: /^\+ / })
  commit("1.1.0 is on its way out")
  run(["apply"], { day: 42.5, only: /^mark/ })

  heading("Today a laptop is stolen: what was on it is refused, and its owner has a new bundle")
  const stolen = join(folder, "stolen.zip")
  run(["apply"], { only: /^(release|point|catalog).*(shop-dev\/checkout|again)/ })
  run(["fetch", "shop-dev/checkout", "--out", stolen], { only: /^verified/ })
  run(["revoke", "shop-dev/checkout@1.1.1", "--reason", "keyCompromise", "--incident", "INC-12"], { only: /^[+] / })
  commit("INC-12: stolen laptop")
  run(["apply"], { only: /^(mark|release|point|verified)/ })
  const fresh = join(folder, "fresh.zip")
  const revocationList = join(folder, "shop-dev.crl")
  run(["fetch", "shop-dev/checkout", "--out", fresh], { only: /^verified/ })
  run(["crl", "shop-dev", "--out", revocationList], { only: /verified|revoked/ })
  const keys = `${repository}-keys`
  writeFileSync(revocationList, readFileSync(revocationList, "utf8") + readFileSync(join(keys, "root.crl"), "utf8"))
  console.log("        and behind it the list of the root, because gateways want one of every CA")
  const cloud = await openCloud({ scb, repository, keys, cluster: "shop-dev", port, env, revocationList })
  try {
    await cloud.refuse(stolen)
    await cloud.connect(fresh)
  } finally {
    await cloud.stop()
  }

  heading("And the year ahead, on paper, with everything that goes wrong in a year")
  run(["simulate", "--step", "6h", "--faults", "missed-runs", "issuer-down", "publish-crash", "clock-skew"])
}

function heading(text: string): void {
  console.log(`\n  - ${text}`)
}

/** `export NAME='value'` lines, as `init --demo` writes them. */
export function readEnvironment(file: string): NodeJS.ProcessEnv {
  const lines = [...readFileSync(file, "utf8").matchAll(/^export (\w+)='(.*)'$/gm)]
  return Object.fromEntries(lines.map(([, name, value]) => [name, value]))
}
