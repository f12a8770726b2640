import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { FlowEvent } from "../../src/flow/flow-event.ts";
import type { EventOutbox } from "../../src/run/event-outbox.ts";
import { sampleEvent, sampleFlow, sampleRun } from "../support/sample-flow.ts";
import type { Stores, StoresCase, StoresUnderTest } from "./stores.ts";

/** Everything that an `EventOutbox` promises, and those who write to it. */
export function eventOutboxContract(subject: StoresCase): void {
  describe(`event outbox: ${subject.name}`, () => {
    let opened: StoresUnderTest;
    let store: Stores;
    let other: Stores;

    beforeAll(async () => {
      opened = await subject.open();
      [store, other] = [opened.stores, opened.others];
    });

    afterAll(() => opened.close());

    it("has what was written with a run, once, until it is deleted", async () => {
      const run = sampleRun("told", "r1");
      const event = sampleEvent("«ü» \u0000", 1);

      await store.runs.write({ run, events: [event] });
      await store.runs.write({ run: { ...run, version: 2 }, events: [event] });

      expect(await allOf(other.outbox)).toEqual([event]);
      await other.outbox.delete([event, sampleEvent("never", 1)]);
      expect(await allOf(store.outbox)).toEqual([]);
      await store.outbox.delete([]);
    });

    it("has nothing of a change that is refused", async () => {
      const run = sampleRun("refused", "r1");
      await store.runs.write({ run });

      expect(await store.runs.write({ run, events: [sampleEvent("a", 1)] })).toBe(false);
      expect(await store.runs.write({ unchanged: { ...run, version: 2 }, events: [sampleEvent("a", 1)] })).toBe(false);
      expect(await store.flows.update(sampleFlow("nobody", { version: 2 }), undefined, [sampleEvent("a", 1)])).toBe(
        "refused",
      );

      expect(await allOf(other.outbox)).toEqual([]);
    });

    it("has what was written with a flow, and forgets neither with the run", async () => {
      const [flow, run] = [sampleFlow("kept"), sampleRun("kept", "r1")];
      const [ofFlow, ofRun] = [sampleEvent("flow", 1), sampleEvent("run", 2)];
      const call = { token: "UpdateFlow/t", digest: "d", answer: {}, at: 1 };
      await store.flows.create(flow);
      await store.runs.write({ run });

      const updated = await store.flows.update({ ...flow, version: 2 }, call, [ofFlow]);
      await store.runs.write({ unchanged: run, events: [ofRun] });
      await store.runs.forget("kept", "r1");
      await store.flows.delete("kept");

      expect(updated).toBe("done");
      expect(await allOf(other.outbox)).toEqual([ofFlow, ofRun]);
      await store.outbox.delete([ofFlow, ofRun]);
    });

    it("tells them in the order of their times, page by page, also behind one that is gone", async () => {
      const run = sampleRun("paged", "r1");
      await store.runs.write({ run });
      const events = [sampleEvent("a", 5), sampleEvent("b", 5), sampleEvent("c", 40), sampleEvent("a", 2 ** 41)];
      for (const event of events.toReversed()) await store.runs.write({ unchanged: run, events: [event] });
      await other.outbox.delete([events[1]!]);

      expect(await other.outbox.page(2)).toEqual([events[0], events[2]]);
      expect(await other.outbox.page(10, events[0])).toEqual([events[2], events[3]]);
      expect(await other.outbox.page(10, events[1])).toEqual([events[2], events[3]]);
      expect(await other.outbox.page(10, events[3])).toEqual([]);
      await store.outbox.delete(events);
    });
  });
}

function allOf(outbox: EventOutbox): Promise<readonly FlowEvent[]> {
  return outbox.page(100);
}
