import s3 from "../../connectors/s3/index.ts";
import { createSource } from "../../connectors/s3/source.ts";
import { compareKeys } from "../../src/sdk/compare-keys.ts";
import type { ObjectInfo } from "../../src/sdk/object-store.ts";
import type { Connector, FileTarget, Page, TimeWindow } from "../../src/sdk/connector.ts";
import type { Json, JsonObject } from "../../src/sdk/json.ts";
import { md5 } from "./buckets.ts";
import { byteSource } from "../support/page-source.ts";
import type { Scenario, SimRecord } from "./scenario.ts";

/** The name under which flows know it. */
export const CONNECTOR = "Simulated";

/** What is read as objects of a bucket. */
export const S3 = s3.type;

/** When the source's clock showed 0, in milliseconds since 1970, and how long its unit is. */
export const EPOCH = 1_700_000_000_000;
export const UNIT = 60_000;

export function timeOf({ ts }: Pick<SimRecord, "ts">): number {
  return EPOCH + ts * UNIT;
}

/** Times of the source in whole units of its clock: records have no others. */
export function unitsOf(time: number): number {
  return Math.floor((time - EPOCH) / UNIT);
}

/** The fields by which versions of a record are told apart: `edit` is the id of the one that it is. */
const VERSION_FIELDS = { key: "key", version: "edit", time: "changedAt" } as const;

/** As runs know the version. */
export function versionName(key: number, { id }: Pick<SimRecord, "id">): string {
  return JSON.stringify([`key ${key}`, `${id}`]);
}

/** A system with records, and a clock of its own. Records turn up half a unit after their time, or later. */
export class SimSource {
  clock = 0;
  readonly #records: readonly SimRecord[];

  constructor({ records }: Pick<Scenario, "records">) {
    this.#records = records;
  }

  get lastTime(): number {
    return Math.max(0, ...this.#records.map(({ ts, late = 0 }) => ts + late));
  }

  /** The records there are now, in the order of their keys; of an edited one, the newest version. */
  visible(): readonly SimRecord[] {
    const there = this.#records.filter((record) => appearsAt(record) <= this.clock);
    return there
      .filter(({ id }) => !there.some(({ replaces }) => replaces === id))
      .filter((record) => appearsAt(record) + (record.goneAfter ?? Infinity) > this.clock)
      .sort((a, b) => a.ts - b.ts || a.id - b.id);
  }

  /** One page of a slice, behind the cursor: the key of a record. */
  page(slice: number, window: TimeWindow | undefined, cursor: Json | undefined, size: number): Found {
    const after = (cursor ?? [0, -1]) as readonly [number, number];
    const isBehind = ({ ts, id }: SimRecord) => ts > after[0] || (ts === after[0] && id > after[1]);
    return firstOf(this.wanted(slice, window).filter(isBehind), size, ({ ts, id }) => [ts, id]);
  }

  wanted(slice: number, window: TimeWindow | undefined): readonly SimRecord[] {
    return this.visible().filter((record) => record.slice === slice && isInside(record, window));
  }

  /** The records there are now as objects of a bucket, in the order of their keys. */
  objects(): readonly SourceObject[] {
    const found = this.visible().map((record) => {
      const body = Buffer.from(textOf(record));
      const info = { size: body.length, etag: md5(body), modifiedAt: timeOf(record) };
      return { key: `orders/${this.keyOf(record)}.json`, ...info, body };
    });
    return found.sort((a, b) => compareKeys(a.key, b.key));
  }

  /** Which record a version is of: the id of its oldest. */
  keyOf({ id, replaces }: SimRecord): number {
    const older = this.#records.find((record) => record.id === replaces);
    return older === undefined ? id : this.keyOf(older);
  }
}

export interface SourceObject extends ObjectInfo {
  readonly body: Buffer;
}

function textOf({ id, kind }: SimRecord): string {
  return kind === "bad" ? `{"id":${id},\n` : `${JSON.stringify({ id, kind })}\n`;
}

/** Objects as S3's connector reads them, with another lookback, and slices of an object or two. */
export function bucketConnector({ lookback, lag }: Scenario): Connector {
  const source = createSource({ sliceBytes: 40, wholeBytes: 1000, objectBytes: 0 });
  const windows = { lookbackMs: lookback * UNIT, lagMs: lag * UNIT };
  return { ...s3, source: { ...source, incremental: { ...source.incremental!, ...windows } } };
}

export function isInside(record: SimRecord, window: Pick<TimeWindow, "after" | "to"> | undefined): boolean {
  return window === undefined || (timeOf(record) > window.after && timeOf(record) <= window.to);
}

function appearsAt({ ts, late = 0 }: SimRecord): number {
  return ts + late + 0.5;
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

/** Asks the source; a process does so through the scheduler. */
export interface AskSource {
  page(slice: number, window: TimeWindow | undefined, cursor: Json | undefined): Promise<Found>;
  /** Milliseconds since 1970. */
  clock(): Promise<number>;
  readonly keyOf: (record: SimRecord) => number;
}

/** The source, and buckets to write to, as a connector of one process. */
export function connectorFor(scenario: Scenario, ask: AskSource): Connector {
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
      incremental: {
        lookbackMs: scenario.lookback * UNIT,
        lagMs: scenario.lag * UNIT,
        clock: () => ask.clock(),
        versions: () => VERSION_FIELDS,
      },
      // oxlint-disable-next-line require-await
      async *split() {
        for (let slice = 0; slice < scenario.slices; slice++) yield slice;
      },
      async *read(_, { window, slice, cursor }): AsyncGenerator<Page> {
        for (let at = cursor; ;) {
          const { records, next } = await ask.page(slice as number, window, at);
          if (records.length > 0) yield pageOf(records, at ?? null, next ?? null, ask);
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
function pageOf(records: readonly SimRecord[], at: Json, next: Json | null, { keyOf }: AskSource): Page {
  const [first] = records;
  if (first!.kind === "bad") {
    const bytes = Buffer.from(textOf(first!));
    return { at, next, format: { type: "json" }, body: byteSource({ name: "page", bytes }, 1024) };
  }
  const fieldsOf = (record: SimRecord) => {
    const { id, kind } = record;
    return { id, kind, key: `key ${keyOf(record)}`, edit: id, changedAt: timeOf(record) };
  };
  return { at, next, name: "page", records: records.map(fieldsOf) };
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
