import type { Json, JsonObject } from "../sdk/json.ts";
import type { MapShape, Shape, StructureShape } from "./shape.ts";

/**
 * Brings a request into canonical spelling: what old SDK models and the API's launch reference write differently is
 * renamed, members that are unknown or null are left out. What does not have the shape stays as it is, for the checks
 * to report. The order of members stays. `strict` leaves out no less, but takes no other spelling than the service does.
 */
export function tolerate(shape: Shape, json: Json, strict = false): Json {
  switch (shape.kind) {
    case "structure":
      return isObject(json) ? tolerateStructure(shape, json, strict) : json;
    case "map":
      return isObject(json) ? tolerateMap(shape, json, strict) : json;
    case "list":
      return Array.isArray(json) ? json.map((item: Json) => tolerate(shape.item, item, strict)) : json;
    case "string":
      return typeof json === "string" && !strict ? wordOf(shape.values, json) : json;
    case "timestamp":
      return strict ? json : secondsOf(json);
    default:
      return json;
  }
}

export function isObject(json: Json | undefined): json is JsonObject {
  return typeof json === "object" && json !== null && !Array.isArray(json);
}

function tolerateStructure(shape: StructureShape, json: JsonObject, strict: boolean): JsonObject {
  return rename(
    json,
    (spelling) => (strict ? knownMember(shape, spelling) : memberName(shape, spelling)),
    (name, value) => tolerate(shape.members.get(name)!.shape, value, strict),
  );
}

function tolerateMap(shape: MapShape, json: JsonObject, strict: boolean): JsonObject {
  return rename(
    json,
    (spelling) => (strict ? spelling : wordOf(shape.key.values, spelling)),
    (_, value) => tolerate(shape.value, value, strict),
  );
}

/** Where a member comes in several spellings, the canonical one counts. Names are data: `__proto__` is one like any other. */
function rename(
  json: JsonObject,
  nameOf: (spelling: string) => string | undefined,
  change: (name: string, value: Json) => Json,
): JsonObject {
  const members = new Map<string, Json>();
  for (const [spelling, value] of Object.entries(json)) {
    const name = nameOf(spelling);
    if (name === undefined || value === null) continue;
    if (name === spelling || !members.has(name)) members.set(name, change(name, value));
  }
  return Object.fromEntries(members);
}

function knownMember(shape: StructureShape, spelling: string): string | undefined {
  return shape.members.has(spelling) ? spelling : undefined;
}

function memberName(shape: StructureShape, spelling: string): string | undefined {
  if (shape.members.has(spelling)) return spelling;
  const alias = shape.aliases.get(spelling);
  if (alias !== undefined || !shape.union) return alias;
  return sameWord([...shape.members.keys()], spelling);
}

/** The word among `words` that differs in case only; the given one when there is none. */
function wordOf(words: readonly string[] | undefined, given: string): string {
  if (words === undefined || words.includes(given)) return given;
  return sameWord(words, given) ?? given;
}

function sameWord(words: readonly string[], given: string): string | undefined {
  return words.find((word) => word.toLowerCase() === given.toLowerCase());
}

/** Also takes ISO 8601 and milliseconds. */
function secondsOf(json: Json): Json {
  if (typeof json === "number") return Math.abs(json) > 1e11 ? json / 1000 : json;
  if (typeof json !== "string" || !/^\d{4}-\d\d-\d\d/.test(json)) return json;
  const milliseconds = Date.parse(json);
  return Number.isNaN(milliseconds) ? json : milliseconds / 1000;
}
