import { describe, expect, it } from "vitest";
import type { Callee, Durable } from "../../src/run/durable.ts";
import type { Json } from "../../src/sdk/json.ts";

/** Somebody who remembers executions. */
export interface Transport {
  /** Begins an execution and carries it to its end; answers with its result, and fails when it does. */
  execute(
    orchestrate: (input: Json, durable: Durable) => Promise<Json>,
    callee: TestCallee,
    input: Json,
  ): Promise<Json>;
}

export type TestCallee = (callee: Callee, input: Json) => Promise<Json>;

const nobody: TestCallee = (callee) => Promise.reject(new Error(`nobody calls ${callee}`));

/** What an orchestrator may rely on, whoever remembers. */
export function describeTransport(name: string, transport: Transport): void {
  describe(name, () => {
    it("gives an execution its input, and its result to whoever began it", async () => {
      const result = await transport.execute(async (input) => ({ got: input }), nobody, { flow: "orders", from: 3 });

      expect(result).toEqual({ got: { flow: "orders", from: 3 } });
    });

    it("does a step once, however often the execution is begun again", async () => {
      let done = 0;
      const result = await transport.execute(
        async (_, durable) => {
          const first = await durable.step("count", () => Promise.resolve(++done));
          await durable.pause("a while", 2);
          const second = await durable.step("count", () => Promise.resolve(++done));
          await durable.pause("a while", 1);
          return [first, second];
        },
        nobody,
        null,
      );

      expect(result).toEqual([1, 2]);
      expect(done).toBe(2);
    });

    it("tries a step again that fails, and gives its answer", async () => {
      let tries = 0;
      const flaky = () => (++tries < 3 ? Promise.reject(new Error("no luck")) : Promise.resolve("luck"));

      expect(await transport.execute((_, durable) => durable.step("flaky", flaky), nobody, null)).toBe("luck");
      expect(tries).toBe(3);
    });

    it("ends an execution of which a step fails again and again, and says why", async () => {
      let tries = 0;
      const broken = () => Promise.reject(new Error(`no luck ${++tries}`));

      await expect(transport.execute((_, durable) => durable.step("broken", broken), nobody, null)).rejects.toThrow(
        "no luck 6",
      );
      expect(tries).toBe(6);
    });

    it("calls functions with their input, and takes a failure for an answer", async () => {
      const called: string[] = [];
      const callee: TestCallee = async (name, input) => {
        called.push(`${name} ${JSON.stringify(input)}`);
        if (input === 2) throw new Error("two is too many");
        return { done: input };
      };
      const result = await transport.execute(
        async (_, durable) => [await durable.call("one", "transfer", 1), await durable.call("two", "orchestrate", 2)],
        callee,
        null,
      );

      expect(result).toEqual([{ answer: { done: 1 } }, { error: "two is too many" }]);
      expect(called).toEqual(["transfer 1", "orchestrate 2"]);
    });

    it("goes through many items, no more at once than the width says, and begins them in order", async () => {
      const begun: Json[] = [];
      let atOnce = 0;
      let most = 0;
      const callee: TestCallee = async (_, input) => {
        begun.push(input);
        most = Math.max(most, ++atOnce);
        for (let turns = 0; turns < 20; turns++) await new Promise(setImmediate);
        atOnce--;
        return input;
      };
      const items = Array.from({ length: 60 }, (_, i) => i);
      const result = await transport.execute(
        async (_, durable) =>
          durable.map("items", items, {
            width: 4,
            work: async (item, inner) => {
              const called = await inner.call(`item ${item}`, "transfer", item);
              return "answer" in called ? called.answer : null;
            },
            isLast: () => false,
          }),
        callee,
        null,
      );

      expect(result).toEqual(items);
      expect(begun).toEqual(items);
      expect(most).toBeLessThanOrEqual(4);
      expect(most).toBeGreaterThan(1);
    });

    it("goes through no items", async () => {
      const through = { width: 2, work: () => Promise.resolve(0), isLast: () => false };

      expect(await transport.execute((_, durable) => durable.map("none", [], through), nobody, null)).toEqual([]);
    });

    it("begins no item after an answer that is the last", async () => {
      const begun: Json[] = [];
      const callee: TestCallee = async (_, input) => {
        begun.push(input);
        return input;
      };
      const result = await transport.execute(
        async (_, durable) =>
          durable.map("items", [1, 2, 3, 4, 5], {
            width: 1,
            work: async (item, inner) => {
              await inner.call(`item ${item}`, "transfer", item);
              return item;
            },
            isLast: (item) => item === 3,
          }),
        callee,
        null,
      );

      expect(result).toEqual([1, 2, 3]);
      expect(begun).toEqual([1, 2, 3]);
    });

    it("pauses some items while others go on", async () => {
      const failures = new Map<Json, number>();
      const callee: TestCallee = async (_, input) => {
        const before = failures.get(input) ?? 0;
        if (input !== 1 && before < 2) {
          failures.set(input, before + 1);
          throw new Error("not yet");
        }
        return `did ${JSON.stringify(input)}`;
      };
      const result = await transport.execute(
        async (_, durable) =>
          durable.map("items", [0, 1, 2], {
            width: 3,
            async work(item, inner): Promise<string> {
              for (;;) {
                const called = await inner.call(`item ${item}`, "transfer", item);
                if ("answer" in called) return called.answer as string;
                await inner.pause(`item ${item}`, 1);
              }
            },
            isLast: () => false,
          }),
        callee,
        null,
      );

      expect(result).toEqual(["did 0", "did 1", "did 2"]);
    });
  });
}
