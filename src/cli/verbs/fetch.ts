import type { Command } from "commander"
import { renderFetchJson, renderFetchText } from "../../render/fetch.ts"
import { errorStyleOf, formatOption, type ResultFormat, styleOf, verb } from "../command.ts"
import { type DeliveryOptions, deliver, deliveryOptions, planDelivery } from "../delivery.ts"
import { mentionFindings } from "../findings.ts"
import type { Invocation } from "../invocation.ts"
import {
  fetchKeys,
  fetchWith,
  PASSPHRASES,
  type ReleaseOptions,
  releaseOptions,
  releaseRequest,
} from "../release-request.ts"

interface Options extends ReleaseOptions, Omit<DeliveryOptions, "format"> {
  readonly format: ResultFormat
}

export function fetchVerb(invocation: Invocation): Command {
  const command = verb("fetch", "fetch a published bundle, verify all of it, and decrypt it", [
    "SCB_IDENTITY_KEY_FILE=me.key.asc scb fetch payments-prod/checkout",
    "scb fetch payments-prod/checkout --version 1.2.0 --identity me.key.asc --out /run/secrets/scb.zip",
    "scb fetch payments-prod/checkout --from /mnt/releases --trust release.asc --identity me.key.asc",
    "scb fetch payments-prod/checkout --from github:acme/bundles --from https://mirror.example.com --trust release.asc",
    "scb fetch payments-prod/reporting --key mine.pem      # completes a bundle whose owner kept the key",
    "scb fetch payments-prod/checkout --encrypted          # your key is in gpg-agent or on a card",
    "scb fetch payments-prod/checkout --channel candidate --consumer checkout-7f9c",
    "scb fetch payments-prod/checkout --output secret --namespace shop | kubectl apply --server-side -f -",
    "scb fetch payments-prod/checkout --output base64 | gh secret set SCB_BUNDLE_BASE64",
  ]).argument("<cluster/bundle>", "full name of the bundle")
  for (const option of [...releaseOptions(), ...deliveryOptions()]) command.addOption(option)
  return command
    .addOption(formatOption())
    .addHelpText("after", PASSPHRASES)
    .action(async (name: string, options: Options) => {
      const { io } = invocation
      const goesTo = planDelivery(options, io)
      const request = await releaseRequest(name, options, io)
      const fetched = await fetchWith(await fetchKeys(options, io), request)
      const delivery = goesTo(fetched.fileName)
      await deliver(fetched, delivery, options, io)
      if ("findings" in fetched) mentionFindings(fetched.findings, invocation)
      for (const warning of fetched.warnings) io.stderr(`warning: ${warning}\n`)
      if (options.key !== undefined && fetched.manifest.keySource === "generated")
        io.stderr("warning: the bundle has a key of its own: --key is not used\n")
      const delivered = options.dryRun === true ? undefined : delivery
      if (delivery.path === undefined) io.stderr(renderFetchText(fetched, delivered, errorStyleOf(io)))
      else if (options.format === "json") io.stdout(renderFetchJson(fetched, delivered))
      else io.stdout(renderFetchText(fetched, delivered, styleOf(io)))
    })
}
