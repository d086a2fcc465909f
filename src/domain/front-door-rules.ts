import type { FindingRule } from "./finding-rules.ts"

/** Findings about the repository's YAML and the files it points at. `Y`: text, `T`: types, `R`: references and rules across files. */
export const FRONT_DOOR_RULES = {
  Y01: {
    severity: "error",
    title: "the file is well-formed YAML 1.2",
    why: "Nothing can be read from a file that does not parse.",
    mend: "Correct the syntax at the position shown.",
  },
} as const satisfies Record<string, FindingRule>
