import { show } from "#sdk";
import type { JsonObject, Problem, VersionFields } from "#sdk";

/**
 * How an object is read: `cursor export` and `time export` tell what has changed since a time and are for large objects
 * (https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/); `cursor list` and
 * `numbered list` tell all there is (https://developer.zendesk.com/api-reference/introduction/pagination/).
 */
type Paging = "cursor export" | "time export" | "cursor list" | "numbered list";

export interface ZendeskObject {
  readonly name: string;
  readonly label: string;
  readonly paging: Paging;
  readonly path: string;
  /** The member of an answer in which the records are. */
  readonly records: string;
  /** The fields that tell when a record changed or came, the one that moves with every change first; none: nothing tells. */
  readonly times: readonly string[];
  /** True where times as numbers are seconds since 1970. */
  readonly inSeconds?: true;
  /** What records are made of what the answer has. */
  readonly shape?: "ticket" | "comment";
  /** The first records are the last that came. */
  readonly newestFirst?: true;
  /** The list that can begin at a time of creation. */
  readonly startsAtCreation?: true;
  readonly parameters?: Readonly<Record<string, string>>;
}

const EXPORT = "/api/v2/incremental";

export const OBJECTS: readonly ZendeskObject[] = [
  {
    ...exported("tickets", "Tickets", "cursor export", `${EXPORT}/tickets/cursor.json`),
    // Moves with whatever the system does to a ticket, which `updated_at` does not.
    times: ["generated_timestamp", "updated_at", "created_at"],
    inSeconds: true,
    shape: "ticket",
  },
  exported("users", "Users", "cursor export", `${EXPORT}/users/cursor.json`),
  exported("organizations", "Organizations", "time export", `${EXPORT}/organizations.json`),
  {
    ...exported("ticket_events", "Ticket events", "time export", `${EXPORT}/ticket_events.json`),
    times: ["timestamp", "created_at"],
    inSeconds: true,
  },
  {
    ...exported("ticket_comments", "Ticket comments", "time export", `${EXPORT}/ticket_events.json`),
    records: "ticket_events",
    times: ["created_at"],
    shape: "comment",
    parameters: { include: "comment_events" },
  },
  {
    ...exported("ticket_metric_events", "Ticket metric events", "time export", `${EXPORT}/ticket_metric_events.json`),
    times: ["time"],
  },
  exported("articles", "Articles", "time export", "/api/v2/help_center/incremental/articles.json"),
  { ...listed("ticket_audits", "Ticket audits"), times: ["created_at"], newestFirst: true },
  { ...listed("satisfaction_ratings", "Satisfaction ratings"), startsAtCreation: true },
  listed("ticket_metrics", "Ticket metrics"),
  listed("ticket_fields", "Ticket fields"),
  listed("groups", "Groups"),
  listed("group_memberships", "Group memberships"),
  listed("organization_memberships", "Organization memberships"),
  listed("organization_fields", "Organization fields"),
  listed("user_fields", "User fields"),
  listed("brands", "Brands"),
  listed("macros", "Macros"),
  listed("views", "Views"),
  listed("triggers", "Triggers"),
  listed("automations", "Automations"),
  listed("custom_roles", "Custom roles"),
  { ...listed("tags", "Tags"), times: [] },
  { ...listed("ticket_forms", "Ticket forms"), paging: "numbered list" },
  { ...listed("sla_policies", "SLA policies", "/api/v2/slas/policies.json"), paging: "numbered list" },
  { ...listed("schedules", "Schedules", "/api/v2/business_hours/schedules.json"), paging: "numbered list" },
];

/** What the names of the objects begin with that an account has defined itself. */
export const CUSTOM = "custom_objects";

const BY_NAME: ReadonlyMap<string, ZendeskObject> = new Map(OBJECTS.map((object) => [object.name, object]));

/** The object of that name: `tickets`, also as `Tickets` or `ticket-events`; or `custom_objects/` and a key. */
export function objectOf(name: string): ZendeskObject | undefined {
  const key = /^custom_objects\/([\w-]+)$/.exec(name)?.[1];
  if (key === undefined) return BY_NAME.get(name.toLowerCase().replaceAll("-", "_"));
  const path = `${EXPORT}/custom_objects/${key}/cursor.json`;
  return { ...exported(name, key, "cursor export", path), records: "custom_object_records" };
}

export function objectIn({ object }: JsonObject): ZendeskObject | undefined {
  return typeof object === "string" ? objectOf(object) : undefined;
}

export function checkObject({ object }: JsonObject): readonly Problem[] {
  if (object === undefined || objectIn({ object }) !== undefined) return [];
  const names = OBJECTS.map(({ name }) => name).join(", ");
  const remedy = `name one of ${names}, or ${CUSTOM}/ and the key of a custom object`;
  return [{ path: "object", message: `${show(object)} is no object of Zendesk`, remedy }];
}

/**
 * By what versions of a record are known; undefined where no field tells when it changed. A version is what has another time:
 * two changes within one second are one by the time that anybody is shown them.
 */
export function versionsOf(
  { times, inSeconds }: ZendeskObject,
  timeField: string | undefined,
): VersionFields | undefined {
  const time = timeField ?? times[0];
  if (time === undefined || !times.includes(time)) return undefined;
  return { key: "id", version: time, time, ...(inSeconds === true && !time.endsWith("_at") && { inSeconds }) };
}

function exported(name: string, label: string, paging: Paging, path: string): ZendeskObject {
  return { name, label, paging, path, records: name, times: ["updated_at", "created_at"] };
}

function listed(name: string, label: string, path = `/api/v2/${name}.json`): ZendeskObject {
  return { name, label, paging: "cursor list", path, records: name, times: ["updated_at", "created_at"] };
}
