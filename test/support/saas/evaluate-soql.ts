/** A record as the stand-in keeps it: datetimes as ISO 8601 in UTC, numbers as numbers. */
export type Item = Readonly<Record<string, string | number | boolean | null>>;

export interface ParsedSoql {
  readonly select: readonly string[];
  readonly from: string;
  readonly matches: (item: Item) => boolean;
  /** The names of the fields that conditions are about. */
  readonly compared: readonly string[];
  readonly orderBy: { readonly field: string; readonly descends: boolean } | undefined;
  readonly limit: number;
}

/** The words behind which Salesforce refuses a query. */
export class MalformedQuery extends Error {}

type Condition = (item: Item) => boolean;
type Value = string | number | boolean | null;

/**
 * SOQL as Salesforce evaluates it, as far as the tests need it: text is compared without regard to case, but for ids; null is
 * neither less nor greater than anything.
 */
export function parseSoql(text: string): ParsedSoql {
  const tokens = tokensOf(text);
  const compared: string[] = [];
  let at = 0;
  const is = (word: string) => tokens[at]?.toUpperCase() === word;
  const take = (word?: string) => {
    const token = tokens[at++];
    if (token === undefined || (word !== undefined && token.toUpperCase() !== word)) {
      throw new MalformedQuery(`unexpected token: '${token ?? "<EOF>"}'`);
    }
    return token;
  };

  const condition = (): Condition => {
    const terms = [group()];
    const isEither = is("OR");
    while (is("AND") || is("OR")) {
      // Salesforce wants brackets where both are on one level.
      take(isEither ? "OR" : "AND");
      terms.push(group());
    }
    return isEither ? (item) => terms.some((term) => term(item)) : (item) => terms.every((term) => term(item));
  };
  const group = (): Condition => {
    if (!is("(")) return comparison();
    take();
    const inner = condition();
    take(")");
    return inner;
  };
  const comparison = (): Condition => {
    const field = take();
    compared.push(field);
    const operator = take().toUpperCase();
    const value = literalOf(take());
    if (operator === "LIKE") return like(field, String(value));
    const passes = OPERATORS.get(operator);
    if (passes === undefined) throw new MalformedQuery(`unknown operator: ${operator}`);
    return (item) => passes(compareValues(item[field] ?? null, value, field === "Id"));
  };

  take("SELECT");
  const select: string[] = [];
  do select.push(take());
  while (is(",") && take());
  take("FROM");
  const from = take();
  let matches: Condition = () => true;
  if (is("WHERE")) {
    take();
    matches = condition();
  }
  let orderBy: ParsedSoql["orderBy"];
  if (is("ORDER")) {
    take();
    take("BY");
    const field = take();
    const descends = is("DESC");
    if (descends || is("ASC")) take();
    orderBy = { field, descends };
  }
  let limit = Number.POSITIVE_INFINITY;
  if (is("LIMIT")) {
    take();
    limit = Number(take());
  }
  if (at < tokens.length) take("<EOF>");
  return { select, from, matches, compared, orderBy, limit };
}

function tokensOf(text: string): readonly string[] {
  const pattern = /'(?:[^'\\]|\\.)*'|[A-Za-z]+\(\w*\)|>=|<=|!=|[<>=(),]|[^\s<>=(),']+|\s+|./gs;
  return (text.match(pattern) ?? []).filter((token) => token.trim() !== "");
}

const UNESCAPED: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f" };

function literalOf(token: string): Value {
  if (token.startsWith("'")) {
    if (token.length < 2 || !token.endsWith("'")) throw new MalformedQuery("unclosed text");
    // `\_` and `\%` stay what they are: LIKE reads them.
    return token.slice(1, -1).replaceAll(/\\([^_%])/gs, (_, character: string) => UNESCAPED[character] ?? character);
  }
  if (token === "null") return null;
  if (token === "true" || token === "false") return token === "true";
  if (/^-?\d+(\.\d+)?$/.test(token)) return Number(token);
  if (/^\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d))?$/.test(token)) {
    return token.includes("T") ? new Date(token).toISOString() : token;
  }
  throw new MalformedQuery(`unexpected token: '${token}'`);
}

function like(field: string, pattern: string): Condition {
  const source = pattern.replaceAll(
    /\\([_%])|([%_])|([.*+?^${}()|[\]\\])/g,
    (_, escaped?: string, wild?: string, special?: string) => {
      if (escaped !== undefined) return escaped;
      return wild === undefined ? `\\${special}` : wild === "%" ? "[^]*" : "[^]";
    },
  );
  const expression = new RegExp(`^${source}$`, "iu");
  return (item) => item[field] !== null && item[field] !== undefined && expression.test(String(item[field]));
}

/** NaN where one of them is null, and 0 where both are. */
function compareValues(a: Value, b: Value, exactly: boolean): number {
  if (a === null || b === null) return a === b ? 0 : Number.NaN;
  if (typeof a === "number" && typeof b === "number") return a - b;
  const [left, right] = exactly ? [String(a), String(b)] : [String(a).toLowerCase(), String(b).toLowerCase()];
  return left < right ? -1 : left > right ? 1 : 0;
}

const OPERATORS: ReadonlyMap<string, (order: number) => boolean> = new Map([
  ["=", (order: number) => order === 0],
  ["!=", (order: number) => order !== 0],
  ["<", (order: number) => order < 0],
  ["<=", (order: number) => order <= 0],
  [">", (order: number) => order > 0],
  [">=", (order: number) => order >= 0],
]);
