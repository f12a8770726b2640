import { beforeEach, describe, expect, it } from "vitest";
import { openDatabase } from "../../src/adapters/local/open-database.ts";
import { createSqliteOutbox } from "../../src/adapters/local/sqlite-outbox.ts";
import { createSqliteRunStore } from "../../src/adapters/local/sqlite-run-store.ts";
import type { FlowEvent } from "../../src/flow/flow-event.ts";
import { deliverEvents } from "../../src/run/deliver-events.ts";
import type { EventOutbox } from "../../src/run/event-outbox.ts";
import { sampleEvent } from "../support/sample-flow.ts";

describe("what waits in the outbox", () => {
  const events = Array.from({ length: 25 }, (_, n) => sampleEvent(`e${n}`, n));
  let outbox: EventOutbox;
  let told: string[];

  beforeEach(async () => {
    const database = openDatabase(":memory:");
    await createSqliteRunStore(database).write({ events });
    outbox = createSqliteOutbox(database);
    told = [];
  });

  const taking = (takes: (event: FlowEvent) => boolean) => ({
    take: async (given: readonly FlowEvent[]) => {
      expect(given.length).toBeLessThanOrEqual(10);
      const taken = given.filter(takes);
      told.push(...taken.map(({ id }) => id));
      return taken;
    },
  });

  it("is told in order, a few at a time, and forgotten", async () => {
    expect(await deliverEvents({ outbox, sink: taking(() => true) })).toBe(0);

    expect(told).toEqual(events.map(({ id }) => id));
    expect(await outbox.page(100)).toEqual([]);
  });

  it("stays when nobody takes it, in nobody's way", async () => {
    expect(await deliverEvents({ outbox, sink: taking(({ id }) => id !== "e0" && id !== "e12") })).toBe(2);

    expect(told).toHaveLength(23);
    expect((await outbox.page(100)).map(({ id }) => id)).toEqual(["e0", "e12"]);
  });

  it("is told again when a process was killed after it was told", async () => {
    const dying: EventOutbox = { ...outbox, delete: () => Promise.reject(new Error("killed")) };

    await expect(deliverEvents({ outbox: dying, sink: taking(() => true) })).rejects.toThrow("killed");
    await deliverEvents({ outbox, sink: taking(() => true) });

    expect(told).toEqual([...events.slice(0, 10), ...events].map(({ id }) => id));
  });

  it("stays when telling fails", async () => {
    const sink = { take: () => Promise.reject(new Error("no bus")) };

    await expect(deliverEvents({ outbox, sink })).rejects.toThrow("no bus");

    expect(await outbox.page(100)).toEqual(events);
  });
});
