// One thing done once in a process of its own: `plan-once.mjs DIST WHAT REPOSITORY NOW CACHE`. Prints what it cost, start-up left out.
import { dirname, resolve } from "node:path"

const [dist, what, repository, nowText, cache] = process.argv.slice(2)
const load = name => import(new URL(`${name}.js`, `file://${resolve(dist)}/`).href)
const { gitWorkspace } = await load("adapters/workspace-git")
const { gitLedger } = await load("adapters/git-ledger")
const { directoryReleases } = await load("adapters/releases-directory")
const { loadPlatforms } = await load("adapters/platform-catalogue")
const { notesDirectory } = await load("adapters/notes-directory")
const { openNotebook } = await load("app/notebook")
const { planChange } = await load("app/plan")
const { readLedger, prepareTransaction } = await load("app/ledger")
const { perform } = await load("domain/plan/ledger-transitions")
const { parseInstant } = await load("domain/instant")
const { catFiles } = await load("adapters/git-program")

const now = parseInstant(nowText)
const ledger = gitLedger({ directory: repository, author: { name: "scb", email: "scb@localhost" } })
const world = {
  workspace: gitWorkspace(repository),
  ledger,
  releases: ({ path }) => directoryReleases(resolve(repository, path)),
  platforms: await loadPlatforms(),
  reporter: { step() {}, progress() {} },
  health: [],
  now,
}

const WORK = { plan, floor, transaction, status }
const started = process.cpuUsage()
const begun = performance.now()
const found = await WORK[what]()
const wall = performance.now() - begun
const { user, system } = process.cpuUsage(started)
const peak = process.resourceUsage().maxRSS / 1024
process.stdout.write(JSON.stringify({ cpu: (user + system) / 1000, wall, peak, ...found }))

/** What `scb plan` does, with what earlier runs noted. */
async function plan() {
  const notebook = await openNotebook(notesDirectory(cache, repository))
  const change = await planChange(world, notebook)
  await notebook.close()
  return { steps: change.plan.steps.length, decided: change.desired.size - change.recalled.size }
}

/** Git gives every file of intent and ledger, and JSON.parse reads as many bytes as they have. */
async function floor() {
  const snapshot = await ledger.read({ wait: true })
  const { tree } = await world.workspace.readCommit("HEAD", () => true)
  let bytes = 0
  await catFiles(`${repository}/.git`, [...snapshot.ids.values(), ...tree.ids.values()], (_, object) => {
    JSON.parse(JSON.stringify(object.content.toString("latin1")))
    bytes += object.content.length
  })
  return { bytes }
}

/** `scb status` of one bundle: a catalog that is read, verified and asked. The second time, when everything is compiled. */
async function status() {
  const { readBundleStatus } = await load("app/bundle-status")
  const { readSoundRepository } = await load("app/read-repository")
  const { trustAnchors } = await load("app/plan")
  const { tree } = await world.workspace.readCommit()
  const policies = new Map([...tree].filter(([path]) => path.startsWith("policies/")))
  const sound = await readSoundRepository(policies, world)
  const anchors = trustAnchors(sound)
  const releases = world.releases(sound.repository.policies.distribution.releases)
  const state = { read: async () => undefined, remember: async () => {} }
  const source = { source: "bench", releases, anchors, now, state }
  const ask = async () => {
    const begun = performance.now()
    const before = process.cpuUsage()
    const { versions } = await readBundleStatus(source, "estate-0-dev/app-0-0")
    const { user, system } = process.cpuUsage(before)
    return { cpu: (user + system) / 1000, wall: performance.now() - begun, versions: versions.length }
  }
  const first = await ask()
  return { ...(await ask()), first: first.cpu }
}

/** One bundle's channel moves: the transaction as it is prepared, signed and made history, by a key that costs nothing. */
async function transaction() {
  const { anchors } = await planChange(world, await openNotebook(notesDirectory(cache, repository)))
  const from = await readLedger(ledger, anchors, now)
  const [bundle] = from.state.bundles.keys()
  const version = from.state.bundles.get(bundle).releases.at(-1).version
  const step = { kind: "point", bundle, channel: "bench", to: version, reason: "first", cause: "measured" }
  const change = { commit: "0".repeat(40), now, invalidations: [], steps: [step] }
  const before = process.cpuUsage()
  const next = perform(from.state, change, new Map())
  const signer = { sign: async () => "-----BEGIN PGP SIGNATURE-----\n\n-----END PGP SIGNATURE-----\n" }
  const { prepared } = await prepareTransaction(ledger, from, next, change, signer)
  const { user, system } = process.cpuUsage(before)
  return { cpu: (user + system) / 1000, files: prepared.files.size, directory: dirname(repository) }
}
