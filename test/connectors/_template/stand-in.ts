import { type Call, type Reply, type StandIn, startStandIn } from "../../support/saas/stand-in.ts";
import { TokenIssuer } from "../../support/saas/token-issuer.ts";

export interface AcmeRecord {
  readonly id: string;
  readonly name: string;
  readonly created_at: string;
  readonly updated_at: string;
}

export interface Acme extends StandIn {
  /** Records by object, each once, as they are now. */
  readonly data: Map<string, readonly AcmeRecord[]>;
  readonly apiKey: string;
}

/** Acme's lists over records in memory, as the vendor documents them: https://developer.acme.example/pagination */
export async function startAcme(pageSize: number): Promise<Acme> {
  const data = new Map<string, readonly AcmeRecord[]>();
  const standIn = await startStandIn({
    // A key is given by hand, and lasts.
    tokenPath: "/no-tokens",
    tokens: (time) => new TokenIssuer(time, { id: "", secret: "" }, { lifetimeMs: Infinity }),
    answer: (call) => list(call, data, pageSize),
    unauthorized: { status: 401, body: { error: "The API key is not valid." } },
  });
  return Object.assign(standIn, { data, apiKey: standIn.tokens.issue().access });
}

function list({ url }: Call, data: ReadonlyMap<string, readonly AcmeRecord[]>, pageSize: number): Reply {
  const object = /^\/v1\/(people|companies)$/.exec(url.pathname)?.[1];
  if (object === undefined) return { status: 404, body: { error: "Not found." } };
  const since = Date.parse(url.searchParams.get("updated_since") ?? new Date(0).toISOString());
  const found = (data.get(object) ?? []).filter(({ updated_at }) => Date.parse(updated_at) >= since);
  const from = found.findIndex(({ id }) => id === url.searchParams.get("after")) + 1;
  const page = found.slice(from, from + Math.min(pageSize, Number(url.searchParams.get("limit") ?? pageSize)));
  const isLast = from + page.length === found.length;
  return { body: { data: page, next: isLast ? null : page.at(-1)!.id } };
}
