import { ConnectorError } from "#sdk";
import type { Connection, FieldType, Json, JsonObject } from "#sdk";
import { apiUrl, ask, isRefusal } from "./client.ts";

/** An object as Salesforce describes it to the profile's user, who may not see all of its fields. */
export interface SObject {
  readonly name: string;
  readonly fields: readonly SObjectField[];
}

/**
 * The members that are used here:
 * https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/sforce_api_calls_describesobjects_describesobjectresult.htm
 */
export interface SObjectField {
  readonly name: string;
  readonly label: string;
  readonly type: string;
  readonly filterable: boolean;
  readonly sortable: boolean;
  readonly nillable: boolean;
  readonly createable: boolean;
  readonly updateable: boolean;
  readonly defaultedOnCreate: boolean;
  readonly externalId: boolean;
  readonly calculated: boolean;
  readonly length: number;
  readonly inlineHelpText?: string | null;
  /** The address, location or name of which this is a part. */
  readonly compoundFieldName?: string | null;
  readonly picklistValues?: readonly { readonly value: string; readonly active: boolean }[];
}

/** Of each connection, so that an object is described once while it is read. */
const KNOWN = new WeakMap<Connection, Map<string, Promise<SObject | undefined>>>();

/** The object of that name, whatever its case; undefined where the profile's user sees none. */
export function findSObject(connection: Connection, name: string): Promise<SObject | undefined> {
  const known = KNOWN.get(connection) ?? new Map<string, Promise<SObject | undefined>>();
  KNOWN.set(connection, known);
  const found = known.get(name) ?? describeSObject(connection, name);
  known.set(name, found);
  found.catch(() => known.delete(name));
  return found;
}

/** The object that the settings name. */
export async function requireSObject(connection: Connection, { object }: JsonObject): Promise<SObject> {
  const name = typeof object === "string" ? object : "";
  const found = await findSObject(connection, name);
  if (found !== undefined) return found;
  throw new ConnectorError(
    "ResourceNotFoundError",
    `object: Salesforce has no object \`${name}\` that the profile's user may see — check its API name, and the user's permissions`,
  );
}

async function describeSObject(connection: Connection, name: string): Promise<SObject | undefined> {
  if (!/^\w+$/.test(name)) return undefined;
  const url = apiUrl(connection, `/sobjects/${name}/describe`);
  const answer = await ask(connection, { method: "GET", url });
  if (isRefusal(answer)) return undefined;
  const fields: Json | undefined = answer.member("fields");
  if (Array.isArray(fields)) return { name: answer.text("name") ?? name, fields: fields as unknown as SObjectField[] };
  throw new ConnectorError("ServerError", `Salesforce described \`${name}\` without its fields`);
}

/** How a value is spelled in a record, the same whichever interface it came through. */
export type Spelling = "text" | "number" | "boolean" | "instant" | "compound" | "none";

interface Kind {
  readonly spelling: Spelling;
  readonly type: FieldType | undefined;
}

const TEXT: Kind = { spelling: "text", type: { name: "string" } };
const NUMBER: Kind = { spelling: "number", type: { name: "double" } };

/** Types that are not here are text: https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/field_types.htm */
const KINDS: ReadonlyMap<string, Kind> = new Map<string, Kind>([
  ["int", { spelling: "number", type: { name: "int32" } }],
  ["long", { spelling: "number", type: { name: "int64" } }],
  ["double", NUMBER],
  ["currency", NUMBER],
  ["percent", NUMBER],
  ["boolean", { spelling: "boolean", type: { name: "boolean" } }],
  ["date", { spelling: "text", type: { name: "date" } }],
  ["datetime", { spelling: "instant", type: { name: "timestamp", unit: "ms", utc: true } }],
  ["address", { spelling: "compound", type: { name: "json" } }],
  ["location", { spelling: "compound", type: { name: "json" } }],
  // A query gives the address of such a value, not the value.
  ["base64", { spelling: "none", type: undefined }],
]);

export function spellingOf({ type }: SObjectField): Spelling {
  return (KINDS.get(type) ?? TEXT).spelling;
}

export function typeOf({ type }: SObjectField): FieldType {
  return (KINDS.get(type) ?? TEXT).type ?? { name: "string" };
}

/** The fields that records have: all of them, or those that are needed. */
export function fieldsOf(
  { fields }: SObject,
  { wanted, compounds }: { readonly wanted?: ReadonlySet<string> | undefined; readonly compounds: boolean },
): readonly SObjectField[] {
  return fields.filter((field) => {
    const spelling = spellingOf(field);
    if (spelling === "none" || (spelling === "compound" && !compounds)) return false;
    return wanted === undefined || wanted.has(field.name);
  });
}

export interface CompoundPart {
  readonly field: SObjectField;
  /** What it is called within the compound value. */
  readonly name: string;
}

/** What a compound value is made of, in the order in which REST writes it: `BillingCity` is the `city` of `BillingAddress`. */
export function partsOf({ fields }: SObject, compound: SObjectField): readonly CompoundPart[] {
  const prefix = compound.name.replace(/__c$/, "__").replace(/Address$/, "");
  return fields
    .filter(({ compoundFieldName }) => compoundFieldName === compound.name)
    .map((field) => ({ field, name: decapitalize(field.name.slice(prefix.length).replace(/__s$/, "")) }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function decapitalize(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

export function fieldNamed({ fields }: SObject, name: string): SObjectField | undefined {
  return fields.find((field) => field.name === name);
}
