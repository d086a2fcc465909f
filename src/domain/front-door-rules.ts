import type { FindingRule } from "./finding-rules.ts"

/** Findings about the repository's YAML and the files it points at. `Y`: text, `T`: types, `R`: references and rules across files. */
export const FRONT_DOOR_RULES = {
  Y01: {
    severity: "error",
    title: "the file is well-formed YAML 1.2",
    why: "Nothing can be read from a file that does not parse.",
    mend: "Correct the syntax at the position shown.",
  },
  Y02: {
    severity: "error",
    title: "the file is UTF-8",
    why: "Readers that guess another encoding would see another text.",
    mend: "Save the file as UTF-8 without a byte order mark.",
  },
  Y03: {
    severity: "error",
    title: "no character is invisible",
    why: "Bidirectional overrides and zero-width characters make a reviewer see something else than the machine (CVE-2021-42574).",
    mend: "Delete the character named; write other spaces as plain spaces.",
  },
  Y04: {
    severity: "error",
    title: "the file is at most 256 KiB",
    why: "A file that people review is never that large; parsing one costs time and memory.",
    mend: "Split it, or take out what does not belong there.",
  },
  Y05: {
    severity: "error",
    title: "maps and lists nest at most 16 deep",
    why: "No form of ours is deeper, and deep nesting is a way to exhaust a parser.",
    mend: "Take out the brackets or indents that are too many.",
  },
  Y06: {
    severity: "error",
    title: "no anchors, aliases and merge keys",
    why: "They change values far from where they stand, and can expand without bound.",
    mend: "Write the value out in each place.",
  },
  Y07: {
    severity: "error",
    title: "no tags and directives",
    why: "They change how the rest of the text is read.",
    mend: "Take them out; put text in quotes where its type is in doubt.",
  },
  Y08: {
    severity: "error",
    title: "one document a file",
    why: "Tools that read only the first or the last document would disagree about what the file says.",
    mend: "Move the other documents to files of their own.",
  },
  Y09: {
    severity: "error",
    title: "no key stands twice in one map",
    why: "Some readers keep the first value and some the last.",
    mend: "Keep one of the two.",
  },
  Y10: {
    severity: "error",
    title: "keys are text",
    why: "A key such as 1.10 is read as the number 1.1.",
    mend: "Write a version with its three parts, or put the key in quotes.",
  },
  Y11: {
    severity: "error",
    title: "no key is a reserved word of the machine",
    why: "`__proto__`, `constructor` and `prototype` can change the behaviour of careless readers.",
    mend: "Take the key out.",
  },
  Y12: {
    severity: "error",
    title: "a plain value means the same in YAML 1.1 and 1.2",
    why: "`NO`, `on`, `017`, `0o17`, `1_000` and `12:30` are text to some readers and booleans or numbers to others.",
    mend: "Put text in quotes; write numbers in plain decimal digits.",
  },
} as const satisfies Record<string, FindingRule>
