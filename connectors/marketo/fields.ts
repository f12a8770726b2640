import { readJson } from "#sdk";
import type { FieldType, JsonObject, Session } from "#sdk";
import type { MarketoObject } from "./objects.ts";

export interface MarketoField {
  readonly name: string;
  readonly label: string;
  /** In Marketo's words: https://experienceleague.adobe.com/en/docs/marketo-developer/marketo/rest/lead-database/fields/field-types */
  readonly type: string;
}

/** The fields of an object, as Marketo tells of them, or its documentation. */
export async function fieldsOf(session: Session, object: MarketoObject): Promise<readonly MarketoField[]> {
  if (object.describe === undefined) return documented(object);
  const { connection } = session;
  const body = await connection.ask({ method: "GET", url: connection.url(object.describe) }, readJson);
  const result = (body.member("result") ?? []) as readonly JsonObject[];
  // A lead's fields are told one by one, those of others within what they are of.
  const found = (result[0]?.["fields"] ?? result) as readonly JsonObject[];
  const fields = found.flatMap((field): MarketoField[] => {
    const { name } = (object.name === "leads" ? (field["rest"] ?? {}) : field) as { readonly name?: string };
    const { displayName, dataType = "string" } = field as { readonly displayName?: string; readonly dataType?: string };
    return name === undefined || dataType === "formula" ? [] : [{ name, label: displayName ?? name, type: dataType }];
  });
  return [...new Map(fields.map((field) => [field.name, field])).values()];
}

export async function fieldNames(session: Session, object: MarketoObject): Promise<readonly string[]> {
  return (await fieldsOf(session, object)).map(({ name }) => name);
}

/** What values are, where Marketo tells of all fields. Scores and percentages may have decimals. */
export function typeOf({ type }: MarketoField): FieldType | undefined {
  return TYPES.get(type);
}

const TYPES: ReadonlyMap<string, FieldType> = new Map<string, FieldType>([
  ["integer", { name: "int64" }],
  ["percent", { name: "double" }],
  ["score", { name: "double" }],
  ["float", { name: "double" }],
  ["currency", { name: "double" }],
  ["boolean", { name: "boolean" }],
  ["date", { name: "date" }],
  ["datetime", { name: "timestamp", unit: "us", utc: true }],
]);

/* A line has the name of an object, and behind it a type and the fields of that type, each type once. */

const ACTIVITY = {
  string: "marketoGUID primaryAttributeValue",
  datetime: "activityDate",
  integer: "leadId activityTypeId campaignId primaryAttributeValueId",
  array: "attributes",
};

const ASSET = { integer: "id", string: "name description", datetime: "createdAt updatedAt" };
const ASSET_IN_FOLDER = { ...ASSET, string: `${ASSET.string} url workspace status`, object: "folder" };

const DOCUMENTED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  activities: ACTIVITY,
  leadchanges: {
    integer: "id leadId activityTypeId campaignId",
    string: "marketoGUID",
    datetime: "activityDate",
    array: "fields attributes",
  },
  deletedleads: { ...ACTIVITY, integer: `id ${ACTIVITY.integer}` },
  campaigns: {
    integer: "id programId",
    string: "name description type programName workspaceName",
    datetime: "createdAt updatedAt",
    boolean: "active",
  },
  lists: {
    integer: "id",
    string: "name description programName workspaceName",
    datetime: "createdAt updatedAt",
  },
  programs: {
    ...ASSET_IN_FOLDER,
    string: `${ASSET_IN_FOLDER.string} type channel sfdcId sfdcName`,
    datetime: `${ASSET.datetime} startDate endDate`,
    array: "costs tags",
    boolean: "headStart",
  },
  emails: {
    ...ASSET_IN_FOLDER,
    integer: "id template publishToMSI",
    object: "folder subject fromName fromEmail replyEmail",
    boolean: "operational textOnly webView isOpenTrackingDisabled autoCopyToText",
    array: "ccFields",
  },
  emailtemplates: { ...ASSET_IN_FOLDER, integer: "id version" },
  landingpages: {
    ...ASSET_IN_FOLDER,
    integer: "id template",
    string: `${ASSET_IN_FOLDER.string} URL computedUrl title keywords robots customHeadHTML facebookOgTags`,
    boolean: "formPrefill mobileEnabled",
  },
  landingpagetemplates: {
    ...ASSET_IN_FOLDER,
    string: `${ASSET_IN_FOLDER.string} templateType`,
    boolean: "enableMunchkin",
  },
  forms: {
    ...ASSET_IN_FOLDER,
    string: `${ASSET_IN_FOLDER.string} language locale theme fontFamily fontSize labelPosition buttonLabel waitingLabel`,
    boolean: "progressiveProfiling",
    integer: "id buttonLocation",
    array: "thankYouList",
    object: "folder knownVisitor",
  },
  smartcampaigns: {
    ...ASSET_IN_FOLDER,
    string: `${ASSET_IN_FOLDER.string} type computedUrl recurrence qualificationRuleType qualificationRuleInterval qualificationRuleUnit flowId`,
    integer: "id smartListId maxMembers",
    boolean: "isSystem isActive isRequestable isCommunicationLimitEnabled",
  },
  smartlists: ASSET_IN_FOLDER,
  snippets: ASSET_IN_FOLDER,
};

function documented({ name, activityType }: MarketoObject): readonly MarketoField[] {
  const types = DOCUMENTED[activityType === undefined ? name : "activities"] ?? {};
  return Object.entries(types).flatMap(([type, names]) =>
    names.split(" ").map((each) => ({ name: each, label: each, type })),
  );
}
