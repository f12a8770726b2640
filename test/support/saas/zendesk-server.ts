import { scalarText } from "../../../src/sdk/json.ts";
import type { JsonObject } from "../../../src/sdk/json.ts";
import { EnforcedLimit } from "./enforced-limit.ts";
import { type Call, type Reply, type StandIn, startStandIn } from "./stand-in.ts";
import { TokenIssuer, type TokenIssuerOptions } from "./token-issuer.ts";
import type { VirtualTime } from "./virtual-time.ts";

type Item = JsonObject & { readonly id: number };

/** What Zendesk holds back of what changed last. */
const WITHHELD_MS = 60_000;

const CLIENT = { id: "zendesk-client", secret: "client-secret-canary" };

export interface ZendeskOptions extends Partial<TokenIssuerOptions> {
  /** How many records one page of an export has at most. */
  readonly exportSize?: number;
  readonly listSize?: number;
  readonly exportsPerMinute?: number;
}

/** Zendesk's exports and lists over records in memory, as the vendor documents them and recordings show them. */
export interface Zendesk extends StandIn {
  /** Records by object, each once, as they are now. */
  readonly data: Map<string, Map<number, Item>>;
  readonly exportLimit: EnforcedLimit;
  readonly credentials: JsonObject;
  /** Adds a record, or replaces it, as of now. */
  put(object: string, item: Item): void;
}

export async function startZendesk(options: ZendeskOptions = {}): Promise<Zendesk> {
  const data = new Map<string, Map<number, Item>>();
  const { exportSize = 1000, listSize = 100, exportsPerMinute = 10, ...tokenOptions } = options;
  let limit: EnforcedLimit | undefined;

  const answer = (call: Call, time: VirtualTime): Reply => {
    const { pathname, searchParams: query } = call.url;
    if (pathname === "/api/v2/users/me.json") return { body: { user: { id: 1 } } };
    const path = pathname.replace(/^\/api\/v2\//, "").replace(/\.json$/, "");
    const isExport = path.includes("incremental/");
    if (!isExport) return list(path, query, data, listSize);
    const { passes, remaining, resetsInS } = limit!.take();
    const headers = {
      "x-rate-limit": "400",
      "zendesk-ratelimit-incremental-exports": `total=${limit!.requests}; remaining=${remaining}; resets=${resetsInS}`,
    };
    if (!passes) {
      const retry = { "retry-after": String(resetsInS) };
      return { status: 429, headers: { ...headers, ...retry }, body: { error: "RateLimited", description: "Wait." } };
    }
    return { headers, ...exportPage(path, query, call.url, data, time.now(), exportSize) };
  };

  const standIn = await startStandIn({
    tokenPath: "/oauth/tokens",
    tokens: (time) => {
      limit = new EnforcedLimit(time, exportsPerMinute, 60_000);
      return new TokenIssuer(time, CLIENT, tokenOptions);
    },
    answer,
    unauthorized: {
      status: 401,
      body: { error: "invalid_token", error_description: "The access token provided is expired, revoked, malformed." },
    },
  });
  const { access, refresh } = standIn.tokens.issue();
  return Object.assign(standIn, {
    data,
    exportLimit: limit!,
    credentials: { clientId: CLIENT.id, clientSecret: CLIENT.secret, accessToken: access, refreshToken: refresh },
    put(object: string, item: Item) {
      const items = data.get(object) ?? new Map<number, Item>();
      // What was put last is the last: by this it is seen that something was put.
      items.delete(item.id);
      data.set(object, items.set(item.id, item));
    },
  });
}

/** Sorting a hundred thousand records for each page would take the time that a test has. */
const SORTED = new WeakMap<ReadonlyMap<number, Item>, { readonly last: Item | undefined; readonly items: Item[] }>();

function inOrder(items: ReadonlyMap<number, Item> = new Map(), timeOf: (item: Item) => number): readonly Item[] {
  const all = [...items.values()];
  const known = SORTED.get(items);
  if (known?.items.length === all.length && known.last === all.at(-1)) return known.items;
  const sorted = all.toSorted((a, b) => timeOf(a) - timeOf(b) || a.id - b.id);
  SORTED.set(items, { last: all.at(-1), items: sorted });
  return sorted;
}

const EXPORTS: ReadonlyMap<string, { readonly object: string; readonly timeOf: (item: Item) => number }> = new Map([
  ["incremental/tickets/cursor", { object: "tickets", timeOf: (item) => Number(item["generated_timestamp"]) }],
  ["incremental/users/cursor", { object: "users", timeOf: updated }],
  ["incremental/organizations", { object: "organizations", timeOf: updated }],
  ["incremental/ticket_events", { object: "ticket_events", timeOf: (item) => Number(item["timestamp"]) }],
  [
    "incremental/ticket_metric_events",
    { object: "ticket_metric_events", timeOf: (item) => Math.floor(Date.parse(scalarText(item["time"])) / 1000) },
  ],
  ["help_center/incremental/articles", { object: "articles", timeOf: updated }],
]);

/** In seconds since 1970. */
function updated(item: Item): number {
  return Math.floor(Date.parse(scalarText(item["updated_at"])) / 1000);
}

function exportPage(
  path: string,
  query: URLSearchParams,
  url: URL,
  data: ReadonlyMap<string, ReadonlyMap<number, Item>>,
  now: number,
  size: number,
): Reply {
  const custom = /^incremental\/custom_objects\/(.+)\/cursor$/.exec(path)?.[1];
  const found = custom === undefined ? EXPORTS.get(path) : { object: `custom_objects/${custom}`, timeOf: updated };
  if (found === undefined) return NOT_FOUND;
  const { object, timeOf } = found;
  const items = inOrder(data.get(object), timeOf).filter((item) => timeOf(item) * 1000 <= now - WITHHELD_MS);
  const perPage = Math.min(size, Number(query.get("per_page") ?? 1000));
  const cursor = query.get("cursor");
  const start = Number(query.get("start_time"));
  if (cursor === null && start * 1000 > now - WITHHELD_MS) {
    const description = `Too recent start_time. Use a start_time older than ${Math.floor((now - WITHHELD_MS) / 1000)}`;
    return { status: 422, body: { error: "InvalidValue", description } };
  }
  const member = custom === undefined ? object : "custom_object_records";
  const base = `${url.origin}${url.pathname}`;
  if (path.endsWith("/cursor")) {
    const after = cursor === null ? undefined : (JSON.parse(atob(cursor)) as [number, number]);
    const isLater = (item: Item) => {
      if (after === undefined) return timeOf(item) >= start;
      return timeOf(item) > after[0] || (timeOf(item) === after[0] && item.id > after[1]);
    };
    const rest = items.filter(isLater);
    const page = rest.slice(0, perPage);
    const last = page.at(-1);
    const next = last === undefined ? null : btoa(JSON.stringify([timeOf(last), last.id]));
    const isEnd = rest.length <= perPage;
    return {
      body: {
        [member]: page,
        after_url: next === null ? null : `${base}?cursor=${encodeURIComponent(next)}`,
        after_cursor: next,
        before_url: null,
        before_cursor: null,
        end_of_stream: isEnd,
      },
    };
  }
  const rest = items.filter((item) => timeOf(item) >= start);
  const page = rest.slice(0, perPage);
  const end = page.length === 0 ? start : timeOf(page.at(-1)!);
  return {
    body: {
      [member]: page,
      count: page.length,
      end_of_stream: rest.length <= perPage,
      end_time: end,
      // There behind the last page, too, as recordings show.
      next_page: `${base}?start_time=${end}`,
    },
  };
}

const LISTS: ReadonlyMap<string, string> = new Map([
  ["slas/policies", "sla_policies"],
  ["business_hours/schedules", "schedules"],
]);

function list(
  path: string,
  query: URLSearchParams,
  data: ReadonlyMap<string, ReadonlyMap<number, Item>>,
  size: number,
): Reply {
  const object = LISTS.get(path) ?? path;
  const all = [...(data.get(object)?.values() ?? [])];
  if (object === "ticket_audits") all.reverse();
  const isNumbered = ["sla_policies", "schedules", "ticket_forms"].includes(object);
  if (isNumbered) {
    const page = Number(query.get("page") ?? 1);
    const from = (page - 1) * size;
    const next = from + size < all.length ? `https://acme.zendesk.com/api/v2/${path}.json?page=${page + 1}` : null;
    const items = all.slice(from, from + size);
    return { body: { [object]: items, count: all.length, next_page: next, previous_page: null } };
  }
  if (Number(query.get("page[size]")) > 100) return { status: 400, body: { error: "InvalidPaginationParameter" } };
  const from = Number(query.get("page[after]") ?? 0);
  const items = all.slice(from, from + size);
  const hasMore = from + size < all.length;
  // There behind the last page, too, as recordings show.
  const after = String(from + items.length);
  return {
    body: {
      [object]: items,
      meta: { has_more: hasMore, after_cursor: after, before_cursor: String(from) },
      links: { prev: null, next: `https://acme.zendesk.com/api/v2/${path}.json?page%5Bafter%5D=${after}` },
    },
  };
}

const NOT_FOUND: Reply = { status: 404, body: { error: "RecordNotFound", description: "Not found" } };
