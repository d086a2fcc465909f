/** What a script can rely on. */
export const EXIT = {
  agreed: 0,
  /** Findings of severity error, or a change that people have yet to approve. */
  findings: 1,
  usage: 2,
  /** The world failed; trying again may help. */
  world: 3,
  /** EX_SOFTWARE of sysexits.h: our bug. */
  bug: 70,
} as const
