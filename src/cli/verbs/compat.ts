import { type Command, Option } from "commander"
import { finding } from "../../domain/findings.ts"
import type { ClientAnswer, ClientVersion, PlatformKnowledge } from "../../domain/versions/compatibility.ts"
import { isVersion } from "../../domain/versions/versions.ts"
import { renderAnswersJson, renderAnswersText, renderMatrixJson, renderMatrixText } from "../../render/compat.ts"
import { formatOption, type ResultFormat, styleOf, verb } from "../command.ts"
import { mentionFindings } from "../findings.ts"
import { type Invocation, UsageError } from "../invocation.ts"
import { publishedSource, type SourceOptions, sourceOptions } from "../published-source.ts"
import { versionReference } from "../version-reference.ts"

interface Options extends SourceOptions {
  readonly format: ResultFormat
  readonly client?: string
}

export function compatVerb(invocation: Invocation): Command {
  const command = verb(
    "compat",
    "tell which drivers a published version is made for, and whether yours is among them",
    [
      "scb compat payments-prod/checkout@1.2.0 --client java@4.17.0",
      "scb compat payments-prod/checkout                     # every version in force, every driver",
      "scb compat payments-prod/checkout payments-staging/checkout",
      "scb compat payments-prod/checkout@1.2.0 --from /mnt/releases --trust release.asc --format json",
    ],
  )
    .argument("<cluster/bundle@version...>", "a version, or without one all that are in force")
    .addOption(new Option("--client <driver@version>", "ask for one driver, e.g. java@4.17.0"))
  for (const option of sourceOptions()) command.addOption(option)
  return command.addOption(formatOption()).action(async (names: readonly string[], options: Options) => {
    const wanted = names.map(name => {
      const reference = versionReference(name)
      if (reference !== undefined) return reference
      throw new UsageError(`expected <cluster>/<bundle>@<version>, got ${JSON.stringify(name)}`)
    })
    const client = options.client === undefined ? undefined : clientVersion(options.client)
    const [{ askCompatibility, readCompatibility }, known] = await Promise.all([
      import("../../app/compat.ts"),
      platformKnowledge(),
    ])
    const { io } = invocation
    const request = { ...(await publishedSource(options, io)), wanted, known }
    if (client === undefined) {
      const rows = await readCompatibility(request)
      io.stdout(options.format === "json" ? renderMatrixJson(rows) : renderMatrixText(rows, styleOf(io)))
      return
    }
    const answers = await askCompatibility(request, client)
    io.stdout(options.format === "json" ? renderAnswersJson(answers) : renderAnswersText(answers, styleOf(io)))
    mentionFindings(answers.filter(({ compatible }) => !compatible).map(refusal), invocation)
  })
}

function refusal({ bundle, version, client, reasons }: ClientAnswer) {
  const why = reasons.join("; ")
  return finding("S11", bundle, `${bundle} ${version} is not for ${client.platform} ${client.version}: ${why}`)
}

function clientVersion(text: string): ClientVersion {
  const [platform = "", version = "", ...more] = text.split("@")
  if (platform !== "" && isVersion(version) && more.length === 0) return { platform, version }
  throw new UsageError(`--client: expected a driver and its version such as java@4.17.0, got ${JSON.stringify(text)}`)
}

async function platformKnowledge(): Promise<PlatformKnowledge> {
  const { loadMeasurements, loadPlatforms } = await import("../../adapters/platform-catalogue.ts")
  const { programs } = loadMeasurements()
  return new Map(
    [...loadPlatforms().values()].map(({ name, client, minimumVersion }) => [
      name,
      { client, minimumVersion, measured: programs.filter(program => program.name === name) },
    ]),
  )
}
