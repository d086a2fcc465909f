import { execFile } from "node:child_process"
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { readZip } from "../../../src/artifact/zip-read.ts"
import { CASSANDRA_IS_INSTALLED } from "../../support/cassandra-node.ts"
import { temporaryDirectory } from "../../support/git.ts"
import { type LiveRepository, openLiveRepository, type ServedGateway } from "../../support/live-repository.ts"
import { sharedCluster } from "../../support/shared-clusters.ts"
import { inCache, isThere } from "../clients/client.ts"

const run = promisify(execFile)
const NODE_MODULES = fileURLToPath(new URL("../../../node_modules", import.meta.url))
const PASSWORD = "test-only"

/** As their users run them, in the folder of the bundle. */
const EXAMPLES = [
  { name: "nodejs", command: ["node", "examples/nodejs/connect.mjs"], needs: NODE_MODULES },
  {
    name: "python",
    command: [inCache("python-3.30.1", "bin", "python"), "examples/python/connect.py"],
    needs: inCache("python-3.30.1.stamp"),
  },
  {
    name: "cqlsh",
    command: ["sh", "examples/cqlsh/connect.sh", "-p", PASSWORD, "-e", "SELECT release_version FROM system.local"],
    needs: inCache("cqlsh-6.2.2.stamp"),
  },
] as const

describe.runIf(CASSANDRA_IS_INSTALLED).each(["mutual-tls", "password"] as const)(
  "a cluster with %s",
  authentication => {
    const folder = temporaryDirectory()
    let repository: LiveRepository
    let gateway: ServedGateway

    beforeAll(async () => {
      const cluster = await sharedCluster(authentication)
      repository = await openLiveRepository(cluster)
      const checkout = repository.read("bundles/shop-prod/checkout.yaml")
      repository.commit({
        "bundles/shop-prod/checkout.yaml": checkout.replace(/^drivers: .*$/m, "drivers: [nodejs, python, cqlsh]"),
      })
      await repository.scb("apply")
      await repository.grantIn(cluster)
      if (authentication === "password") await cluster.execute(`ALTER ROLE checkout_rw WITH PASSWORD = '${PASSWORD}'`)
      gateway = await repository.serve()
      await unpack(await repository.fetch("checkout"), folder.path)
    })
    afterAll(async () => {
      await gateway.stop()
      repository.remove()
      folder.remove()
    })

    describe.each(EXAMPLES)("and the example for $name", ({ command: [program, ...rest], needs }) => {
      it.runIf(isThere(needs))("says which version of Cassandra it has reached", async () => {
        const path = `${inCache("cqlsh-6.2.2", "bin")}:${process.env["PATH"]}`
        const env = { PATH: path, HOME: folder.path, SCB_USERNAME: "checkout_rw", SCB_PASSWORD: PASSWORD }
        const { stdout } = await run(program, rest, { cwd: folder.path, env, timeout: 60_000 })
        expect(stdout).toMatch(/\b5\.0\.\d+\b/)
      })
    })
  },
)

/** The ZIP under the name that its examples know, and what it holds under examples/. */
async function unpack(bundle: string, folder: string): Promise<void> {
  const zip = await readFile(bundle)
  await writeFile(join(folder, "secure-connect-checkout-shop-prod.zip"), zip, { mode: 0o600 })
  await symlink(NODE_MODULES, join(folder, "node_modules"))
  for (const { name, data } of readZip(zip).entries) {
    if (!name.startsWith("examples/") || data === undefined) continue
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), data)
  }
}
