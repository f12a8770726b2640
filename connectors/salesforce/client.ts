import { bearerToken, ConnectorError, instanceUrl, readJson, readLimits, scalarText } from "#sdk";
import type { Connection, HttpRequest, HttpSheet, Json, JsonBody, JudgedAnswer, Judgement, LimitState } from "#sdk";

/** The version of AppFlow's newer connections: https://docs.aws.amazon.com/appflow/latest/userguide/salesforce.html */
const API = "/services/data/v58.0";

/** Of Salesforce's limits the one that ends a day's work slides over 24 hours, and no answer tells when there is room. */
const NO_ROOM_MS = 3_600_000;

export const http: HttpSheet = {
  // Salesforce names the instance with every token; a profile that came with its tokens names it itself.
  addresses: ({ properties, credentials }) => [addressOf(credentials.text("instanceUrl") ?? properties["instanceUrl"])],
  authorize: bearerToken(),
  readLimits: (headers, now) => [...readLimits(headers, now), ...readUsage(headers)],
  judge,
};

/**
 * People copy the address of what they see, which is not where the API is:
 * https://help.salesforce.com/s/articleView?id=xcloud.domain_name_url_formats.htm
 */
function addressOf(instance: Json | undefined): URL {
  const url = instanceUrl(instance, "/");
  url.hostname = url.hostname
    .replace(/\.lightning\.force\.com$/, ".my.salesforce.com")
    .replace(/\.my\.salesforce-setup\.com$/, ".my.salesforce.com");
  if (!/^(login|test)\.salesforce\.com$/.test(url.hostname)) return url;
  throw new ConnectorError(
    "InvalidArgument",
    `instanceUrl: ${url.hostname} is where one logs in — give the address of the organization, such as https://acme.my.salesforce.com`,
  );
}

/** `Sforce-Limit-Info: api-usage=123/15000`. Many organizations may go beyond it, so only a refusal ends a run. */
function readUsage(headers: Headers): readonly LimitState[] {
  const [, used, requests] = /api-usage=(\d+)\/(\d+)/.exec(headers.get("sforce-limit-info") ?? "") ?? [];
  if (used === undefined || requests === undefined) return [];
  const remaining = Math.max(1, Number(requests) - Number(used));
  return [{ name: "", remaining, requests: Number(requests), resetsInMs: NO_ROOM_MS }];
}

/** What whoever asked deals with: another way leads on, or there is no such thing. */
const DEALT_WITH: ReadonlySet<string> = new Set([
  "QUERY_TIMEOUT",
  "INVALID_QUERY_LOCATOR",
  "NOT_FOUND",
  "INVALIDENTITY",
  "INVALID_TYPE_FOR_OPERATION",
  "FEATURENOTENABLED",
]);

/**
 * What Salesforce calls its errors: https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/sforce_api_calls_concepts_core_data_objects.htm
 */
const JUDGEMENTS: ReadonlyMap<string, Judgement> = new Map<string, Judgement>([
  ["INVALID_TYPE", { code: "ResourceNotFoundError" }],
  ["INVALID_FIELD", { code: "InvalidArgument" }],
  ["INSUFFICIENT_ACCESS", { code: "AccessDenied" }],
  ["INSUFFICIENT_ACCESS_OR_READONLY", { code: "AccessDenied" }],
  ["TXN_SECURITY_METERING_ERROR", { code: "AccessDenied" }],
  ["UNABLE_TO_LOCK_ROW", { code: "ServiceUnavailable" }],
  ["SERVER_UNAVAILABLE", { code: "ServiceUnavailable" }],
]);

/** 406 and 420 come without words, and pass. */
const PASSING: ReadonlySet<number> = new Set([406, 420]);

function judge({ status, text }: JudgedAnswer): Judgement | undefined {
  const { errorCode, message } = errorIn(text);
  if (errorCode === "REQUEST_LIMIT_EXCEEDED") {
    const isForTheDay = message.includes("TotalRequests");
    return { code: "RateLimitExceeded", ...(isForTheDay && { retryAfterMs: NO_ROOM_MS }) };
  }
  if (DEALT_WITH.has(errorCode) && status < 500) return "fine";
  return JUDGEMENTS.get(errorCode) ?? (PASSING.has(status) ? { code: "ServiceUnavailable" } : undefined);
}

/** What Salesforce said instead of an answer. */
export interface Refusal {
  readonly errorCode: string;
  readonly message: string;
}

/** `[{"errorCode":"INVALID_FIELD","message":"…"}]`; of anything else nothing. */
function errorIn(text: string): Refusal {
  try {
    const json = JSON.parse(text) as Json;
    const first = (Array.isArray(json) ? json[0] : json) as { readonly [name: string]: Json } | null | undefined;
    const { errorCode = "", message = "" } = typeof first === "object" && first !== null ? first : {};
    return { errorCode: scalarText(errorCode), message: scalarText(message) };
  } catch {
    return { errorCode: "", message: "" };
  }
}

/** The address of something in the API, by its path below the version. */
export function apiUrl(connection: Connection, path: string): URL {
  return connection.url(API + path);
}

/** The answer, or why there is none where another way may lead on. */
export function ask(connection: Connection, request: HttpRequest): Promise<JsonBody | Refusal> {
  return connection.ask(request, (answer) =>
    answer.status < 300 ? readJson(answer) : errorIn(answer.bytes.toString()),
  );
}

export function isRefusal(answer: JsonBody | Refusal): answer is Refusal {
  return "errorCode" in answer;
}

/** The answer, where there is no other way. */
export function requireAnswer(answer: JsonBody | Refusal, what: string): JsonBody {
  if (!isRefusal(answer)) return answer;
  throw new ConnectorError("ClientError", `${what}: Salesforce answered ${answer.errorCode}: ${answer.message}`);
}
