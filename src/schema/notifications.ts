import type { Static } from "typebox"
import type { NotificationsPolicy } from "../domain/policies.ts"
import type { NotificationsForm } from "./forms/notifications.ts"
import type { Written } from "./written.ts"

export type WrittenNotifications = Static<typeof NotificationsForm>

export function notificationsFrom({ document, value }: Written<WrittenNotifications>): NotificationsPolicy {
  const { severities, maximumIssues, mention, otherwise = [] } = value
  return { file: document.file, severities, maximumIssues, mention, otherwise }
}
