import type {
  HealthPolicy,
  LifecyclePolicy,
  NotificationsPolicy,
  QualityPolicy,
  RolloutPolicy,
  VersioningPolicy,
} from "./policies.ts"

const DAY = 86_400_000

/** In force where a repository has no file of the kind. */
export const DEFAULT_VERSIONING: VersioningPolicy = { file: "policies/versioning.yaml", raise: new Map() }

export const DEFAULT_LIFECYCLE: LifecyclePolicy = {
  file: "policies/lifecycle.yaml",
  deprecated: 90 * DAY,
  limited: 60 * DAY,
  securityOnly: 30 * DAY,
  archiveAfter: 365 * DAY,
  maximumActive: 5,
  maximumExtension: 90 * DAY,
}

export const DEFAULT_ROLLOUT: RolloutPolicy = {
  file: "policies/rollout.yaml",
  environments: [],
  freezes: [],
  ranges: [],
  maximumOverride: 7 * DAY,
}

export const DEFAULT_HEALTH: HealthPolicy = {
  file: "policies/health.yaml",
  whenUnknown: "time-alone",
  minimumSamples: 20,
  maximumFailurePercent: 1,
  staleAfter: DAY,
}

export const DEFAULT_QUALITY: QualityPolicy = {
  file: "policies/quality.yaml",
  release: [],
  promotion: [],
  reviewers: [],
}

export const DEFAULT_NOTIFICATIONS: NotificationsPolicy = {
  file: "policies/notifications.yaml",
  severities: ["error", "warning"],
  maximumIssues: 30,
  mention: true,
  otherwise: [],
}
