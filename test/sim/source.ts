import type { Connector, FileTarget, Page } from "../../src/sdk/connector.ts";
import type { Json, JsonObject } from "../../src/sdk/json.ts";
import { byteSource } from "../support/page-source.ts";
import type { Scenario, SimRecord } from "./scenario.ts";

/** The name under which flows know it. */
export const CONNECTOR = "Simulated";

/** What a run reads: later than `from`, up to `to`. */
export interface SourceWindow {
  readonly from: number;
  readonly to: number;
}

/** A system with records, and a clock of its own. Records turn up half a unit after their time. */
export class SimSource {
  clock = 0;
  readonly #records: readonly SimRecord[];

  constructor({ records }: Pick<Scenario, "records">) {
    this.#records = records;
  }

  get lastTime(): number {
    return Math.max(0, ...this.#records.map(({ ts }) => ts));
  }

  /** Up to here everything has turned up: a unit before its clock. */
  get settledTime(): number {
    return Math.max(0, Math.floor(this.clock) - 1);
  }

  /** The records there are now, in the order of their keys; of an edited one, the newest version. */
  visible(): readonly SimRecord[] {
    const there = this.#records.filter(({ ts }) => ts + 0.5 <= this.clock);
    return there
      .filter(({ id }) => !there.some(({ replaces }) => replaces === id))
      .sort((a, b) => a.ts - b.ts || a.id - b.id);
  }

  /** One page of a slice, behind the cursor: the key of a record. */
  page(slice: number, window: SourceWindow | undefined, cursor: Json | undefined, size: number): Found {
    const after = (cursor ?? [0, -1]) as readonly [number, number];
    const isBehind = ({ ts, id }: SimRecord) => ts > after[0] || (ts === after[0] && id > after[1]);
    return firstOf(this.wanted(slice, window).filter(isBehind), size, ({ ts, id }) => [ts, id]);
  }

  wanted(slice: number, window: SourceWindow | undefined): readonly SimRecord[] {
    const isInside = ({ ts }: SimRecord) => window === undefined || (ts > window.from && ts <= window.to);
    return this.visible().filter((record) => record.slice === slice && isInside(record));
  }
}

export interface Found {
  readonly records: readonly SimRecord[];
  /** Undefined: nothing is left. */
  readonly next: Json | undefined;
}

/** A page ends before a record that has to stand alone, and behind one. */
export function firstOf(records: readonly SimRecord[], size: number, keyOf: (record: SimRecord) => Json): Found {
  const alone = records.findIndex(({ kind }) => kind === "bad");
  const count = alone === 0 ? 1 : Math.min(size, alone < 0 ? size : alone);
  const page = records.slice(0, count);
  return { records: page, next: records.length > count ? keyOf(page.at(-1)!) : undefined };
}

/** Asks the source for a page; a process does so through the scheduler. */
export type AskPage = (slice: number, window: SourceWindow | undefined, cursor: Json | undefined) => Promise<Found>;

/** The source, and buckets to write to, as a connector of one process. */
export function connectorFor(scenario: Scenario, askPage: AskPage): Connector {
  return {
    type: CONNECTOR,
    key: CONNECTOR,
    label: "Simulated",
    docs: "https://example.com",
    source: {
      triggers: ["on-demand", "scheduled"],
      minimumMinutes: 1,
      check: () => [],
      describeObject: () => "simulated",
      // oxlint-disable-next-line require-await
      async *split() {
        for (let slice = 0; slice < scenario.slices; slice++) yield slice;
      },
      async *read(_, { settings, slice, cursor }): AsyncGenerator<Page> {
        const window = settings["window"] as SourceWindow | undefined;
        for (let at = cursor; ;) {
          const { records, next } = await askPage(slice as number, window, at);
          if (records.length > 0) yield pageOf(records, at ?? null, next ?? null);
          if (next === undefined) return;
          at = next;
        }
      },
    },
    destination: {
      delivery: "append",
      check: () => [],
      describeObject: () => "simulated",
      files: (settings) => targetOf(settings, scenario),
    },
  };
}

/** A record that cannot be decoded is a page of bytes. */
function pageOf(records: readonly SimRecord[], at: Json, next: Json | null): Page {
  const [first] = records;
  if (first!.kind !== "bad") return { at, next, name: "page", records: records.map(fieldsOf) };
  const bytes = Buffer.from(`{"id":${first!.id},\n`);
  return { at, next, format: { type: "json" }, body: byteSource({ name: "page", bytes }, 1024) };
}

function fieldsOf({ id, kind }: SimRecord) {
  return { id, kind };
}

function targetOf({ bucket }: JsonObject, { aggregation }: Scenario): FileTarget {
  return {
    bucket: bucket as string,
    prefix: "data",
    format: "json",
    typed: false,
    layout: { datePath: false, granularity: undefined, schemaVersionFolder: false, executionFolder: false },
    aggregation,
    // An attempt has one data file, whatever pages it reads.
    targetFileBytes: aggregation === "single-file" ? undefined : 1 << 30,
  };
}
