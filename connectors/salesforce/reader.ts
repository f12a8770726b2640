import { ConnectorError } from "#sdk";
import type { JsonObject, Session, SplitQuery } from "#sdk";
import { apiUrl } from "./client.ts";
import { filterConditions, windowConditions } from "./conditions.ts";
import { fieldNamed, fieldsOf, requireSObject, type SObject, type SObjectField } from "./sobject.ts";
import { type Soql, textLiteral } from "./soql.ts";

/** What a query reads, whichever interface answers it. */
export interface Reader {
  readonly session: Session;
  readonly object: SObject;
  /** In the order in which records have them. */
  readonly fields: readonly SObjectField[];
  readonly conditions: readonly string[];
  readonly includesDeleted: boolean;
  /** Whether records have ids by which they can be sorted and compared, as all but a few objects have. */
  readonly isSorted: boolean;
}

/** AppFlow's `dataTransferApi`. */
export type TransferApi = "AUTOMATIC" | "REST_SYNC" | "BULKV2";

export function transferApi({ dataTransferApi }: JsonObject): TransferApi {
  return dataTransferApi === "REST_SYNC" || dataTransferApi === "BULKV2" ? dataTransferApi : "AUTOMATIC";
}

/** `where` is what holds besides, of a part of the records. */
export async function openReader(session: Session, query: SplitQuery, where: readonly string[] = []): Promise<Reader> {
  const { settings } = query;
  const object = await requireSObject(session.connection, settings);
  const includesDeleted = settings["includeDeletedRecords"] === true;
  return {
    session,
    object,
    includesDeleted,
    fields: fieldsOf(object, {
      wanted: wantedFields(query, object, includesDeleted),
      // Under BULKV2 AppFlow has none: https://docs.aws.amazon.com/appflow/latest/userguide/salesforce.html
      compounds: transferApi(settings) !== "BULKV2",
    }),
    conditions: [...conditionsOf(object, query), ...where],
    isSorted: isSortedById(object),
  };
}

/** The record's id is always there, to go on by; a part of a compound field is in the field. */
function wantedFields(
  { fields, window, settings }: SplitQuery,
  object: SObject,
  includesDeleted: boolean,
): ReadonlySet<string> | undefined {
  if (fields === undefined) return undefined;
  return new Set([
    "Id",
    ...fields.flatMap((name) => [name, name.split(".", 1)[0]!]),
    ...(window === undefined ? [] : [timeFieldOf(object, settings, window.field)]),
    ...(includesDeleted ? ["IsDeleted"] : []),
  ]);
}

/** What holds for every record that is wanted. */
function conditionsOf(object: SObject, { window, filters, settings }: SplitQuery): readonly string[] {
  return [
    ...(window === undefined ? [] : windowConditions(window, timeFieldOf(object, settings, window.field))),
    ...filterConditions(object, filters),
  ];
}

/**
 * The field that tells when a record changed, where a flow names none. SystemModstamp moves with whatever changes a record,
 * and nobody can set it. Histories have none.
 */
export function defaultTimeField({ object }: JsonObject): string {
  const name = typeof object === "string" ? object : "";
  if (/^LoginHistory$/i.test(name)) return "LoginTime";
  return /History$/i.test(name) ? "CreatedDate" : "SystemModstamp";
}

function timeFieldOf(object: SObject, settings: JsonObject, named: string | undefined): string {
  const name = named ?? defaultTimeField(settings);
  const field = fieldNamed(object, name);
  if (field?.type === "datetime" && field.filterable) return name;
  const can = object.fields.filter(({ type, filterable }) => type === "datetime" && filterable);
  const remedy =
    can.length === 0
      ? "run the flow with dataPullMode Complete"
      : `name one of ${can.map((each) => each.name).join(", ")}`;
  throw new ConnectorError("InvalidArgument", `In \`${object.name}\` \`${name}\` tells no times to go by — ${remedy}`);
}

function isSortedById(object: SObject): boolean {
  const id = fieldNamed(object, "Id");
  return id !== undefined && id.sortable && id.filterable;
}

/** The query, in the order of ids where that is possible; `after` leaves out what comes up to the record with that id. */
export function soqlOf(
  { object, fields, conditions, isSorted }: Pick<Reader, "object" | "fields" | "conditions" | "isSorted">,
  after?: string,
): Soql {
  return {
    select: fields.map(({ name }) => name),
    from: object.name,
    where: after === undefined ? conditions : [...conditions, `Id > ${textLiteral(after)}`],
    orderBy: isSorted ? "Id" : undefined,
  };
}

/** Where REST answers a query about what the reader reads. */
export function soqlUrl({ session, includesDeleted }: Reader, soql: string): URL {
  const url = apiUrl(session.connection, includesDeleted ? "/queryAll" : "/query");
  url.searchParams.set("q", soql);
  return url;
}
