import type { Static } from "typebox"
import type { Bundle, KeySource } from "../domain/bundle.ts"
import { bundleName } from "../domain/names.ts"
import { durationFrom } from "./durations.ts"
import type { BundleForm } from "./forms/bundle.ts"
import { beside, type Written } from "./written.ts"

export type WrittenBundle = Static<typeof BundleForm>

/** `channels` has one possible meaning in this version, so nothing remains of it. */
export function bundleFrom(
  { document: { file }, value }: Written<WrittenBundle>,
  cluster: string,
  defaultLifetime: number,
): Bundle {
  const { apiVersion: _version, kind: _kind, channels: _channels, key, lifetime, versions = {}, ...rest } = value
  return {
    ...rest,
    file,
    cluster,
    fullName: bundleName(cluster, value.name),
    key: keyFrom(key, file),
    lifetime: lifetime === undefined ? defaultLifetime : durationFrom(lifetime),
    versions: new Map(Object.entries(versions)),
  }
}

function keyFrom(key: WrittenBundle["key"], file: string): KeySource {
  switch (key.source) {
    case "generated":
      return { kind: "generated", algorithm: key.algorithm }
    case "csr":
      return { kind: "csr", request: beside(file, key.csr) }
  }
}
