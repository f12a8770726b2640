import { ConnectorError, scalarText } from "#sdk";
import type { BrowseSession, EntitiesQuery, EntityField, EntityPage, JsonObject } from "#sdk";
import { apiUrl, ask, requireAnswer } from "./client.ts";
import { findSObject, spellingOf, type SObjectField } from "./sobject.ts";

/** The objects that can be read, as the organization has them and the profile's user sees them. */
export async function entities(
  { connection }: BrowseSession,
  { path, next, limit }: EntitiesQuery,
): Promise<EntityPage> {
  const all = path === undefined ? await readable(connection) : [];
  const from = next === undefined ? 0 : all.findIndex(({ name }) => name === next) + 1;
  const found = all.slice(from, from + limit);
  const last = found.at(-1);
  return { group: "Objects", entities: found, ...(last !== undefined && last !== all.at(-1) && { next: last.name }) };
}

async function readable(connection: BrowseSession["connection"]) {
  const request = { method: "GET", url: apiUrl(connection, "/sobjects") } as const;
  const listed = requireAnswer(await ask(connection, request), "The objects of the organization").member("sobjects");
  if (!Array.isArray(listed))
    throw new ConnectorError("ServerError", "Salesforce listed its objects without `sobjects`");
  return (listed as readonly JsonObject[])
    .filter(({ name, queryable, deprecatedAndHidden }) => {
      return queryable === true && deprecatedAndHidden !== true && !isWithheld(scalarText(name));
    })
    .map(({ name, label }) => ({ name: scalarText(name), label: scalarText(label ?? name), hasNested: false }));
}

/**
 * Salesforce calls them queryable, and refuses to give them without conditions of their own, or at all:
 * https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/
 */
const WITHHELD: ReadonlySet<string> = new Set(
  [
    "ActivityHistory AggregateResult Announcement AppTabMember AttachedContentDocument CollaborationGroupRecord",
    "ColorDefinition CombinedAttachment ContentDocumentLink ContentFolderItem ContentFolderMember DataStatistics",
    "DatacloudAddress EmailStatus EntityParticle FieldDefinition FlexQueueItem FolderedContentDocument IconDefinition",
    "IdeaComment ListViewChartInstance LookedUpFromActivity Name NoteAndAttachment OpenActivity OutgoingEmail",
    "OutgoingEmailRelation OwnerChangeOptionInfo PicklistValueInfo PlatformAction ProcessInstanceHistory",
    "RelationshipDomain RelationshipInfo SearchLayout SiteDetail UserEntityAccess UserFieldAccess UserRecordAccess Vote",
  ].flatMap((line) => line.split(" ")),
);

/** Change events are no records that could be asked for. */
function isWithheld(name: string): boolean {
  return WITHHELD.has(name) || name.endsWith("ChangeEvent");
}

export async function describe(
  { connection }: BrowseSession,
  entity: string,
): Promise<readonly EntityField[] | undefined> {
  const object = await findSObject(connection, entity);
  return object?.fields.filter((field) => spellingOf(field) !== "none").map(entityField);
}

const ORDERED = ["LESS_THAN", "LESS_THAN_OR_EQUAL_TO", "GREATER_THAN", "GREATER_THAN_OR_EQUAL_TO"];

/** As AppFlow's DescribeConnectorEntity tells them of Salesforce. */
const OPERATORS: ReadonlyMap<string, readonly string[]> = new Map([
  ["string", ["CONTAINS", "EQUAL_TO", "NOT_EQUAL_TO"]],
  ["int", ["EQUAL_TO", "NOT_EQUAL_TO", ...ORDERED]],
  ["double", ["EQUAL_TO", "NOT_EQUAL_TO", ...ORDERED]],
  ["date", ["EQUAL_TO", ...ORDERED, "BETWEEN"]],
  ["datetime", ["EQUAL_TO", ...ORDERED, "BETWEEN"]],
]);

function entityField(field: SObjectField): EntityField {
  const { name, label, type, filterable, externalId } = field;
  const values = field.picklistValues?.filter(({ active }) => active).map(({ value }) => value) ?? [];
  return {
    name,
    label,
    type,
    isPrimaryKey: type === "id",
    ...(typeof field.inlineHelpText === "string" && { description: field.inlineHelpText }),
    filterOperators: filterable ? (OPERATORS.get(type) ?? ["EQUAL_TO"]) : [],
    ...(type === "boolean" ? { values: ["true", "false"] } : values.length > 0 && { values }),
    ...(field.length > 0 && { lengthRange: { minimum: 0, maximum: field.length } }),
    source: { isRetrievable: true, isQueryable: filterable, isTimestamp: type === "datetime" && filterable },
    destination: {
      isCreatable: field.createable,
      isNullable: field.nillable,
      isUpsertable: externalId || type === "id",
      isUpdatable: field.updateable,
      isDefaultedOnCreate: field.defaultedOnCreate,
      writeOperations: type === "id" ? ["UPDATE", "UPSERT"] : externalId ? ["UPSERT"] : [],
    },
  };
}
