import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { REMEMBERED_MS, WAITING_MS } from "../../src/run/inbox.ts";
import type { Inbox, InboxEvent } from "../../src/run/inbox.ts";
import type { StoresCase, StoresUnderTest } from "./stores.ts";

const NOW = 1_700_000_000_000;

/** Everything that an `Inbox` promises. */
export function inboxContract(subject: StoresCase): void {
  describe(`inbox: ${subject.name}`, () => {
    let opened: StoresUnderTest;
    let inbox: Inbox;
    let other: Inbox;

    beforeAll(async () => {
      opened = await subject.open();
      [inbox, other] = [opened.stores.inbox, opened.others.inbox];
    });

    afterAll(() => opened.close());

    it("has events in the order in which they came, page by page, with their texts", async () => {
      const events = Array.from({ length: 25 }, (_, i) => eventOf(`«ü»#${24 - i}`, `{"n": ${i}.0, "t":"ü\\u0000"}`));
      await inbox.add("ordered", events.slice(0, 12), NOW);
      await inbox.add("ordered", events.slice(12), NOW + 1);

      const first = await other.waiting("ordered", { limit: 10, since: 0 });
      const rest = await other.waiting("ordered", { limit: 100, since: 0, after: first.at(-1)!.place });

      const places = [...first, ...rest].map(({ place }) => place);
      expect(await other.read("ordered", places)).toEqual(events.map(({ text }) => text));
      expect(places).toEqual(places.toSorted());
      expect(first[0]!.bytes).toBe(Buffer.byteLength(events[0]!.text));
    });

    it("takes an event once, whoever brings it again, also after it is out", async () => {
      const [a, b, c] = [eventOf("a", "{}"), eventOf("b", "{}"), eventOf("c", '{"c":1}')];

      expect(await inbox.add("once", [a, b, a], NOW)).toBe(2);
      expect(await other.add("once", [b, c], NOW + 5)).toBe(1);
      const added = await Promise.all(
        [1, 2, 3].map((n) => (n % 2 ? inbox : other).add("once", [eventOf("d", "{}")], NOW)),
      );
      await other.remove("once", await placesIn(inbox, "once"));

      expect(added.reduce((sum, each) => sum + each)).toBe(1);
      expect(await inbox.add("once", [a, c], NOW + REMEMBERED_MS - 60_000)).toBe(0);
      expect(await placesIn(other, "once")).toEqual([]);
    });

    it("forgets which event it was after the time for which it is remembered", async () => {
      await inbox.add("late", [eventOf("a", "{}")], NOW);
      await inbox.remove("late", await placesIn(inbox, "late"));

      expect(await inbox.add("late", [eventOf("a", "{}")], NOW + REMEMBERED_MS + 60_000)).toBe(1);
      await inbox.clear("late");
    });

    it("lets nothing wait that came too long ago", async () => {
      await inbox.add("old", [eventOf("a", "{}")], NOW);
      await inbox.add("old", [eventOf("b", "{}")], NOW + 1);

      expect(await inbox.waiting("old", { limit: 9, since: NOW + 1 - WAITING_MS })).toHaveLength(2);
      expect(await inbox.waiting("old", { limit: 9, since: NOW })).toHaveLength(1);
    });

    it("takes out what it is told to, again and again, and nothing else", async () => {
      await inbox.add("removed", [eventOf("a", "1"), eventOf("b", "2"), eventOf("c", "3")], NOW);
      const [a, b, c] = await placesIn(inbox, "removed");

      await inbox.remove("removed", [a!, c!]);
      await other.remove("removed", [a!, c!]);
      await other.remove("removed", []);

      expect(await placesIn(other, "removed")).toEqual([b]);
      expect(await other.read("removed", [b!])).toEqual(["2"]);
      await expect(other.read("removed", [b!, c!])).rejects.toThrow("is not in the inbox any more");
    });

    it("keeps apart what is for other flows", async () => {
      await inbox.add("mine", [eventOf("a", "1")], NOW);
      await inbox.add("yours", [eventOf("a", "2")], NOW);

      await inbox.clear("mine");

      expect(await placesIn(other, "mine")).toEqual([]);
      expect(await other.read("yours", await placesIn(other, "yours"))).toEqual(["2"]);
      expect(await inbox.add("mine", [eventOf("a", "1")], NOW)).toBe(1);
    });

    it("takes an event as large as EventBridge takes", async () => {
      const event = eventOf("large", JSON.stringify({ text: "ü".repeat(120 * 1024) }));

      await inbox.add("large", [event], NOW);

      expect(await other.read("large", await placesIn(other, "large"))).toEqual([event.text]);
    });
  });
}

function eventOf(id: string, text: string): InboxEvent {
  return { id, text };
}

async function placesIn(inbox: Inbox, flowId: string): Promise<readonly string[]> {
  return (await inbox.waiting(flowId, { limit: 100, since: 0 })).map(({ place }) => place);
}
