import { instantLiteral, textLiteral } from "./soql.ts";

/** What Salesforce can tell of the records that are to be divided. */
export interface Ask {
  /** The least and the greatest value of a field; undefined where Salesforce gives up, or there is none. */
  ends(field: string): Promise<readonly [string, string] | undefined>;
  /** How many fulfil these conditions besides; undefined where Salesforce gives up. */
  count(where: readonly string[]): Promise<number | undefined>;
}

/** Counting costs a request each time. What is not counted by then stays together. */
const MAX_COUNTS = 200;

interface Span {
  /** Milliseconds since 1970, of whole seconds; the last is open at its end, and the first at its start. */
  readonly from: number;
  readonly to: number;
}

/**
 * Conditions, of which each record fulfils one, with about that many records each, in the order of their creation: times are
 * halved until they have no more, and joined again while they have not enough. When a record was created never changes.
 */
export async function* divideByCreation(
  ask: Ask,
  count: number | undefined,
  size: number,
): AsyncGenerator<readonly string[]> {
  const ends = await ask.ends("CreatedDate");
  if (ends === undefined) return yield [];
  const [first, last] = ends.map((text) => Date.parse(text.replace(/\+0000$/, "Z"))) as [number, number];
  const whole: Span = { from: first, to: last + 1000 };
  let left = MAX_COUNTS;

  async function* halve(span: Span, counted: number | undefined): AsyncGenerator<Span & { readonly counted: number }> {
    const middle = Math.floor((span.from + span.to) / 2000) * 1000;
    const isSmall = counted !== undefined && counted <= size;
    if (isSmall || middle <= span.from || left === 0) return yield { ...span, counted: counted ?? size };
    left--;
    const early = { ...span, to: middle };
    const earlyCount = await ask.count(conditionsOf(early, whole));
    const lateCount = counted === undefined || earlyCount === undefined ? undefined : counted - earlyCount;
    yield* halve(early, earlyCount);
    yield* halve({ ...span, from: middle }, lateCount);
  }

  let joined: (Span & { readonly counted: number }) | undefined;
  for await (const span of halve(whole, count)) {
    if (joined !== undefined && joined.counted + span.counted <= size) {
      joined = { from: joined.from, to: span.to, counted: joined.counted + span.counted };
      continue;
    }
    if (joined !== undefined) yield conditionsOf(joined, whole);
    joined = span;
  }
  if (joined !== undefined) yield conditionsOf(joined, whole);
}

/** What comes while it is read, before the first or after the last, is in the first or the last. */
function conditionsOf({ from, to }: Span, whole: Span): readonly string[] {
  return [
    ...(from === whole.from ? [] : [`CreatedDate >= ${instantLiteral(from)}`]),
    ...(to === whole.to ? [] : [`CreatedDate < ${instantLiteral(to)}`]),
  ];
}

/** The signs of an id in their order: https://help.salesforce.com/s/articleView?id=000385585 */
const SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** The first three tell the object; behind the fifteenth there are only check digits. */
const [NUMBER_START, NUMBER_END] = [3, 15];

/** The same by ids, which Salesforce gives one after the other: equal stretches of them, so numbers of records may differ. */
export async function* divideById(ask: Ask, count: number, size: number): AsyncGenerator<readonly string[]> {
  const ends = await ask.ends("Id");
  if (ends === undefined || ends[0].slice(0, NUMBER_START) !== ends[1].slice(0, NUMBER_START)) return yield [];
  const prefix = ends[0].slice(0, NUMBER_START);
  const [first, last] = ends.map(numberOf) as [bigint, bigint];
  const parts = BigInt(Math.min(Math.ceil(count / size), MAX_COUNTS));
  const borders = Array.from({ length: Number(parts) - 1 }, (_, i) => first + ((last - first) * BigInt(i + 1)) / parts);
  const ids = [...new Set(borders)].map((border) => textLiteral(prefix + signsOf(border)));
  for (let i = 0; i <= ids.length; i++) {
    yield [...(i === 0 ? [] : [`Id >= ${ids[i - 1]}`]), ...(i === ids.length ? [] : [`Id < ${ids[i]}`])];
  }
}

function numberOf(id: string): bigint {
  const signs = Array.from(id.slice(NUMBER_START, NUMBER_END));
  return signs.reduce((sum, sign) => sum * 62n + BigInt(SIGNS.indexOf(sign)), 0n);
}

function signsOf(number: bigint): string {
  let signs = "";
  for (let left = number; signs.length < NUMBER_END - NUMBER_START; left /= 62n)
    signs = SIGNS[Number(left % 62n)]! + signs;
  return signs;
}
