/*
 * SOQL, as far as it is written here: https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl/
 */

export interface Soql {
  readonly select: readonly string[];
  readonly from: string;
  /** All have to hold. */
  readonly where: readonly string[];
  readonly orderBy?: string | undefined;
  readonly limit?: number;
}

export function writeSoql({ select, from, where, orderBy, limit }: Soql): string {
  return [
    `SELECT ${select.join(",")} FROM ${from}`,
    ...(where.length > 0 ? [`WHERE ${where.join(" AND ")}`] : []),
    ...(orderBy === undefined ? [] : [`ORDER BY ${orderBy}`]),
    ...(limit === undefined ? [] : [`LIMIT ${limit}`]),
  ].join(" ");
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ["\\", "\\\\"],
  ["'", "\\'"],
  ['"', '\\"'],
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
  ["\b", "\\b"],
  ["\f", "\\f"],
]);

/** A text between single quotes. */
export function textLiteral(text: string): string {
  return `'${escape(text)}'`;
}

/** A pattern of LIKE that matches what has the text in it. */
export function containsPattern(text: string): string {
  return `'%${escape(text).replaceAll(/[%_]/g, String.raw`\$&`)}%'`;
}

function escape(text: string): string {
  // oxlint-disable-next-line no-control-regex
  return text.replaceAll(/[\\'"\n\r\t\b\f]/g, (character) => ESCAPES.get(character)!);
}

/** A time of a datetime field, in milliseconds since 1970. */
export function instantLiteral(ms: number): string {
  return new Date(ms).toISOString();
}

/** A day of a date field. */
export function dayLiteral(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
