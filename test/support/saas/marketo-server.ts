import { createHash, randomUUID } from "node:crypto";
import type { Json, JsonObject } from "../../../src/sdk/json.ts";
import { EnforcedLimit } from "./enforced-limit.ts";
import { type Call, type Reply, type StandIn, startStandIn } from "./stand-in.ts";
import { TokenIssuer, type TokenIssuerOptions } from "./token-issuer.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** A record. `changedAt` is when any of its fields changed, where its `updatedAt` does not show it; exports do not have it. */
type Item = JsonObject;

const CLIENT = { id: "marketo-client", secret: "client-secret-canary" };

export interface MarketoOptions extends Partial<TokenIssuerOptions> {
  /** How many records one answer has at most. */
  readonly pageSize?: number;
  /** How long a job takes. */
  readonly jobMs?: number;
  /** How many bytes may be exported in a day. */
  readonly quota?: number;
  /** When its time begins, in milliseconds since 1970: an export of everything reaches from 2006 to it. */
  readonly now?: number;
  /** False of a subscription that cannot filter by `updatedAt`. */
  readonly filtersByUpdate?: boolean;
}

interface Stretch {
  readonly startAt: string;
  readonly endAt: string;
}

export interface Job {
  readonly id: string;
  readonly path: string;
  readonly request: {
    readonly fields?: readonly string[];
    readonly filter: {
      readonly createdAt?: Stretch;
      readonly updatedAt?: Stretch;
      readonly activityTypeIds?: readonly number[];
    };
  };
  queuedAt?: number;
  startsAt?: number;
  endsAt?: number;
  /** Set by a test, or when it is cancelled: what becomes of it. */
  outcome?: "Failed" | "Cancelled" | "Gone";
  file?: Buffer;
  records?: number;
}

/** Marketo's exports, lists and changes over records in memory, as the vendor documents them. */
export interface Marketo extends StandIn {
  /** By object, and of what an export is about by its path: `leads`, `activities`, `program/members`, `customobjects/car_c`. */
  readonly data: Map<string, Item[]>;
  readonly jobs: Job[];
  readonly limit: EnforcedLimit;
  readonly credentials: JsonObject;
  put(object: string, ...items: readonly Item[]): void;
}

interface System {
  readonly options: MarketoOptions;
  readonly data: Map<string, Item[]>;
  readonly jobs: Job[];
}

export async function startMarketo(options: MarketoOptions = {}): Promise<Marketo> {
  const { pageSize: _, jobMs: __, quota: ___, filtersByUpdate: ____, now, ...tokenOptions } = options;
  const system: System = { options, data: new Map(), jobs: [] };
  let limit: EnforcedLimit | undefined;

  const standIn = await startStandIn({
    now,
    tokenPath: "/identity/oauth/token",
    tokens: (time) => {
      limit = new EnforcedLimit(time, 100, 20_000);
      return new TokenIssuer(time, CLIENT, { lifetimeMs: 3_600_000, repeats: true, ...tokenOptions });
    },
    answer(call, time) {
      if (!limit!.take().passes) return failure("606", "Max rate limit '100' exceeded with in '20' secs");
      return answer(call, system, time);
    },
    unauthorized: failure("602", "Access token expired"),
  });
  const { access } = standIn.tokens.issue();
  return Object.assign(standIn, {
    data: system.data,
    jobs: system.jobs,
    limit: limit!,
    credentials: { clientId: CLIENT.id, clientSecret: CLIENT.secret, accessToken: access },
    put(object: string, ...items: readonly Item[]) {
      system.data.set(object, [...(system.data.get(object) ?? []), ...items]);
    },
  });
}

/** Nearly every error comes with the status 200. */
export function failure(code: string, message: string): Reply {
  return { body: { requestId: "e42b#14272d07d78", success: false, errors: [{ code, message }] } };
}

function success(result: readonly object[] | undefined, more: object = {}): Reply {
  return { body: { requestId: "e42b#14272d07d78", success: true, ...(result !== undefined && { result }), ...more } };
}

function answer(call: Call, system: System, time: VirtualTime): Reply {
  const { pathname } = call.url;
  const parameters = new URLSearchParams([...call.url.searchParams, ...new URLSearchParams(call.body)]);
  const job = /^\/bulk\/v1\/(.+)\/export\/(.+)\.json$/.exec(pathname);
  if (job !== null) return exportCall(call, job[1]!, job[2]!, system, time);
  const asset = /^\/rest\/asset\/v1\/(.+)\.json$/.exec(pathname)?.[1];
  if (asset !== undefined) return assets(asset.toLowerCase(), parameters, system);
  const path = /^\/rest\/v1\/(.+)\.json$/.exec(pathname)?.[1] ?? "";
  switch (path) {
    case "leads/describe":
      return success(LEAD_FIELDS);
    case "programs/members/describe":
      return success([{ name: "API Program Membership", fields: fieldsOf("leadId programId status updatedAt") }]);
    case "customobjects":
      return success([{ name: "car_c", displayName: "Car" }]);
    case "customobjects/car_c/describe":
      return success([{ name: "car_c", fields: fieldsOf("marketoGUID vIN color updatedAt") }]);
    case "activities/types":
      return success([
        { id: 1, name: "Visit Webpage" },
        { id: 13, name: "Change Data Value" },
      ]);
    case "activities/pagingtoken":
      return success(undefined, { nextPageToken: tokenOf(Date.parse(parameters.get("sinceDatetime")!), 0) });
    case "activities/leadchanges":
    case "activities/deletedleads":
      return changes(path.replace("activities/", ""), parameters, system);
    case "campaigns":
    case "lists":
      return list(path, parameters, system);
    default:
      return failure("610", "Requested resource not found");
  }
}

/** As `describe` tells of a lead's fields. */
const LEAD_FIELDS = [
  ["id", "Id", "integer"],
  ["email", "Email Address", "email"],
  ["company", "Company Name", "string"],
  ["leadScore", "Lead Score", "score"],
  ["unsubscribed", "Unsubscribed", "boolean"],
  ["createdAt", "Created At", "datetime"],
  ["updatedAt", "Updated At", "datetime"],
].map(([name, displayName, dataType], id) => ({
  id,
  displayName,
  dataType,
  rest: { name, readOnly: false },
  soap: { name, readOnly: false },
}));

function fieldsOf(names: string): readonly object[] {
  return names.split(" ").map((name) => {
    return { name, displayName: name, dataType: name.endsWith("At") ? "datetime" : "string", updateable: false };
  });
}

/* Jobs. */

const MOST_AT_ONCE = 2;
const MOST_QUEUED = 10;
const LONGEST_MS = 31 * 86_400_000;

function exportCall(call: Call, object: string, rest: string, system: System, time: VirtualTime): Reply {
  if (rest === "create") return createJob(call, object, system);
  const [id, action] = rest.split("/");
  const job = system.jobs.find((each) => each.id === id && each.path === object);
  if (job === undefined) return NO_FILE;
  switch (action) {
    case "enqueue":
      return enqueue(job, system, time.now());
    case "status":
      return success([stateOf(job, system, time.now())]);
    case "file":
      return file(call, job, system, time.now());
    case "cancel":
      job.outcome = "Cancelled";
      return success([stateOf(job, system, time.now())]);
    default:
      return failure("610", "Requested resource not found");
  }
}

const NO_FILE: Reply = { status: 404, headers: { "content-type": "text/plain" }, body: "Not found" };

function createJob({ body }: Call, path: string, { jobs, options }: System): Reply {
  const request = JSON.parse(body) as Job["request"];
  const { createdAt, updatedAt } = request.filter;
  const [range, ...others] = [createdAt, updatedAt].filter((each) => each !== undefined);
  if (range === undefined || others.length > 0) return failure("1003", "Exactly one filter type is needed");
  const times = [range.startAt, range.endAt];
  if (times.some((text) => !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text))) return failure("1003", "Invalid datetime");
  if (Date.parse(range.endAt) - Date.parse(range.startAt) > LONGEST_MS) {
    return failure("1003", "The date range exceeds 31 days");
  }
  if (updatedAt !== undefined && options.filtersByUpdate === false) {
    return failure("1035", "Unsupported filter type for target subscription: updatedAt");
  }
  const known = LEAD_FIELDS.map(({ rest }) => rest.name);
  const unknown = path === "leads" ? request.fields!.filter((name) => !known.includes(name)) : [];
  if (unknown.length > 0) return failure("1006", `Field '${unknown[0]}' not found`);
  const job: Job = { id: randomUUID(), path, request };
  jobs.push(job);
  return success([{ exportId: job.id, status: "Created", createdAt: "2030-01-01T00:00:00Z", format: "CSV" }]);
}

function enqueue(job: Job, system: System, now: number): Reply {
  const { jobs, options } = system;
  const states = jobs.map((each) => stateOf(each, system, now).status);
  const active = states.filter((status) => status === "Queued" || status === "Processing").length;
  if (active >= MOST_AT_ONCE + MOST_QUEUED) return failure("1029", "Too many jobs (10) in queue");
  const today = Math.floor(now / 86_400_000);
  const used = jobs.filter(({ endsAt = 0 }) => Math.floor(endsAt / 86_400_000) === today);
  const bytes = used.reduce((sum, each) => sum + (each.file?.length ?? 0), 0);
  if (bytes >= (options.quota ?? 500 * 1024 ** 2)) return failure("1029", "Export daily quota 500MB exceeded.");
  const ends = jobs.flatMap(({ endsAt = 0 }) => (endsAt > now ? [endsAt] : [])).toSorted((a, b) => a - b);
  job.queuedAt = now;
  job.startsAt = ends.length < MOST_AT_ONCE ? now + 10_000 : ends.at(-MOST_AT_ONCE)!;
  job.endsAt = job.startsAt + (options.jobMs ?? 90_000);
  return success([stateOf(job, system, now)]);
}

function stateOf(job: Job, system: System, now: number) {
  const { id, queuedAt, startsAt, endsAt } = job;
  const base = { exportId: id, format: "CSV", createdAt: "2030-01-01T00:00:00Z" };
  if (job.outcome === "Failed" || job.outcome === "Cancelled") return { ...base, status: job.outcome };
  if (queuedAt === undefined) return { ...base, status: "Created" };
  if (now < startsAt!) return { ...base, status: "Queued" };
  if (now < endsAt!) return { ...base, status: "Processing" };
  const bytes = (job.file ??= write(job, system));
  const fileChecksum = `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
  return { ...base, status: "Completed", numberOfRecords: job.records, fileSize: bytes.length, fileChecksum };
}

const ACTIVITY_FIELDS =
  "marketoGUID leadId activityDate activityTypeId campaignId primaryAttributeValueId primaryAttributeValue attributes".split(
    " ",
  );

function write(job: Job, { data }: System): Buffer {
  const { fields = ACTIVITY_FIELDS, filter } = job.request;
  const by = filter.updatedAt === undefined ? "createdAt" : "updatedAt";
  const { startAt, endAt } = filter[by]!;
  const timeOf = (item: Item) => {
    const shown = job.path === "activities" ? item["activityDate"] : item[by];
    return Date.parse(((by === "updatedAt" ? item["changedAt"] : undefined) ?? shown) as string);
  };
  const types = filter.activityTypeIds;
  const items = (data.get(job.path) ?? []).filter((item) => {
    const isOfType = types === undefined || types.includes(item["activityTypeId"] as number);
    return isOfType && timeOf(item) >= Date.parse(startAt) && timeOf(item) <= Date.parse(endAt);
  });
  job.records = items.length;
  const lines = items.map((item) => fields.map((field) => cell(item[field])).join(","));
  return Buffer.from([fields.join(","), ...lines, ""].join("\n"));
}

/** What is missing is the word `null`. */
function cell(value: Json | undefined): string {
  if (value === undefined || value === null) return "null";
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function file({ headers: { range } }: Call, job: Job, system: System, now: number): Reply {
  if (stateOf(job, system, now).status !== "Completed" || job.outcome === "Gone") return NO_FILE;
  const bytes = job.file!;
  const headers = { "content-type": "text/csv" };
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(range ?? "") ?? [];
  if (from === undefined) return { headers, body: bytes };
  const [start, end] = [Number(from), to === "" ? bytes.length - 1 : Math.min(Number(to), bytes.length - 1)];
  if (start > end) return { status: 416, headers, body: "" };
  const part = { "content-range": `bytes ${start}-${end}/${bytes.length}` };
  return { status: 206, headers: { ...headers, ...part }, body: bytes.subarray(start, end + 1) };
}

/* Lists. */

function list(object: string, parameters: URLSearchParams, { data, options }: System): Reply {
  const items = data.get(object) ?? [];
  const size = Math.min(Number(parameters.get("batchSize") ?? 300), options.pageSize ?? 300);
  const from = Number(parameters.get("nextPageToken") ?? 0);
  const isMore = from + size < items.length;
  return success(items.slice(from, from + size), isMore ? { nextPageToken: String(from + size) } : {});
}

function assets(object: string, parameters: URLSearchParams, { data, options }: System): Reply {
  const since = Date.parse(parameters.get("earliestUpdatedAt") ?? "1970-01-01T00:00:00Z");
  const timeOf = (item: Item) => Date.parse((item["updatedAt"] as string).replace("Z+0000", "Z"));
  const items = (data.get(object) ?? []).filter((item) => timeOf(item) >= since);
  const from = Number(parameters.get("offset") ?? 0);
  // Answers have as many assets as were asked for; a test does not want so many.
  const scale = options.pageSize === undefined ? 1 : options.pageSize / 200;
  const found = items.slice(from * scale, from * scale + Number(parameters.get("maxReturn") ?? 20) * scale);
  if (found.length > 0) return success(found);
  return success(undefined, { warnings: ["No assets found for the given search criteria."] });
}

function changes(object: string, parameters: URLSearchParams, { data, options }: System): Reply {
  if (object === "leadchanges" && parameters.get("fields") === null) return failure("1003", "fields is required");
  const [since, from] = JSON.parse(atob(parameters.get("nextPageToken")!)) as [number, number];
  const items = (data.get(object) ?? []).filter((item) => Date.parse(item["activityDate"] as string) >= since);
  const size = Math.min(Number(parameters.get("batchSize") ?? 300), options.pageSize ?? 300);
  const found = items.slice(from, from + size);
  const more = { nextPageToken: tokenOf(since, from + size), moreResult: from + size < items.length };
  return success(found.length === 0 ? undefined : found, more);
}

function tokenOf(since: number, from: number): string {
  return btoa(JSON.stringify([since, from]));
}
