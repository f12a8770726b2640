import { ConnectorError, readJson, scalarText } from "#sdk";
import type {
  BrowseSession,
  EntitiesQuery,
  Entity,
  EntityField,
  EntityPage,
  JsonObject,
  SampledField,
  Session,
} from "#sdk";
import { fieldsOf, typeOf } from "./fields.ts";
import type { MarketoField } from "./fields.ts";
import { CUSTOM, objectIn, objectOf, OBJECTS } from "./objects.ts";
import type { MarketoObject } from "./objects.ts";

/** Objects; within `activities` their types, and within `customobjects` those that the account has defined. */
export async function entities(session: BrowseSession, { path, next, limit }: EntitiesQuery): Promise<EntityPage> {
  const all = path === undefined ? TOP : await (NESTED.get(path)?.(session) ?? []);
  const from = next === undefined ? 0 : all.findIndex(({ name }) => name === next) + 1;
  const found = all.slice(from, from + limit);
  const last = found.at(-1);
  return { group: "Objects", entities: found, ...(last !== undefined && last !== all.at(-1) && { next: last.name }) };
}

const NESTED: ReadonlyMap<string, (session: BrowseSession) => Promise<readonly Entity[]>> = new Map([
  ["activities", (session: BrowseSession) => nested(session, "activities", "/rest/v1/activities/types.json", "id")],
  [CUSTOM, (session: BrowseSession) => nested(session, CUSTOM, "/rest/v1/customobjects.json", "name")],
]);

const TOP: readonly Entity[] = [
  ...OBJECTS.map(({ name, label }) => ({ name, label, hasNested: NESTED.has(name) })),
  { name: CUSTOM, label: "Custom objects", hasNested: true },
];

async function nested(
  { connection }: BrowseSession,
  parent: string,
  path: string,
  key: "id" | "name",
): Promise<readonly Entity[]> {
  const body = await connection.ask({ method: "GET", url: connection.url(path) }, readJson).catch(noneWhereRefused);
  const found = (body?.member("result") ?? []) as readonly JsonObject[];
  return found.map((each) => {
    const label = scalarText(each["displayName"] ?? each["name"]);
    return { name: `${parent}/${scalarText(each[key])}`, label, hasNested: false };
  });
}

/** Roles that may not read them may not list them either. */
function noneWhereRefused(error: unknown): undefined {
  if (error instanceof ConnectorError && error.code === "AccessDenied") return undefined;
  throw error;
}

export async function describe(session: BrowseSession, entity: string): Promise<readonly EntityField[] | undefined> {
  const object = objectOf(entity);
  return object && (await fieldsOf(session, object)).map((field) => describeField(object, field));
}

/** Jobs write the fields that Marketo tells of, and no others; of lists it tells nothing. */
export async function fields(session: Session, settings: JsonObject): Promise<readonly SampledField[] | undefined> {
  const object = objectIn(settings);
  if (object?.reading !== "export") return undefined;
  return (await fieldsOf(session, object)).map((field) => ({ name: field.name, type: typeOf(field) }));
}

const ORDERED: ReadonlySet<string> = new Set(["integer", "percent", "score", "float", "currency", "date", "datetime"]);

function describeField(object: MarketoObject, { name, label, type }: MarketoField): EntityField {
  const isOrdered = ORDERED.has(type);
  return {
    name,
    label,
    type,
    isPrimaryKey: name === object.key,
    filterOperators: isOrdered ? ["GREATER_THAN", "LESS_THAN", "BETWEEN"] : [],
    source: { isRetrievable: true, isQueryable: isOrdered, isTimestamp: object.times.includes(name) },
  };
}
