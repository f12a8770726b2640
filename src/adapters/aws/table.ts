import { createHash } from "node:crypto";

/* What is in the table of the control plane, and under which keys. docs/storage.md tells who reads and writes it. */

/** What CreateTable and CloudFormation have to know, besides the table's name. There are no indexes. */
export const TABLE = {
  AttributeDefinitions: [
    { AttributeName: "pk", AttributeType: "S" },
    { AttributeName: "sk", AttributeType: "S" },
  ],
  KeySchema: [
    { AttributeName: "pk", KeyType: "HASH" },
    { AttributeName: "sk", KeyType: "RANGE" },
  ],
  BillingMode: "PAY_PER_REQUEST",
} as const;

/**
 * The attribute, in seconds since 1970, after which DynamoDB may throw an item away. Whoever reads such an item looks at
 * its time himself.
 */
export const EXPIRY_ATTRIBUTE = "expires";

/** The most bytes of a body: an item holds 400 KB (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html), keys and names included. */
export const MAX_BODY_BYTES = 380_000;

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** A flow, a profile or a registration. */
export function thingKey(kind: "flow" | "profile" | "registration", name: string): Key {
  return { pk: `${kind}#${name}`, sk: kind };
}

/** A name in a list. Lists are kept with what they list, in the same transaction. */
export function listedKey(list: string, name: string): Key {
  return { pk: list, sk: name };
}

/** The lists by which things are found, in the order of their names, and runs, in the order of their starts. */
export const LISTS = {
  flows: "flows",
  flowsUsing: (profile: string) => `flows-using#${profile}`,
  profiles: "profiles",
  profilesOf: (connector: string) => `profiles-of#${connector}`,
  profilesLabelled: (label: string) => `profiles-labelled#${label}`,
  // The type of a connector has no `#` in it.
  profilesOfLabelled: (connector: string, label: string) => `profiles-of#${connector}#${label}`,
  registrations: "registrations",
  runsOf: (flow: string) => `runs#${flow}`,
  // In the order of their times.
  outbox: "outbox",
  unfinished: "unfinished",
  // By the id of the flow, in the order in which the events came.
  waiting: (flowId: string) => `inbox#${flowId}`,
} as const;

export function callKey(token: string): Key {
  return { pk: `call#${token}`, sk: "call" };
}

/** The partition of the access keys: it alone may not be written by whoever serves the API. */
export const ACCESS_KEYS = "access-keys";

export function accessKeyKey(id: string): Key {
  return { pk: ACCESS_KEYS, sk: id };
}

/** Where a flow stands between its runs. */
export function positionKey(flow: string): Key {
  return { pk: `position#${flow}`, sk: "position" };
}

export function runKey(flow: string, id: string): Key {
  return { pk: partitionOfRun(flow, id), sk: "state" };
}

/** The partition of a run and all that belongs to it. Ids of runs have no `#` in them. */
export function partitionOfRun(flow: string, id: string): string {
  return `run#${id}#${flow}`;
}

/**
 * What the sort keys begin with of all that belongs to a run, by slice, then by number. All sort before the run's own item,
 * and the progress shown last, right before it.
 */
export const PARTS = {
  segments: (slice?: number) => `segment#${slice === undefined ? "" : `${ordered(slice)}#`}`,
  attempts: (slice?: number) => `attempt#${slice === undefined ? "" : `${ordered(slice)}#`}`,
  progress: "shown#",
} as const;

export function segmentKey(flow: string, run: string, slice: number, number: number): Key {
  return { pk: partitionOfRun(flow, run), sk: `${PARTS.segments(slice)}${ordered(number)}` };
}

export function attemptKey(flow: string, run: string, slice: number, segment: number, number: number): Key {
  return { pk: partitionOfRun(flow, run), sk: `${PARTS.attempts(slice)}${ordered(segment)}#${ordered(number)}` };
}

export function progressKey(flow: string, run: string, slice: number): Key {
  return { pk: partitionOfRun(flow, run), sk: `${PARTS.progress}${ordered(slice)}` };
}

/** A run in the list of its flow's: by start, then by id. */
export function listedRunKey(
  flow: string,
  { startedAt, id }: { readonly startedAt: number; readonly id: string },
): Key {
  return { pk: LISTS.runsOf(flow), sk: `${ordered(startedAt)}#${id}` };
}

/** The id in a sort key of `listedRunKey`. */
export function listedRunId(sk: string): string {
  return sk.slice(sk.indexOf("#") + 1);
}

/** A run in the list of those that have not ended. */
export function unfinishedKey(flow: string, id: string): Key {
  return { pk: LISTS.unfinished, sk: `${id}#${flow}` };
}

/** An event in the outbox: by time, then by id. */
export function eventKey({ at, id }: { readonly at: number; readonly id: string }): Key {
  return { pk: LISTS.outbox, sk: `${ordered(at)}#${id}` };
}

/** Where an event is among those that wait: by the time when it came, then by its number among those that came with it. */
export function inboxPlace(at: number, number: number, id: string): string {
  return `${ordered(at)}#${String(number).padStart(4, "0")}#${id}`;
}

/** The place of an event in the list of those that wait for a flow. */
export function waitingEventKey(flowId: string, place: string): Key {
  return { pk: LISTS.waiting(flowId), sk: place };
}

/** An event for a flow, known by its id, wherever its place is. */
export function inboxEventKey(flowId: string, place: string): Key {
  const id = place.split("#").slice(2).join("#");
  return { pk: `inbox-event#${flowId}#${id}`, sk: "event" };
}

/** Texts sort as the numbers do, up to the largest that is exact. */
function ordered(number: number): string {
  return String(number).padStart(16, "0");
}

/** Entries may be longer than a key, and empty; their digests are neither. */
export function metadataKey(scope: string, entry: string): Key {
  return { pk: metadataOf(scope), sk: createHash("sha256").update(entry).digest("hex") };
}

/** The partition of a scope's metadata. */
export function metadataOf(scope: string): string {
  return `metadata#${createHash("sha256").update(scope).digest("hex")}`;
}
