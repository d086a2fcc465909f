import type { FindingRule } from "./finding-rules.ts"

/** Findings about a bundle. `Z`: the ZIP, `C`: config.json, `K`: PEM key material, `J`: Java stores, `P`: cert.pfx. */
export const BUNDLE_RULES = {
  Z1: {
    severity: "error",
    title: "the file is a ZIP whose entries are intact",
    why: "Every driver reads the bundle as a ZIP; Java reports `missing file config.json` for anything else.",
    mend: "Fetch the bundle again, or rebuild it.",
  },
} as const satisfies Record<string, FindingRule>
