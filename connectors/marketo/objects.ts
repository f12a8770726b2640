import { show } from "#sdk";
import type { JsonObject, Problem, VersionFields } from "#sdk";

/**
 * How an object is read: `export` by a job that writes a file; `changes` page by page from a time on; `token list` and
 * `offset list` page by page, all there is.
 */
type Reading = "export" | "changes" | "token list" | "offset list";

export interface MarketoObject {
  readonly name: string;
  readonly label: string;
  readonly reading: Reading;
  /** Of an export without its last part: `/create.json`, for example. */
  readonly path: string;
  /** The field that no two records share; of a program's members, with the program. */
  readonly key: string;
  /** The fields by which a flow may ask for what is new, the default first. */
  readonly times: readonly string[];
  /** Where Marketo tells of its fields; absent where it does not (fields.ts). */
  readonly describe?: string;
  /** Of activities: those of one type only. */
  readonly activityType?: number;
  /** The parameter by which a list begins at a time of the last change. */
  readonly startsAt?: string;
}

const LEADS: MarketoObject = {
  name: "leads",
  label: "Leads",
  reading: "export",
  path: "/bulk/v1/leads/export",
  key: "id",
  times: ["updatedAt", "createdAt"],
  describe: "/rest/v1/leads/describe.json",
};

const ACTIVITIES: MarketoObject = {
  name: "activities",
  label: "Activities",
  reading: "export",
  path: "/bulk/v1/activities/export",
  key: "marketoGUID",
  times: ["activityDate"],
};

export const OBJECTS: readonly MarketoObject[] = [
  LEADS,
  ACTIVITIES,
  {
    name: "programmembers",
    label: "Program members",
    reading: "export",
    path: "/bulk/v1/program/members/export",
    key: "leadId",
    times: ["updatedAt"],
    describe: "/rest/v1/programs/members/describe.json",
  },
  changes("leadchanges", "Lead changes"),
  changes("deletedleads", "Deleted leads"),
  list("campaigns", "Campaigns", "token list", "/rest/v1/campaigns.json"),
  list("lists", "Static lists", "token list", "/rest/v1/lists.json"),
  { ...asset("programs", "Programs"), startsAt: "earliestUpdatedAt" },
  asset("emails", "Emails"),
  asset("emailtemplates", "Email templates", "emailTemplates"),
  asset("landingpages", "Landing pages", "landingPages"),
  asset("landingpagetemplates", "Landing page templates", "landingPageTemplates"),
  asset("forms", "Forms"),
  asset("smartcampaigns", "Smart campaigns", "smartCampaigns"),
  asset("smartlists", "Smart lists", "smartLists"),
  asset("snippets", "Snippets"),
];

/** What the names of the objects begin with that an account has defined itself. */
export const CUSTOM = "customobjects";

const BY_NAME: ReadonlyMap<string, MarketoObject> = new Map(OBJECTS.map((object) => [object.name, object]));

/**
 * The object of that name: `leads`, also as `Leads` or `program_members`; `activities/` and the number of a type;
 * `customobjects/` and the name by which the API knows it.
 */
export function objectOf(name: string): MarketoObject | undefined {
  const [start = "", part] = name.split("/", 2);
  const plain = start.toLowerCase().replaceAll(/[-_ ]/g, "");
  if (part === undefined) return BY_NAME.get(plain);
  if (plain === ACTIVITIES.name && /^\d{1,9}$/.test(part)) {
    return { ...ACTIVITIES, name, activityType: Number(part) };
  }
  if (plain !== CUSTOM || !/^\w+$/.test(part)) return undefined;
  return {
    name,
    label: part,
    reading: "export",
    path: `/bulk/v1/customobjects/${part}/export`,
    key: "marketoGUID",
    times: ["updatedAt"],
    describe: `/rest/v1/customobjects/${part}/describe.json`,
  };
}

export function objectIn({ object }: JsonObject): MarketoObject | undefined {
  return typeof object === "string" ? objectOf(object) : undefined;
}

export function checkObject({ object }: JsonObject): readonly Problem[] {
  if (object === undefined || objectIn({ object }) !== undefined) return [];
  const names = OBJECTS.map(({ name }) => name).join(", ");
  const remedy = `name one of ${names}, activities/ and the number of a type, or ${CUSTOM}/ and the API name of a custom object`;
  return [{ path: "object", message: `${show(object)} is no object of Marketo that can be listed`, remedy }];
}

/**
 * By what versions of a record are known. Undefined where an export has been asked for what changed in the window: a lead's
 * `updatedAt` moves with its standard fields only, while Marketo looks for the change of any field, so records
 * that are new need not look it (https://experienceleague.adobe.com/en/docs/marketo-developer/marketo/rest/bulk-extract/bulk-lead-extract).
 */
export function versionsOf({ reading, key, times }: MarketoObject, time = times[0]!): VersionFields | undefined {
  if (reading === "export" && time !== "activityDate") return undefined;
  return { key, version: time === "activityDate" ? key : time, time };
}

function changes(name: string, label: string): MarketoObject {
  const path = `/rest/v1/activities/${name}.json`;
  return { name, label, reading: "changes", path, key: "marketoGUID", times: ["activityDate"] };
}

function list(name: string, label: string, reading: "token list" | "offset list", path: string): MarketoObject {
  return { name, label, reading, path, key: "id", times: ["updatedAt", "createdAt"] };
}

function asset(name: string, label: string, resource = name): MarketoObject {
  return list(name, label, "offset list", `/rest/asset/v1/${resource}.json`);
}
