import type {
  BrowseSession,
  EntitiesQuery,
  Entity,
  EntityField,
  EntityPage,
  FieldType,
  JsonObject,
  SampledField,
  Session,
} from "#sdk";
import { accountSummaries } from "./client.ts";
import { type Known, knownOf } from "./columns.ts";
import { reportOf, requireReport } from "./report.ts";
import { NOTICES } from "./rows.ts";

/** The properties that the user may see, each with its reports and with what happens in it at this moment. */
export async function entities(session: BrowseSession, { path, next, limit }: EntitiesQuery): Promise<EntityPage> {
  const all = path === undefined ? await properties(session) : [];
  const from = next === undefined ? 0 : all.findIndex(({ name }) => name === next) + 1;
  const found = all.slice(from, from + limit);
  const last = found.at(-1);
  return {
    group: "Properties",
    entities: found,
    ...(last !== undefined && last !== all.at(-1) && { next: last.name }),
  };
}

interface Summary {
  readonly displayName?: string;
  readonly propertySummaries?: readonly { readonly property: string; readonly displayName?: string }[];
}

async function properties({ connection }: BrowseSession): Promise<readonly Entity[]> {
  const found: Entity[] = [];
  for (let token: string | undefined; ;) {
    const body = await accountSummaries(connection, token);
    const accounts = (body.member("accountSummaries") ?? []) as readonly Summary[];
    for (const { displayName: account = "", propertySummaries = [] } of accounts) {
      for (const { property, displayName = property } of propertySummaries) {
        const label = `${account}: ${displayName}`;
        found.push({ name: property, label, hasNested: false });
        found.push({ name: `${property}/realtime`, label: `${label}, at this moment`, hasNested: false });
      }
    }
    const next = body.text("nextPageToken") ?? "";
    if (next === "" || next === token) return found;
    token = next;
  }
}

export async function describe(session: BrowseSession, entity: string): Promise<readonly EntityField[] | undefined> {
  const report = reportOf(entity);
  if (report === undefined) return undefined;
  const known = await knownOf(session.connection, report);
  return [...known.map(describeKnown), ...Object.keys(NOTICES).map(describeNotice)];
}

function describeKnown({ name, label, description, kind, type }: Known): EntityField {
  const isDate = name === "date";
  return {
    name,
    label,
    ...(description !== undefined && { description }),
    type: isDate ? "date" : type,
    ...(isDate && { dateFormat: "yyyy-MM-dd" }),
    // AppFlow's only comparison for Google Analytics.
    filterOperators: isDate || kind === "metric" ? ["BETWEEN"] : [],
    properties: { kind },
    source: { isRetrievable: true, isQueryable: isDate, isTimestamp: isDate },
  };
}

function describeNotice(name: string): EntityField {
  return {
    name,
    label: name,
    description: "What the report says of itself; it takes no place among the ten metrics",
    type: "boolean",
    filterOperators: [],
    source: { isRetrievable: true, isQueryable: false, isTimestamp: false },
  };
}

/** Dimensions are texts, dates too: `(other)` stands for what did not fit into a report. */
export async function fields(session: Session, settings: JsonObject): Promise<readonly SampledField[]> {
  const known = await knownOf(session.connection, requireReport(settings));
  return [
    ...known.map(({ name, kind, type }) => ({ name, type: kind === "metric" ? metricType(type) : undefined })),
    ...Object.keys(NOTICES).map((name) => ({ name, type: BOOLEAN })),
  ];
}

const BOOLEAN: FieldType = { name: "boolean" };

function metricType(type: string): FieldType {
  return { name: type === "TYPE_INTEGER" ? "int64" : "double" };
}
