import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

export interface PublishedDemo {
  readonly folder: string
  readonly repository: string
  readonly releases: string
  readonly keys: string
  readonly env: NodeJS.ProcessEnv
  readonly zips: readonly string[]
}

/** What docs/verification.md tells people to type, with whichever of the tools this machine has. */
export function checkWithOtherTools(demo: PublishedDemo): void {
  const release = join(demo.releases, "releases/shop-dev/checkout/1.0.0")
  if (present("sha256sum")) run(demo, ["sha256sum", "--check", "SHA256SUMS"], release)
  if (present("unzip")) for (const zip of demo.zips) run(demo, ["unzip", "-tqq", zip], release, "no errors in the ZIP")
  if (present("gpg")) checkWithGnuPg(demo, release)
}

function checkWithGnuPg(demo: PublishedDemo, release: string): void {
  const home = mkdtempSync(join(tmpdir(), "gnupg-"))
  const gpg = ["gpg", "--batch", "--quiet", "--trust-model", "always", "--homedir", home]
  const passphrase = demo.env["SCB_IDENTITY_KEY_PASSPHRASE"] ?? ""
  const unlocked = [...gpg, "--pinentry-mode", "loopback", "--passphrase-fd", "0"]
  try {
    quietly([...gpg, "--import", join(demo.repository, "policies/keys/release.asc")])
    quietly([...unlocked, "--import", join(demo.keys, "alice.key.asc")], passphrase)
    run(demo, [...gpg, "--verify", "manifest.json.asc", "manifest.json"], release, "good signature over the manifest")
    const payload = "secure-connect-checkout-shop-dev.zip.gpg"
    const opened = quietly([...unlocked, "--decrypt", join(release, payload)], passphrase)
    const same = opened.equals(readFileSync(demo.zips[0] ?? ""))
    console.log(
      `\n$ gpg --decrypt ${payload}\n${same ? "the same bytes as scb fetch wrote" : "OTHER BYTES than scb fetch wrote"}`,
    )
    if (!same) throw new Error("gpg and scb fetch disagree")
  } finally {
    spawnSync("gpgconf", ["--homedir", home, "--kill", "all"])
    rmSync(home, { recursive: true, force: true })
  }
}

function run(demo: PublishedDemo, command: readonly string[], cwd: string, comment?: string): void {
  const [program = "", ...args] = command
  const shown = command.filter(word => !["--batch", "--quiet"].includes(word)).join(" ")
  console.log(`\n$ ${shown.replaceAll(demo.folder, "$DEMO").replace(/ --trust-model always --homedir \S+/, "")}`)
  const { status, stdout, stderr } = spawnSync(program, args, { cwd, encoding: "utf8" })
  process.stdout.write(stdout.replaceAll(demo.folder, "$DEMO"))
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr}`)
  if (comment !== undefined) console.log(comment)
}

function quietly(command: readonly string[], input = ""): Buffer {
  const [program = "", ...args] = command
  const { status, stdout, stderr } = spawnSync(program, args, { input, maxBuffer: 1 << 24 })
  if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr}`)
  return stdout
}

function present(program: string): boolean {
  return spawnSync(program, ["--version"]).error === undefined
}
