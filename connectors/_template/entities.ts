import { show } from "#sdk";
import type { BrowseSession, EntitiesQuery, EntityField, EntityPage, JsonObject, Problem } from "#sdk";

/** https://developer.acme.example/objects */
const OBJECTS = [
  { name: "people", label: "People" },
  { name: "companies", label: "Companies" },
];

/** The fields of every object, in the vendor's words. */
const FIELDS = [
  ["id", "string"],
  ["name", "string"],
  ["created_at", "datetime"],
  ["updated_at", "datetime"],
] as const;

/** The field that moves with every change, and can be asked for. */
export const CHANGED = "updated_at";

// oxlint-disable-next-line require-await
export async function entities(_: BrowseSession, { path, next, limit }: EntitiesQuery): Promise<EntityPage> {
  const all = path === undefined ? OBJECTS : [];
  const from = Number(next ?? 0);
  const found = all.slice(from, from + limit).map((object) => ({ ...object, hasNested: false }));
  const isLast = from + limit >= all.length;
  return { group: "Objects", entities: found, ...(!isLast && { next: String(from + limit) }) };
}

// oxlint-disable-next-line require-await
export async function describe(_: BrowseSession, entity: string): Promise<readonly EntityField[] | undefined> {
  if (!isObject(entity)) return undefined;
  return FIELDS.map(([name, type]) => ({
    name,
    type,
    isPrimaryKey: name === "id",
    filterOperators: name === CHANGED ? ["GREATER_THAN"] : [],
    source: { isRetrievable: true, isQueryable: name === CHANGED, isTimestamp: name === CHANGED },
  }));
}

export function checkObject({ object }: JsonObject): readonly Problem[] {
  if (typeof object === "string" && isObject(object)) return [];
  const remedy = `name one of ${OBJECTS.map(({ name }) => name).join(", ")}`;
  return [{ path: "object", message: `${show(object ?? "")} is no object of Acme`, remedy }];
}

function isObject(name: string): boolean {
  return OBJECTS.some((object) => object.name === name);
}
