import type { VirtualTime } from "./virtual-time.ts";

interface Pair {
  readonly access: string;
  readonly refresh: string;
  readonly endsAt: number;
}

export interface TokenIssuerOptions {
  readonly lifetimeMs: number;
  /** True: a refresh ends the old access token and the old refresh token, as systems do that rotate them. */
  readonly rotates: boolean;
  /** What else is in an answer. */
  readonly others: () => object;
  /** False of a system that does not say when tokens end. */
  readonly tellsLifetime: boolean;
  /** What a signed token has to pass to be exchanged (RFC 7523). */
  readonly acceptsAssertion: (assertion: string) => boolean;
  /** True: an application that asks before its token ends gets the same one again, with what is left of its life. */
  readonly repeats: boolean;
}

/** Tokens of one application and one user, which end and are replaced. */
export class TokenIssuer {
  /** Every token that was ever given. */
  readonly issued: string[] = [];
  /** How often tokens were asked for. */
  requests = 0;
  readonly #time: VirtualTime;
  readonly #options: TokenIssuerOptions;
  readonly #client: { readonly id: string; readonly secret: string };
  #valid: Pair[] = [];
  #codes = new Set<string>();
  #isRevoked = false;

  constructor(
    time: VirtualTime,
    client: { readonly id: string; readonly secret: string },
    options: Partial<TokenIssuerOptions> = {},
  ) {
    this.#time = time;
    this.#client = client;
    this.#options = {
      lifetimeMs: 48 * 3_600_000,
      rotates: true,
      repeats: false,
      others: () => ({}),
      tellsLifetime: true,
      acceptsAssertion: () => false,
      ...options,
    };
  }

  /** A code as a log-in gives it; good for one exchange. */
  code(): string {
    const code = `code-${this.#codes.size + 1}`;
    this.#codes.add(code);
    return code;
  }

  issue(): Pair {
    const n = this.issued.length;
    const pair = {
      access: `access-canary-${n}-/+=&`,
      refresh: `refresh-canary-${n}-/+=&`,
      endsAt: this.#time.now() + this.#options.lifetimeMs,
    };
    this.issued.push(pair.access, pair.refresh);
    this.#valid.push(pair);
    return pair;
  }

  accepts(access: string): boolean {
    return this.#valid.some((pair) => pair.access === access && pair.endsAt > this.#time.now());
  }

  /** Ends all access tokens, as an administrator does; they can be refreshed. */
  expireAll(): void {
    this.#valid = this.#valid.map((pair) => ({ ...pair, endsAt: 0 }));
  }

  /** Ends everything. */
  revokeAll(): void {
    this.#valid = [];
    this.#isRevoked = true;
  }

  /** Answers a request for tokens (RFC 6749, sections 4.1.3, 4.4.2 and 6; RFC 7523). */
  exchange(parameters: Readonly<Record<string, unknown>>): { readonly status: number; readonly json: object } {
    this.requests++;
    const { grant_type: grant, client_id: id, client_secret: secret, assertion } = parameters;
    if (grant === "urn:ietf:params:oauth:grant-type:jwt-bearer") {
      if (this.#options.acceptsAssertion(String(assertion))) return this.#give(false);
      return { status: 400, json: { error: "invalid_grant", error_description: "invalid assertion" } };
    }
    if (id !== this.#client.id || secret !== this.#client.secret) {
      return { status: 401, json: { error: "invalid_client" } };
    }
    if (grant === "client_credentials") {
      if (this.#isRevoked) return { status: 401, json: { error: "invalid_client" } };
      // There is nobody to come back to, so there is nothing to refresh (RFC 6749, section 4.4.3).
      const last = this.#options.repeats ? this.#valid.findLast(({ endsAt }) => endsAt > this.#time.now()) : undefined;
      const { refresh_token: _, ...json } = this.#answer(last ?? this.issue());
      return { status: 200, json };
    }
    if (grant === "authorization_code" && this.#codes.delete(String(parameters["code"]))) return this.#give();
    const old = this.#valid.find(({ refresh }) => refresh === parameters["refresh_token"]);
    if (grant !== "refresh_token" || old === undefined) return { status: 400, json: { error: "invalid_grant" } };
    if (this.#options.rotates) this.#valid = this.#valid.filter((pair) => pair !== old);
    return this.#give();
  }

  #give(canRefresh = true): { readonly status: number; readonly json: object } {
    const { refresh_token, ...json } = this.#answer(this.issue());
    return { status: 200, json: canRefresh ? { ...json, refresh_token } : json };
  }

  #answer({ access, refresh, endsAt }: Pair) {
    const { others, tellsLifetime } = this.#options;
    return {
      access_token: access,
      refresh_token: refresh,
      token_type: "bearer",
      scope: "read",
      ...(tellsLifetime && { expires_in: Math.floor((endsAt - this.#time.now()) / 1000) }),
      ...others(),
    };
  }
}
