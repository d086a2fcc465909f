import {
  DEFAULT_HEALTH,
  DEFAULT_LIFECYCLE,
  DEFAULT_NOTIFICATIONS,
  DEFAULT_QUALITY,
  DEFAULT_ROLLOUT,
  DEFAULT_VERSIONING,
} from "../../src/domain/default-policies.ts"
import type { Policies } from "../../src/domain/policies.ts"

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** The defaults of the house, where a test says nothing else. */
export function policies(own: Partial<Policies> = {}): Policies {
  return {
    people: { file: "policies/people.yaml", principals: new Map(), groups: new Map() },
    cryptography: {
      file: "policies/cryptography.yaml",
      keyAlgorithms: ["P-256"],
      maximumLifetime: 180 * DAY,
      backdate: 0,
      minimumOpenPgpRsaBits: 3072,
    },
    drivers: { file: "policies/drivers.yaml", supported: new Map([["java", "*"]]) },
    distribution: {
      file: "policies/distribution.yaml",
      releases: { kind: "directory", path: "../releases" },
      mirrors: [],
      signers: [],
      catalogLifetime: 7 * DAY,
    },
    renewal: {
      file: "policies/renewal.yaml",
      defaultLifetime: 90 * DAY,
      afterPercent: 66,
      jitterPercent: 6,
      backoff: { first: HOUR, most: 32 * HOUR },
      triggers: {
        expiry: "release",
        configuration: "release",
        "driver-catalogue": "release",
        policy: "release",
        advisory: "release",
      },
    },
    versioning: DEFAULT_VERSIONING,
    lifecycle: DEFAULT_LIFECYCLE,
    rollout: DEFAULT_ROLLOUT,
    health: DEFAULT_HEALTH,
    quality: DEFAULT_QUALITY,
    notifications: DEFAULT_NOTIFICATIONS,
    campaigns: new Map(),
    advisories: new Map(),
    emergencies: new Map(),
    ...own,
  }
}
