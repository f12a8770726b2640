import type { JsonObject } from "../../../src/sdk/json.ts";
import { BulkJobs } from "./salesforce-bulk.ts";
import { type DescribedField, type FoundRecords, refuse, type StoredObject } from "./salesforce-data.ts";
import { type Item, MalformedQuery, type ParsedSoql, parseSoql } from "./evaluate-soql.ts";
import { type Call, type Reply, type StandIn, startStandIn } from "./stand-in.ts";
import { TokenIssuer, type TokenIssuerOptions } from "./token-issuer.ts";
import type { VirtualTime } from "./virtual-time.ts";

const CLIENT = { id: "salesforce-client", secret: "client-secret-canary" };
const ROOT = "/services/data/v58.0";

/** Salesforce's query locators are of the version that the server likes best. */
const LOCATOR_ROOT = "/services/data/v61.0/query";

export interface SalesforceOptions extends Partial<TokenIssuerOptions> {
  /** How many records an answer has at most. */
  readonly batchSize?: number;
  /** How many records a page of a job's results has at most. */
  readonly resultSize?: number;
  /** How many requests the organization has in a day. */
  readonly dailyRequests?: number;
  /** How many looks at a job find it unfinished. */
  readonly looks?: number;
  /** From how many records on Salesforce gives up counting. */
  readonly countsUpTo?: number;
  /** What `COUNT()` tells, for organizations that are larger than a test can be. */
  readonly tellsCount?: (found: number) => number;
}

/** Salesforce's REST API over records in memory, as the vendor documents it and recordings show it. */
export interface Salesforce extends StandIn {
  readonly credentials: JsonObject;
  /** Every query that was put. */
  readonly queries: string[];
  /** The jobs that there are, by their ids. */
  readonly jobs: ReadonlyMap<string, { readonly state: string }>;
  /** Forgets the rest of every answer, as Salesforce does after two days. */
  forgetLocators(): void;
  define(object: string, fields: readonly DescribedField[]): void;
  /** Adds a record, or replaces the one with its `Id`. */
  put(object: string, item: Item): void;
}

export async function startSalesforce(options: SalesforceOptions = {}): Promise<Salesforce> {
  const {
    batchSize = 2000,
    resultSize = 50_000,
    dailyRequests = 15_000,
    looks = 1,
    countsUpTo = Infinity,
    tellsCount = (found) => found,
    ...tokenOptions
  } = options;
  const bulk = new BulkJobs(resultSize, looks);
  const objects = new Map<string, StoredObject>();
  const open = new Map<string, FoundRecords>();
  const queries: string[] = [];
  let used = 0;

  const answer = (call: Call): Reply => {
    const headers = { "sforce-limit-info": `api-usage=${++used}/${dailyRequests}` };
    if (used > dailyRequests) return refuse(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.");
    try {
      return { headers, ...respond(call) };
    } catch (error) {
      if (!(error instanceof MalformedQuery)) throw error;
      return refuse(400, "MALFORMED_QUERY", error.message);
    }
  };

  const respond = (call: Call): Reply => {
    const { method, url, headers } = call;
    const path = url.pathname;
    const described = /^\/services\/data\/v58\.0\/sobjects\/(\w+)\/describe$/.exec(path)?.[1];
    if (path === ROOT) return { body: { query: `${ROOT}/query`, sobjects: `${ROOT}/sobjects` } };
    if (path === `${ROOT}/sobjects`)
      return { body: { encoding: "UTF-8", maxBatchSize: 200, sobjects: listObjects(objects) } };
    if (described !== undefined) return describeObject(objects, described);
    const size = Math.min(
      batchSize,
      Number(/batchSize=(\d+)/.exec(String(headers["sforce-query-options"]))?.[1] ?? 2000),
    );
    const locator = /^\/services\/data\/v\d+\.0\/query\/(\w+)-(\d+)$/.exec(path);
    if (locator !== null) return pageOf(open, locator[1]!, Number(locator[2]), size);
    if (method === "GET" && (path === `${ROOT}/query` || path === `${ROOT}/queryAll`)) {
      if (url.href.length > 16_384) return { status: 414, body: "" };
      const soql = url.searchParams.get("q") ?? "";
      queries.push(soql);
      return query(soql, path.endsWith("All"), size);
    }
    if (path.startsWith(`${ROOT}/jobs/query`)) return answerJobs(call);
    return refuse(404, "NOT_FOUND", "The requested resource does not exist");
  };

  const answerJobs = (call: Call): Reply => {
    if (call.method !== "POST") return bulk.answer(call);
    const { operation, query: soql } = JSON.parse(call.body) as { readonly operation: string; readonly query: string };
    queries.push(soql);
    const found = find(objects, parseSoql(soql), operation === "queryAll");
    return "object" in found ? bulk.create(found, operation) : found;
  };

  const query = (soql: string, withDeleted: boolean, size: number): Reply => {
    const found = find(objects, parseSoql(soql), withDeleted);
    if (!("object" in found)) return found;
    if (found.select[0]?.toUpperCase() === "COUNT()") {
      const totalSize = tellsCount(found.found.length);
      if (totalSize > countsUpTo) return refuse(400, "QUERY_TIMEOUT", "Your query request was running for too long.");
      return { body: { totalSize, done: true, records: [] } };
    }
    const id = `0r8xx${open.size + 1}`;
    open.set(id, found);
    return pageOf(open, id, 0, size);
  };

  const standIn = await startStandIn({
    aliases: ["https://login.salesforce.com", "https://test.salesforce.com"],
    tokenPath: "/services/oauth2/token",
    tokens: (time: VirtualTime) =>
      new TokenIssuer(time, CLIENT, {
        tellsLifetime: false,
        others: () => ({ instance_url: standIn.origin, id: "https://login.salesforce.com/id/00D/005" }),
        ...tokenOptions,
      }),
    answer,
    unauthorized: refuse(401, "INVALID_SESSION_ID", "Session expired or invalid"),
  });
  const { access, refresh } = standIn.tokens.issue();
  return Object.assign(standIn, {
    queries,
    jobs: bulk.jobs,
    credentials: { clientId: CLIENT.id, clientSecret: CLIENT.secret, accessToken: access, refreshToken: refresh },
    forgetLocators: () => open.clear(),
    define(object: string, fields: readonly DescribedField[]) {
      objects.set(object, { fields, items: objects.get(object)?.items ?? new Map<string, Item>() });
    },
    put(object: string, item: Item) {
      objects.get(object)!.items.set(String(item["Id"]), item);
    },
  });
}

function listObjects(objects: ReadonlyMap<string, StoredObject>): readonly object[] {
  return [...objects.keys()].map((name) => ({
    name,
    label: name,
    queryable: true,
    retrieveable: true,
    custom: name.endsWith("__c"),
    deprecatedAndHidden: false,
  }));
}

const USUAL = {
  filterable: true,
  sortable: true,
  nillable: true,
  createable: true,
  updateable: true,
  defaultedOnCreate: false,
  externalId: false,
  calculated: false,
  length: 0,
  compoundFieldName: null,
  picklistValues: [],
};

/** Names of objects are found in any case. */
function describeObject(objects: ReadonlyMap<string, StoredObject>, name: string): Reply {
  const found = [...objects].find(([each]) => each.toLowerCase() === name.toLowerCase());
  if (found === undefined) return refuse(404, "NOT_FOUND", "The requested resource does not exist");
  const fields = found[1].fields.map((field) => ({ label: field.name, ...USUAL, ...field }));
  return { body: { name: found[0], label: found[0], queryable: true, fields } };
}

/** What a query finds, in its order; or why there is nothing. */
function find(
  objects: ReadonlyMap<string, StoredObject>,
  parsed: ParsedSoql,
  withDeleted: boolean,
): FoundRecords | Reply {
  const { select, from, matches, compared, orderBy, limit } = parsed;
  const object = objects.get(from);
  if (object === undefined) return refuse(400, "INVALID_TYPE", `sObject type '${from}' is not supported.`);
  const names = new Set(object.fields.map(({ name }) => name));
  const unknown = [...select, ...compared].map(argumentOf).find((name) => name !== "" && !names.has(name));
  if (unknown !== undefined) {
    return refuse(400, "INVALID_FIELD", `No such column '${unknown}' on entity '${from}'.`);
  }
  const hidden = compared.find((name) => object.fields.find((field) => field.name === name)!["filterable"] === false);
  if (hidden !== undefined)
    return refuse(400, "INVALID_FIELD", `field '${hidden}' can not be filtered in a query call`);
  const found = [...object.items.values()].filter(
    (item) => (withDeleted || item["IsDeleted"] !== true) && matches(item),
  );
  if (orderBy !== undefined) {
    const { field, descends } = orderBy;
    const direction = descends ? -1 : 1;
    found.sort((a, b) => (String(a[field]) < String(b[field]) ? -direction : direction));
  }
  return { object, name: from, select, found: found.slice(0, limit) };
}

/** `COUNT()` has none, `MIN(CreatedDate)` and `CreatedDate` have one. */
function argumentOf(selected: string): string {
  return /^\w+\((\w*)\)$/.exec(selected)?.[1] ?? selected;
}

function pageOf(open: ReadonlyMap<string, FoundRecords>, id: string, from: number, size: number): Reply {
  const query = open.get(id);
  if (query === undefined) return refuse(400, "INVALID_QUERY_LOCATOR", "invalid query locator");
  const { object, name, select, found } = query;
  const selected = select.map((field) => selectedField(object, field));
  const records = found.slice(from, from + size).map((item) => recordOf(name, selected, item));
  const done = from + size >= found.length;
  const next = done ? {} : { nextRecordsUrl: `${LOCATOR_ROOT}/${id}-${from + size}` };
  return { body: { totalSize: found.length, done, ...next, records } };
}

interface SelectedField extends DescribedField {
  /** What a compound field is made of, by what it is called there. */
  readonly parts: readonly (readonly [string, string])[];
}

function selectedField({ fields }: StoredObject, name: string): SelectedField {
  const parts = fields
    .filter(({ compoundFieldName }) => compoundFieldName === name)
    .map((part) => [partName(part.name), part.name] as const);
  return { ...fields.find((field) => field.name === name)!, parts: parts.toSorted(([a], [b]) => (a < b ? -1 : 1)) };
}

function partName(field: string): string {
  const name = field.replace(/^(Billing|Shipping|Mailing)/, "").replace(/^.*?__(\w+?)__s$/, "$1");
  return name.charAt(0).toLowerCase() + name.slice(1);
}

function recordOf(type: string, selected: readonly SelectedField[], item: Item): object {
  const record: Record<string, unknown> = {
    attributes: { type, url: `${ROOT}/sobjects/${type}/${String(item["Id"])}` },
  };
  for (const field of selected) record[field.name] = valueOf(field, item);
  return record;
}

/** A compound value is null where all of its parts are. */
function valueOf({ name, type, parts }: SelectedField, item: Item): unknown {
  if (type === "address" || type === "location") {
    if (parts.every(([, part]) => (item[part] ?? null) === null)) return null;
    return Object.fromEntries(parts.map(([key, part]) => [key, item[part] ?? null]));
  }
  const value = item[name] ?? null;
  if (type === "datetime" && typeof value === "string") return value.replace("Z", "+0000");
  if (typeof value !== "number") return value;
  const text = javaNumber(value, type);
  return text === String(value) ? value : (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(text);
}

/** Numbers with a fraction come as Java writes a double. */
function javaNumber(value: number, type: string): string {
  if (type === "int" || type === "long" || Math.abs(value) < 1e7) return String(value);
  const [digits, exponent] = value.toExponential().split("e+");
  return `${digits!.includes(".") ? digits : `${digits}.0`}E${exponent}`;
}
