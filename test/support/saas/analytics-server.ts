import type { JsonObject } from "../../../src/sdk/json.ts";
import { type Call, type Reply, type StandIn, startStandIn } from "./stand-in.ts";
import { TokenIssuer, type TokenIssuerOptions } from "./token-issuer.ts";
import type { VirtualTime } from "./virtual-time.ts";

const CLIENT = { id: "analytics-client", secret: "client-secret-canary" };

/** What happened on a day: dimensions are texts, with `date` as 20260501, and metrics numbers. */
export type Fact = Readonly<Record<string, string | number>>;

export interface AnalyticsOptions extends Partial<TokenIssuerOptions> {
  readonly now?: number;
  /** How many rows one answer has at most. */
  readonly pageSize?: number;
  readonly timeZone?: string;
  /** How many tokens an hour has; a request takes ten. */
  readonly tokensPerHour?: number;
}

/** Google Analytics over facts in memory, as Google documents it and recordings show it. */
export interface Analytics extends StandIn {
  /** By number of the property. */
  readonly facts: Map<string, Fact[]>;
  readonly credentials: JsonObject;
  /** What reports say of themselves besides. */
  notices: object;
  /** How many requests were refused for want of tokens. */
  refused(): number;
}

const DIMENSIONS = ["date", "country", "pagePath", "customEvent:plan"];
const METRICS = { activeUsers: "TYPE_INTEGER", sessions: "TYPE_INTEGER", totalRevenue: "TYPE_CURRENCY" } as const;
const COST = 10;

export async function startAnalytics(options: AnalyticsOptions = {}): Promise<Analytics> {
  const { pageSize = 10_000, timeZone = "Europe/Warsaw", tokensPerHour = 40_000, now, ...tokenOptions } = options;
  const facts = new Map<string, Fact[]>();
  let [hour, spent, refused] = [0, 0, 0];

  const answer = (call: Call, time: VirtualTime): Reply => {
    const { pathname, searchParams } = call.url;
    if (pathname === "/v1beta/accountSummaries") return accounts(facts, searchParams.get("pageToken"));
    const [, property, action] = /^\/v1beta\/properties\/(\d+)[:/](.+)$/.exec(pathname) ?? [];
    const found = facts.get(property ?? "");
    if (found === undefined)
      return refusal(403, "PERMISSION_DENIED", "User does not have sufficient permissions for this property.");
    if (action === "metadata") return { body: metadata() };
    const today = dayIn(time.now(), timeZone);
    if (Math.floor(time.now() / 3_600_000) !== hour) [hour, spent] = [Math.floor(time.now() / 3_600_000), 0];
    if (spent + COST > tokensPerHour) {
      refused++;
      return refusal(
        429,
        "RESOURCE_EXHAUSTED",
        "Exhausted property tokens per hour. These quota tokens will return in under an hour.",
      );
    }
    spent += COST;
    const quota = { tokensPerHour: { consumed: COST, remaining: tokensPerHour - spent } };
    const extra = { timeZone, quota, notices: standIn.notices };
    return report(JSON.parse(call.body) as Request, found, today, pageSize, extra, action === "runRealtimeReport");
  };

  const started = await startStandIn({
    now,
    aliases: [
      "https://analyticsdata.googleapis.com",
      "https://analyticsadmin.googleapis.com",
      "https://oauth2.googleapis.com",
    ],
    tokenPath: "/token",
    tokens: (time) => new TokenIssuer(time, CLIENT, { lifetimeMs: 3_600_000, rotates: false, ...tokenOptions }),
    answer,
    unauthorized: refusal(401, "UNAUTHENTICATED", "Request had invalid authentication credentials."),
  });
  const { access, refresh } = started.tokens.issue();
  const standIn: Analytics = Object.assign(started, {
    facts,
    credentials: { clientId: CLIENT.id, clientSecret: CLIENT.secret, accessToken: access, refreshToken: refresh },
    notices: {},
    refused: () => refused,
  });
  return standIn;
}

export function refusal(code: number, status: string, message: string): Reply {
  return { status: code, body: { error: { code, message, status } } };
}

/** The day in a time zone, as 20260501. */
export function dayIn(time: number, timeZone: string): string {
  return new Intl.DateTimeFormat("en-CA", { timeZone, dateStyle: "short" }).format(time).replaceAll("-", "");
}

/** Two properties in an account, two accounts in an answer. */
function accounts(facts: ReadonlyMap<string, unknown>, token: string | null): Reply {
  const from = Number(token ?? 0);
  const properties = [...facts.keys()].map((id) => ({ property: `properties/${id}`, displayName: `Site ${id}` }));
  const accountSummaries = [from, from + 2]
    .map((at) => ({ account: `accounts/${at}`, displayName: "Acme", propertySummaries: properties.slice(at, at + 2) }))
    .filter(({ propertySummaries }) => propertySummaries.length > 0);
  return { body: { accountSummaries, ...(properties.length > from + 4 && { nextPageToken: String(from + 4) }) } };
}

function metadata(): object {
  const described = (apiName: string) => ({ apiName, uiName: apiName, description: apiName, category: "Other" });
  return {
    dimensions: DIMENSIONS.map(described),
    metrics: Object.entries(METRICS).map(([name, type]) => {
      return { ...described(name), type, ...(name === "sessions" && { deprecatedApiNames: ["visits"] }) };
    }),
    name: "properties/1/metadata",
  };
}

interface Request {
  readonly dimensions?: readonly { readonly name: string }[];
  readonly metrics?: readonly { readonly name: string }[];
  readonly dateRanges?: readonly { readonly startDate: string; readonly endDate: string }[];
  readonly orderBys?: readonly { readonly dimension: { readonly dimensionName: string } }[];
  readonly offset?: string;
  readonly limit?: string;
}

interface Extra {
  readonly timeZone: string;
  readonly quota: object;
  readonly notices: object;
}

function report(
  request: Request,
  facts: readonly Fact[],
  today: string,
  pageSize: number,
  extra: Extra,
  isRealtime: boolean,
): Reply {
  const [dimensions, metrics] = [request.dimensions ?? [], request.metrics ?? []].map((list) =>
    list.map(({ name }) => name),
  ) as [string[], string[]];
  if (dimensions.length > 9 || metrics.length > 10)
    return refusal(400, "INVALID_ARGUMENT", "Too many dimensions or metrics.");
  const [range] = request.dateRanges ?? [];
  const [from, to] = [range?.startDate ?? "today", range?.endDate ?? "today"].map((day) => dayOf(day, today)) as [
    string,
    string,
  ];
  const groups = new Map<string, { readonly values: readonly string[]; readonly sums: number[] }>();
  for (const fact of facts.filter(({ date }) => String(date) >= from && String(date) <= to)) {
    const values = dimensions.map((name) => String(fact[name] ?? "(not set)"));
    const key = JSON.stringify(values);
    const group = groups.get(key) ?? { values, sums: metrics.map(() => 0) };
    for (const [i, name] of metrics.entries()) group.sums[i]! += Number(fact[name] ?? 0);
    groups.set(key, group);
  }
  // Where the order is left open, it is another one each time.
  const isOrdered = dimensions.every((name) =>
    request.orderBys?.some(({ dimension }) => dimension.dimensionName === name),
  );
  const sorted = [...groups.values()].toSorted((a, b) => (a.values.join("\0") < b.values.join("\0") ? -1 : 1));
  const all = isOrdered ? sorted : sorted.toSorted(() => Math.random() - 0.5);
  const offset = Number(request.offset ?? 0);
  const rows = all
    .slice(offset, offset + Math.min(Number(request.limit ?? 10_000), pageSize))
    .map(({ values, sums }) => ({
      ...(dimensions.length > 0 && { dimensionValues: values.map((value) => ({ value })) }),
      ...(metrics.length > 0 && { metricValues: sums.map((sum) => ({ value: String(sum) })) }),
    }));
  // What is empty is left out.
  return {
    body: {
      ...(dimensions.length > 0 && { dimensionHeaders: dimensions.map((name) => ({ name })) }),
      ...(metrics.length > 0 && {
        metricHeaders: metrics.map((name) => ({ name, type: METRICS[name as keyof typeof METRICS] })),
      }),
      ...(all.length > 0 && { rows, rowCount: all.length }),
      ...(!isRealtime && {
        metadata: { currencyCode: "EUR", timeZone: extra.timeZone, ...extra.notices },
        propertyQuota: extra.quota,
      }),
      kind: isRealtime ? "analyticsData#runRealtimeReport" : "analyticsData#runReport",
    },
  };
}

function dayOf(day: string, today: string): string {
  if (day === "today") return today;
  if (day !== "yesterday") return day.replaceAll("-", "");
  const time = Date.parse(today.replace(/^(\d{4})(\d\d)(\d\d)$/, "$1-$2-$3")) - 86_400_000;
  return dayIn(time, "UTC");
}
