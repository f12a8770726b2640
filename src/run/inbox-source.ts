import { findMember, member } from "../batch/json-member.ts";
import { bufferSource } from "../sdk/buffer-source.ts";
import { ConnectorError } from "../sdk/connector-error.ts";
import type { ReadableSource, Source } from "../sdk/connector.ts";
import type { Json } from "../sdk/json.ts";
import { WAITING_MS } from "./inbox.ts";
import type { Inbox } from "./inbox.ts";

/** What one slice reads, and one file holds at most, unless its destination says otherwise. */
const BATCH_EVENTS = 10_000;
const BATCH_BYTES = 16 * 1024 * 1024;

/** What one run reads at most; the next one follows within a minute. */
const MOST_BATCHES = 20;

/** Events that are asked for at once: each may have a quarter of a megabyte. */
const EVENTS_AT_ONCE = 100;
const PLACES_AT_ONCE = 1000;

export interface InboxPorts {
  readonly inbox: Inbox;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/**
 * The events that wait for a flow, as the source of a run. A slice is a list of places, fixed when the run is planned: what
 * comes later waits for the next run, and what is read again is the same.
 */
export function inboxSource(source: Source, flowId: string, { inbox, now }: InboxPorts): ReadableSource {
  return {
    triggers: source.triggers,
    minimumMinutes: source.minimumMinutes,
    check: (settings) => source.check(settings),
    describeObject: (settings) => source.describeObject(settings),
    async *split() {
      let places: string[] = [];
      let [bytes, batches] = [0, 0];
      for await (const event of allWaiting(flowId, now() - WAITING_MS, inbox)) {
        const isFull = places.length === BATCH_EVENTS || (places.length > 0 && bytes + event.bytes > BATCH_BYTES);
        if (isFull) {
          yield places;
          if (++batches === MOST_BATCHES) return;
          [places, bytes] = [[], 0];
        }
        places.push(event.place);
        bytes += event.bytes;
      }
      if (places.length > 0) yield places;
    },
    async *read(_, { slice, cursor, settings }) {
      const { record = [] } = source.events?.(settings) ?? {};
      const path = record.map((name) => Buffer.from(name));
      const places = placesOf(slice);
      for (let at = Number(cursor ?? 0); at < places.length; at += EVENTS_AT_ONCE) {
        const next = at + EVENTS_AT_ONCE;
        const texts = await inbox.read(flowId, places.slice(at, next)).catch(unanswered);
        const lines = texts.flatMap((text) => [recordIn(Buffer.from(text), path), LINE_END]);
        const body = bufferSource(source.describeObject(settings), Buffer.concat(lines));
        yield { at, next: next < places.length ? next : null, body, format: { type: "json" }, isPiece: true };
      }
    },
  };
}

/** For a run the inbox is a source like others: that it does not answer is no defect, and may pass. */
function unanswered(cause: unknown): never {
  throw new ConnectorError("ServiceUnavailable", "The events that wait for the flow could not be read.", { cause });
}

/** The places of the events that a slice reads. */
export function placesOf(slice: Json): readonly string[] {
  return slice as readonly string[];
}

const LINE_END = Buffer.from("\n");
const OPEN_BRACE = 0x7b;

async function* allWaiting(flowId: string, since: number, inbox: Inbox) {
  for (let after: string | undefined; ;) {
    const page = await inbox.waiting(flowId, { limit: PLACES_AT_ONCE, since, after }).catch(unanswered);
    yield* page;
    if (page.length < PLACES_AT_ONCE) return;
    after = page.at(-1)!.place;
  }
}

/** The record keeps its text: parsing it would round its numbers. */
function recordIn(event: Buffer, path: readonly Buffer[]): Buffer {
  let record = event;
  for (const name of path) {
    const found = findMember(record, 0, name) && record[member.start] === OPEN_BRACE;
    if (!found) return record;
    record = record.subarray(member.start, member.end);
  }
  return record;
}
