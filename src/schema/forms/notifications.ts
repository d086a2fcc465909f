import { Type } from "typebox"
import { TEXTS } from "../texts.ts"
import { closed, header, oneOf, set, text, whole } from "./shared.ts"

/** policies/notifications.yaml */
export const NotificationsForm = closed(
  {
    ...header("Notifications"),
    severities: set(oneOf(["error", "warning"]), "findings that become issues; empty: none do"),
    maximumIssues: whole(1, 500, "open at once; what is more is told of in the last one"),
    mention: Type.Boolean({ description: "whether the owners of what it is about are mentioned by their login" }),
    otherwise: Type.Optional(
      set(text(TEXTS.name), "groups or principals who are mentioned where nobody owns it; absent: nobody"),
    ),
  },
  "Who is told of what goes on being wrong.",
)
