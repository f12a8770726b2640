/**
 * How the tokens of a profile are got, as far as systems differ in it (RFC 6749). Every answer is taken as that of a
 * system which rotates its refresh tokens: a new one replaces the old one, and where there is none the old one stays.
 */
export interface OAuthSheet {
  /** The member of the credentials that has client and tokens; absent for the credentials themselves. */
  readonly member?: string;
  /** How tokens are got where there is no code to exchange and nothing to refresh. */
  readonly grant: "authorization-code" | "client-credentials" | "jwt-bearer";
  readonly tokenUrl: URL;
  readonly method?: "POST" | "GET";
  /** Of the body; a form where it is absent. */
  readonly content?: "form" | "json";
  /** Where the client's id and secret go: in a Basic header, or among the parameters; the latter where it is absent. */
  readonly client?: "basic" | "body";
  /** What else is sent. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** A member of the answer in which the tokens are, where they are not at its top. */
  readonly answerMember?: string;
  /** What else is kept of the answer: the name in the answer, and the one in the credentials. */
  readonly keep?: Readonly<Record<string, string>>;
}

/** What a registered connector tells of its tokens. */
export interface OAuthDefaults {
  readonly scopes: readonly string[];
  /** May have places to fill in: `https://{{SUBDOMAIN}}.example/token`. */
  readonly tokenUrls: readonly string[];
  readonly encoding: "url-encoded" | "json";
  readonly method: "POST" | "GET";
  readonly basicHeader: boolean;
}
