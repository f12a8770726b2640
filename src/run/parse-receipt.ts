import type { Json, JsonObject } from "../sdk/json.ts";
import type { Receipt } from "./receipt.ts";

/** A receipt from its text; or what is wrong with it, all at once, each with its place. */
export function parseReceipt(text: string): Receipt | { readonly problems: readonly string[] } {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (error) {
    return { problems: [`It is not JSON: ${(error as Error).message}`] };
  }
  if (isObject(value) && typeof value["version"] === "number" && value["version"] !== 1) {
    return { problems: [`version: ${value["version"]} is of a later Millrace; verify it with that one.`] };
  }
  const problems = [...check(RECEIPT, value, "")];
  return problems.length === 0 ? (value as unknown as Receipt) : { problems };
}

/** What a value must be: a name for messages and a test, or the shape of the members, or of the items. */
type Shape =
  | { readonly is: string; readonly test: (value: Json | undefined) => boolean }
  | { readonly members: Readonly<Record<string, Shape>> }
  | { readonly items: Shape }
  | { readonly optional: Shape };

const TEXT: Shape = { is: "a text", test: (value) => typeof value === "string" && value !== "" };
const COUNT: Shape = { is: "a count", test: (value) => Number.isSafeInteger(value) && (value as number) >= 0 };
const TIME: Shape = { is: "a time in milliseconds since 1970", test: (value) => Number.isSafeInteger(value) };
const FLAG: Shape = { is: "true or false", test: (value) => typeof value === "boolean" };
const oneOf = (...values: readonly Json[]): Shape => ({
  is: values.map((value) => JSON.stringify(value)).join(" or "),
  test: (value) => values.includes(value as Json),
});
const digits = (count: number) => ({
  is: `${count} hexadecimal digits`,
  test: (value: Json | undefined) => typeof value === "string" && value.length === count && /^[0-9a-f]+$/.test(value),
});

const SHA256 = digits(64);

const OBJECT: Shape = {
  members: {
    bucket: TEXT,
    key: TEXT,
    kind: oneOf("data", "error"),
    destination: COUNT,
    format: oneOf("json", "csv", "parquet"),
    records: COUNT,
    bytes: COUNT,
    sha256: SHA256,
    recordDigest: digits(32),
  },
};

const LOST: Shape = {
  members: {
    bucket: TEXT,
    key: TEXT,
    kind: oneOf("data", "error", "receipt"),
    destination: { optional: COUNT },
    records: COUNT,
    bytes: COUNT,
    reason: TEXT,
  },
};

const WINDOW: Shape = {
  members: {
    from: { optional: TIME },
    since: TIME,
    after: TIME,
    to: TIME,
    rememberAfter: TIME,
    origin: { is: "a text", test: (value) => typeof value === "string" },
    apart: { optional: oneOf(true) },
  },
};

const STOWED: Shape = {
  is: "`base64`, or `sha256`",
  test: (value) => isObject(value) && (typeof value["base64"] === "string" || SHA256.test(value["sha256"])),
};

const RECEIPT: Shape = {
  members: {
    version: oneOf(1),
    flow: TEXT,
    run: TEXT,
    startedAt: TIME,
    window: { optional: WINDOW },
    flowId: { optional: TEXT },
    moves: { optional: COUNT },
    delivered: { optional: STOWED },
    counts: {
      members: {
        read: COUNT,
        filtered: COUNT,
        filteredBy: { items: { members: { task: COUNT, records: COUNT } } },
        rejected: COUNT,
        dataErrors: COUNT,
        bytesRead: COUNT,
        destinations: { items: { members: { written: COUNT, rejected: COUNT, bytesWritten: COUNT } } },
      },
    },
    destinations: { items: { members: { recordDigest: digits(32), keepsRejected: FLAG } } },
    objects: { items: OBJECT },
    lost: { optional: { items: LOST } },
  },
};

function* check(shape: Shape, value: Json | undefined, path: string): Generator<string> {
  if ("test" in shape) {
    if (!shape.test(value)) yield `${path}: expected ${shape.is}, found ${shown(value)}`;
  } else if ("optional" in shape) {
    if (value !== undefined) yield* check(shape.optional, value, path);
  } else if ("items" in shape) {
    if (!Array.isArray(value)) yield `${path}: expected a list, found ${shown(value)}`;
    else for (const [i, item] of value.entries()) yield* check(shape.items, item as Json, `${path}[${i}]`);
  } else if (!isObject(value)) yield `${path || "the receipt"}: expected an object, found ${shown(value)}`;
  else {
    for (const [name, member] of Object.entries(shape.members)) {
      const found = Object.hasOwn(value, name) ? value[name] : undefined;
      yield* check(member, found, path === "" ? name : `${path}.${name}`);
    }
  }
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function shown(value: Json | undefined): string {
  return value === undefined ? "nothing" : JSON.stringify(value).slice(0, 100);
}
