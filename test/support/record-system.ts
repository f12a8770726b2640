import type { IncrementalSource, Page, ReadableSource, TimeWindow } from "../../src/sdk/connector.ts";
import type { Json } from "../../src/sdk/json.ts";

/** A record of a system, as a connector gets it. */
export interface SystemRecord {
  readonly id: string;
  /** Milliseconds since 1970, by the system's clock. */
  readonly changedAt: number;
  /** Another number with each edit. */
  readonly edit: number;
}

interface Kept extends SystemRecord {
  /** When queries begin to find it: systems show a change some time after the time that they give it. */
  readonly visibleAt: number;
}

/**
 * A system as those that connectors read: records with a key, a version and the time of their last change, asked for by
 * that time, page by page and in the order of their keys. Records come and change while they are read.
 */
export class RecordSystem {
  now = 0;
  /** Called before each page; then records come, change and go. */
  beforePage: () => void = () => {};
  /** Fails the next page. */
  broken = false;
  readonly #versions: Kept[] = [];
  readonly #deleted = new Set<string>();
  #edits = 0;

  /** Adds a record, or changes it. Queries find that `lateMs` later. */
  write(id: string, lateMs = 0, changedAt = this.now): SystemRecord {
    const record = { id, changedAt, edit: ++this.#edits, visibleAt: changedAt + lateMs };
    this.#versions.push(record);
    this.#deleted.delete(id);
    return record;
  }

  delete(id: string): void {
    this.#deleted.add(id);
  }

  /** What queries find: of each record the newest version that they see. */
  find({ after, to }: TimeWindow): SystemRecord[] {
    const newest = new Map<string, Kept>();
    for (const record of this.#versions) if (record.visibleAt <= this.now) newest.set(record.id, record);
    const inWindow = ({ id, changedAt }: Kept) => !this.#deleted.has(id) && changedAt > after && changedAt <= to;
    return [...newest.values()]
      .filter(inWindow)
      .map(({ id, changedAt, edit }) => ({ id, changedAt, edit }))
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /** The system as a source whose slices are the keys up to a letter and those behind it. */
  source(pageSize: number, incremental: Pick<IncrementalSource, "lookbackMs" | "lagMs">): ReadableSource {
    const find = (window: TimeWindow, slice: Json, cursor: Json | undefined) =>
      this.find(window).filter(({ id }) => (slice === "a-m" ? id < "n" : id >= "n") && id > ((cursor as string) ?? ""));
    const query = (): void => {
      this.beforePage();
      if (this.broken) throw new Error("The system does not answer.");
    };
    return {
      triggers: ["scheduled"],
      minimumMinutes: 1,
      check: () => [],
      describeObject: () => "records",
      incremental: {
        ...incremental,
        clock: () => Promise.resolve(this.now),
        versions: () => ({ key: "id", version: "edit", time: "changedAt" }),
      },
      // oxlint-disable-next-line require-await
      async *split() {
        yield "a-m";
        yield "n-z";
      },
      // oxlint-disable-next-line require-await
      async *read(_, { window, slice, cursor: start }): AsyncGenerator<Page> {
        for (let cursor: Json | undefined = start; ;) {
          query();
          const found = find(window!, slice, cursor);
          const records = found.slice(0, pageSize);
          const next = found.length > pageSize ? records.at(-1)!.id : null;
          yield { at: cursor ?? "", next, name: "records", records: records.map((record) => ({ ...record })) };
          if (next === null) return;
          cursor = next;
        }
      },
    };
  }
}
