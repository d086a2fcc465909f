import type { Static } from "typebox"
import type { DistributionPolicy, ReleaseSigner, ReleaseTarget } from "../domain/policies.ts"
import { durationFrom } from "./durations.ts"
import type { DistributionForm } from "./forms/distribution.ts"
import { beside, instantAt, type Written } from "./written.ts"

export type WrittenDistribution = Static<typeof DistributionForm>
type WrittenSigner = WrittenDistribution["signers"][number]

export function distributionFrom(written: Written<WrittenDistribution>): DistributionPolicy {
  const { document, value } = written
  return {
    file: document.file,
    releases: targetFrom(value.releases),
    mirrors: value.mirrors ?? [],
    signers: value.signers.map((signer, index) => signerFrom(written, signer, index)),
    catalogLifetime: durationFrom(value.catalogLifetime),
  }
}

function targetFrom(releases: WrittenDistribution["releases"]): ReleaseTarget {
  if (releases.kind === "directory") return releases
  const { layout = "automatic", waveAbove = 20, catalogBranch = "catalog", ...target } = releases
  return { ...target, layout, waveAbove, catalogBranch }
}

function signerFrom(written: Written<WrittenDistribution>, signer: WrittenSigner, index: number): ReleaseSigner {
  const bound = (name: "validFrom" | "validUntil") => {
    const text = signer[name]
    const instant = text === undefined ? undefined : instantAt(written, ["signers", index, name], text)
    return instant === undefined ? {} : { [name]: instant }
  }
  const { name, fingerprint, key } = signer
  const file = beside(written.document.file, key)
  return { name, fingerprint, file, ...bound("validFrom"), ...bound("validUntil") }
}
