/**
 * The whole life of a bundle, offline, in seconds: a throw-away repository with its own CA and keys, two clusters, three
 * bundles; apply, apply again, fetch, verify with other people's tools, and connect with an unmodified driver. Then the
 * same in fast motion: six weeks of renewal, rollout, rollback, deprecation and revocation.
 */
import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { openCloud } from "./demo/connect.ts"
import { liveInFastMotion, readEnvironment } from "./demo/fast-motion.ts"
import { freePorts } from "./demo/free-ports.ts"
import { checkWithOtherTools } from "./demo/other-tools.ts"

const SCB = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url))
const keep = process.argv.includes("--keep")
const folder = mkdtempSync(join(tmpdir(), "scb-demo-"))
const repository = join(folder, "bundles")
const began = performance.now()

try {
  await demonstrate()
} finally {
  if (!keep) rmSync(folder, { recursive: true, force: true })
}

async function demonstrate(): Promise<void> {
  title("1. A bundle repository: policies, two clusters, three bundles, and throw-away keys beside it")
  const port = await freePorts(8)
  scb(["init", repository, "--demo", "--demo-port", String(port)], {}, folder)
  const env = { ...readEnvironment(join(`${repository}-keys`, "env.sh")), XDG_STATE_HOME: join(folder, "state") }

  title("2. Check it, and see what is due")
  scb(["validate"], env)
  scb(["plan"], env)

  title("3. Issue, build, sign, encrypt, publish, verify")
  scb(["apply"], env)

  title("4. Again: nothing is left to do")
  scb(["apply"], env)
  scb(["status"], env)

  title("5. Fetch as the application's team would: verified in a fixed order, then decrypted")
  const bundles = ["shop-dev/checkout", "shop-prod/checkout", "shop-prod/reporting"].map(name => fetchBundle(name, env))

  title("6. Check with tools that are not ours")
  checkWithOtherTools({
    folder,
    releases: `${repository}-releases`,
    keys: `${repository}-keys`,
    repository,
    env,
    zips: bundles,
  })

  title("7. Connect: the npm cassandra-driver, unmodified, through `scb gateway serve` to two CQL nodes")
  const keys = `${repository}-keys`
  const cloud = await openCloud({ scb: SCB, repository, keys, cluster: "shop-dev", port, env })
  try {
    await cloud.connect(bundles[0] ?? "")
  } finally {
    await cloud.stop()
  }

  title("8. Six weeks in fast motion: another repository, which began then and ends now")
  await liveInFastMotion(folder, SCB)

  summary()
}

function fetchBundle(name: string, env: NodeJS.ProcessEnv): string {
  const file = join(folder, `secure-connect-${name.replace("/", "-")}.zip`)
  scb(["fetch", name, "--out", file], env)
  scb(["verify", file], env)
  return file
}

/** Shows the command as one would type it, runs it, and shows what it says. */
function scb(args: readonly string[], env: NodeJS.ProcessEnv, cwd = repository): void {
  console.log(`\n$ scb ${args.join(" ").replaceAll(folder, "$DEMO")}`)
  const { status, stdout, stderr } = spawnSync(process.execPath, [SCB, ...args], {
    cwd,
    env: { ...process.env, ...env },
    encoding: "utf8",
  })
  process.stdout.write(`${stderr}${stdout}`.replaceAll(folder, "$DEMO"))
  if (status !== 0) throw new Error(`scb ${args[0]} ended with ${status}`)
}

function title(text: string): void {
  console.log(`\n\n--- ${text}`)
}

function summary(): void {
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  title("What just happened")
  console.log(`
From YAML in Git, three applications got the right to connect: each a certificate of its own, in one ZIP that any
DataStax driver opens, encrypted to the people named in the YAML and signed. One of them never showed us its key.
Their certificates were renewed before they expired, a change reached its users in stages, was taken back, came again,
and what had leaked was refused by everybody within one apply.

  where the intent is      $DEMO/bundles/bundles/*/*.yaml       (branch main)
  what has happened        git -C $DEMO/bundles log ledger      (signed commits)
  what clients fetch       $DEMO/bundles-releases               (any static host will do)
  the rules of the house   $DEMO/bundles/policies/*.yaml

${keep ? `DEMO=${folder}` : "All of it was thrown away again. To look around: npm run demo -- --keep"}
Next: README.md, "Everyday tasks".                                                    ${seconds} s`)
}
