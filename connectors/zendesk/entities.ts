import { ConnectorError, readJson, scalarText } from "#sdk";
import type { BrowseSession, EntitiesQuery, Entity, EntityField, EntityPage, Json, JsonObject } from "#sdk";
import { standardFields } from "./fields.ts";
import { CUSTOM, objectOf, OBJECTS, versionsOf } from "./objects.ts";
import type { ZendeskObject } from "./objects.ts";

/** Objects, and within `custom_objects` those that the account has defined. */
export async function entities(session: BrowseSession, { path, next, limit }: EntitiesQuery): Promise<EntityPage> {
  const all = path === undefined ? topEntities() : path === CUSTOM ? await customEntities(session) : [];
  const from = next === undefined ? 0 : all.findIndex(({ name }) => name === next) + 1;
  const found = all.slice(from, from + limit);
  const last = found.at(-1);
  return { group: "Objects", entities: found, ...(last !== undefined && last !== all.at(-1) && { next: last.name }) };
}

function topEntities(): readonly Entity[] {
  const objects = OBJECTS.map(({ name, label }) => ({ name, label, hasNested: false }));
  return [...objects, { name: CUSTOM, label: "Custom objects", hasNested: true }];
}

async function customEntities(session: BrowseSession): Promise<readonly Entity[]> {
  const found = await list(session, "/api/v2/custom_objects.json", "custom_objects").catch(noneWherePlanHasNone);
  return found.map(({ key, title }) => {
    return { name: `${CUSTOM}/${scalarText(key)}`, label: scalarText(title ?? key), hasNested: false };
  });
}

/** Plans without custom objects refuse to list them. */
function noneWherePlanHasNone(error: unknown): readonly JsonObject[] {
  if (error instanceof ConnectorError && error.code === "AccessDenied") return [];
  throw error;
}

export async function describe(session: BrowseSession, entity: string): Promise<readonly EntityField[] | undefined> {
  const object = objectOf(entity);
  if (object === undefined) return undefined;
  const fields = [...standardFields(object.records === "custom_object_records" ? object.records : object.name)];
  return [...fields.map(([name, type]) => fieldOf(object, name, type)), ...(await ownFields(session, object))];
}

/** Of which fields an account tells, and what they are called in records. */
const OWN_FIELDS: ReadonlyMap<string, { readonly list: string; nameOf(field: JsonObject): string }> = new Map([
  ["tickets", { list: "ticket_fields", nameOf: ({ id }: JsonObject) => `custom_field_${scalarText(id)}` }],
  ["users", { list: "user_fields", nameOf: ({ key }: JsonObject) => `user_fields.${scalarText(key)}` }],
  [
    "organizations",
    { list: "organization_fields", nameOf: ({ key }: JsonObject) => `organization_fields.${scalarText(key)}` },
  ],
]);

async function ownFields(session: BrowseSession, object: ZendeskObject): Promise<readonly EntityField[]> {
  const own = OWN_FIELDS.get(object.name);
  if (own === undefined) return [];
  const found = await list(session, `/api/v2/${own.list}.json`, own.list);
  return found
    .filter(({ type }) => !SYSTEM_TYPES.has(scalarText(type)))
    .map((field) => {
      const type = TYPE_OF.get(scalarText(field["type"])) ?? "string";
      return fieldOf(object, own.nameOf(field), type, scalarText(field["title"]), valuesOf(field));
    });
}

/** Those that every ticket has, under names of their own. */
const SYSTEM_TYPES: ReadonlySet<string> = new Set([
  "subject",
  "description",
  "status",
  "custom_status",
  "priority",
  "basic_priority",
  "tickettype",
  "group",
  "assignee",
]);

const TYPE_OF: ReadonlyMap<string, string> = new Map([
  ["integer", "integer"],
  ["lookup", "integer"],
  ["decimal", "decimal"],
  ["checkbox", "boolean"],
  ["date", "date"],
  ["multiselect", "array"],
]);

function valuesOf({ custom_field_options: options }: JsonObject): readonly string[] {
  if (!Array.isArray(options)) return [];
  return options.flatMap((option: JsonObject) => (typeof option["value"] === "string" ? [option["value"]] : []));
}

const ORDERED: ReadonlySet<string> = new Set(["integer", "decimal", "date", "datetime"]);

function fieldOf(
  object: ZendeskObject,
  name: string,
  type: string,
  label: string = name,
  values: readonly string[] = [],
): EntityField {
  const isOrdered = ORDERED.has(type);
  return {
    name,
    label,
    type,
    isPrimaryKey: name === "id",
    // Zendesk's only comparison in AppFlow.
    filterOperators: isOrdered ? ["GREATER_THAN"] : [],
    ...(values.length > 0 && { values }),
    source: { isRetrievable: true, isQueryable: isOrdered, isTimestamp: versionsOf(object, name) !== undefined },
  };
}

/** All of a list: nobody has so many fields or kinds of objects that they would not fit. */
async function list({ connection }: BrowseSession, path: string, member: string): Promise<readonly JsonObject[]> {
  const found: JsonObject[] = [];
  for (let after: string | undefined; ;) {
    const url = connection.url(path);
    url.searchParams.set("page[size]", "100");
    if (after !== undefined) url.searchParams.set("page[after]", after);
    const body = await connection.ask({ method: "GET", url }, readJson);
    const items: Json | undefined = body.member(member);
    if (Array.isArray(items)) found.push(...(items as readonly JsonObject[]));
    const next = body.member("meta", "has_more") === true ? body.text("meta", "after_cursor") : undefined;
    if (next === undefined || next === after) return found;
    after = next;
  }
}
