import { describe, expect, it } from "vitest";
import { executeRun } from "../../src/run/execute-run.ts";
import type { Task } from "../../src/tasks/task.ts";
import { busEvent, EventWorld } from "../support/event-world.ts";
import type { EventPorts } from "../support/event-world.ts";

const BIG = "9007199254740993";

describe("a flow that runs on events", () => {
  it("delivers what waits, each once and in its order, and runs only when something does", async () => {
    const world = await EventWorld.of();
    const [a, b, c] = ["a", "b", "c"].map((id) => busEvent(id, `{"id":"${id}","n":${BIG}}`));

    await world.deliver([a!, b!, a!]);
    const first = await world.tick();
    await world.deliver([b!]);
    const idle = await world.tick();
    await world.deliver([c!, a!]);
    const second = await world.tick();

    expect(first).toMatchObject({ state: "published", trigger: "event", counts: { read: 2 } });
    expect(idle).toBeUndefined();
    expect(second).toMatchObject({ state: "published", counts: { read: 1, destinations: [{ written: 1 }] } });
    expect(world.lines().toSorted()).toEqual(["a", "b", "c"].map((id) => `{"id":"${id}","n":${BIG}}`));
    expect(await world.waiting()).toBe(0);
    expect(await world.ports.runs.list("flow", 10)).toHaveLength(2);
  });

  it("takes the events that it asks for, while it is active", async () => {
    const world = await EventWorld.of({
      source: {
        connector: "EventBridge",
        settings: { entityName: "shop.*", customProperties: { detailType: "Order*" } },
      },
    });

    await world.deliver([
      busEvent("1", "{}", { source: "shops.orders" }),
      busEvent("2", "{}", { detailType: "Refund" }),
      busEvent("3", "{}", { source: "my.shop.orders" }),
      busEvent("4", "{}", { source: "shop.", detailType: "Order" }),
    ]);
    const taken = await world.waiting();
    const { version } = world.flow;
    await world.ports.flows.update({ ...world.flow, status: "suspended", version: version + 1 });
    await world.deliver([busEvent("5", "{}")]);
    const suspended = await world.tick();
    await world.ports.flows.update({ ...world.flow, status: "active", version: version + 2 });
    await world.tick();

    expect(taken).toBe(1);
    expect(suspended).toBeUndefined();
    expect(world.lines()).toEqual(["{}"]);
  });

  it("gives the record of an event, or all of the event", async () => {
    const change = `{"ChangeEventHeader":{"entityName":"Account","commitNumber":${BIG}},"Phone":"1"}`;
    const relayed = busEvent("1", `{"payload":${change},"schemaId":"x"}`, {
      source: "aws.partner/salesforce.com/00D/0YL",
      detailType: "AccountChangeEvent",
    });
    const byAppFlow = busEvent("2", change, {
      source: "aws.partner/appflow/salesforce.com/111122223333/x",
      detailType: "AccountChangeEvent",
    });
    const others = [
      busEvent("3", change, { source: relayed.source, detailType: "ContactChangeEvent" }),
      busEvent("4", change, { source: "shop.orders", detailType: "AccountChangeEvent" }),
    ];
    const salesforce = await EventWorld.of({
      source: { connector: "Salesforce", profile: "crm", settings: { object: "AccountChangeEvent" } },
    });
    const whole = await EventWorld.of({
      source: { connector: "EventBridge", settings: { entityName: "*", customProperties: { envelope: "true" } } },
    });

    for (const world of [salesforce, whole]) {
      await world.deliver([relayed, byAppFlow, ...others]);
      await world.tick();
    }

    expect(salesforce.lines()).toEqual([change, change]);
    expect(whole.lines()).toEqual([relayed, byAppFlow, ...others].map(({ text }) => text));
  });

  it("puts as many into a file as a batch may have, and leaves none out", { timeout: 30_000 }, async () => {
    const world = await EventWorld.of();
    for (let from = 0; from < 10_500; from += 500) {
      const events = Array.from({ length: 500 }, (_, i) => busEvent(`e${from + i}`, `{"n":${from + i}}`));
      await world.deliver(events);
    }

    const run = await world.tick();

    expect(run).toMatchObject({ state: "published", counts: { read: 10_500, destinations: [{ written: 10_500 }] } });
    const files = filesOf(world).toSorted((a, b) => b.length - a.length);
    expect(files.map((lines) => lines.length)).toEqual([10_000, 500]);
    expect(files.flat()).toEqual(Array.from({ length: 10_500 }, (_, n) => `{"n":${n}}`));
  });

  it("ends a batch by its bytes, too", async () => {
    const world = await EventWorld.of();
    const text = "x".repeat(200_000);
    await world.deliver(Array.from({ length: 100 }, (_, n) => busEvent(`e${n}`, `{"n":${n},"text":"${text}"}`)));

    await world.tick();

    expect(world.files()).toBe(2);
    expect(world.lines()).toHaveLength(100);
  });

  it("learns the columns of a file with fixed ones from what waits, and reads the same", async () => {
    const csv = { bucketName: "out", s3OutputFormatConfig: { fileType: "CSV" } };
    const world = await EventWorld.of({ destinations: [{ connector: "S3", settings: csv }] });
    await world.deliver([busEvent("1", '{"a":1}'), busEvent("2", '{"b":2}')]);

    await world.tick();

    expect(world.lines()).toEqual(["a,b", "1,", ",2"]);
  });

  it("delivers with the next run what a run that failed had read", async () => {
    const world = await EventWorld.of({ tasks: [MAP_ALL, ENDS_AT_NULL] });
    await world.deliver([busEvent("1", '{"id":"a"}'), busEvent("2", '{"id":null}')]);

    const failed = await world.tick();
    const { version } = world.flow;
    const definition = { ...world.flow.definition, tasks: [MAP_ALL] };
    await world.ports.flows.update({ ...world.flow, definition, version: version + 1 });
    await world.tick();

    expect(failed).toMatchObject({ state: "aborted" });
    expect(world.lines()).toEqual(['{"id":"a"}', '{"id":null}']);
    expect(await world.waiting()).toBe(0);
  });

  it("tries again when what waits cannot be read, and fails as something that may pass when that goes on", async () => {
    const world = await EventWorld.of();
    await world.deliver([busEvent("1", '{"n":1}')]);
    const { inbox } = world.ports;
    let left = Infinity;
    const read: typeof inbox.read = (...asked) =>
      left-- > 0 ? Promise.reject(new Error("throttled")) : inbox.read(...asked);
    const ports = { ...world.ports, inbox: { ...inbox, read } };

    const failed = await world.tick(ports);
    left = 2;
    const run = await world.tick(ports);

    expect(failed).toMatchObject({ state: "aborted", failure: "transient" });
    expect(run).toMatchObject({ state: "published", counts: { read: 1 } });
    expect(world.lines()).toEqual(['{"n":1}']);
  });

  it("does not come back for ever with events that no destination takes", async () => {
    const typed = { bucketName: "out", s3OutputFormatConfig: { fileType: "PARQUET", preserveSourceDataTyping: true } };
    const map = {
      type: "map",
      index: 0,
      source: "n",
      target: "n",
      sourceType: undefined,
      targetType: "bigint",
    } as const;
    const world = await EventWorld.of({ tasks: [map], destinations: [{ connector: "S3", settings: typed }] });
    await world.deliver([busEvent("1", '{"n":"many"}')]);

    const run = await world.tick();
    const next = await world.tick();

    expect(run).toMatchObject({ state: "published", counts: { read: 1, destinations: [{ written: 0, rejected: 1 }] } });
    expect(next).toBeUndefined();
    expect(world.objects.keys("out").filter((key) => key.startsWith("_millrace/errors/"))).toHaveLength(1);
  });

  it("leaves what comes while it runs to the next run", async () => {
    const world = await EventWorld.of();
    await world.deliver([busEvent("1", '{"n":1}')]);
    const { runs } = world.ports;
    const late: EventPorts = {
      ...world.ports,
      runs: {
        ...runs,
        async write(change) {
          if (change.run?.state === "running") await world.deliver([busEvent("2", '{"n":2}')]);
          return runs.write(change);
        },
      },
    };

    const first = await world.tick(late);
    const second = await world.tick();

    expect([first?.counts.read, second?.counts.read]).toEqual([1, 1]);
    expect(world.lines().toSorted()).toEqual(['{"n":1}', '{"n":2}']);
  });

  it.each(["before", "after"] as const)(
    "delivers each event once and in order, wherever its process is killed %s a call",
    { timeout: 60_000 },
    async (when) => {
      let calls = Number.POSITIVE_INFINITY;
      for (let killAt = 1; killAt <= calls; killAt++) {
        const world = await EventWorld.of();
        const events = Array.from({ length: 5 }, (_, n) => busEvent(`e${n}`, `{"n":${n}}`));
        const mortal = new MortalPorts(world.ports, killAt, when);

        await live(world, mortal.ports, events).catch((error: unknown) => expect(error).toBe(KILLED));
        // Whoever sent the events got no answer, and whoever takes up runs finds what is left.
        await live(world, world.ports, events);
        const left = await world.ports.runs.unfinished();
        for (const { id } of left) await executeRun("flow", id, world.ports, CONTROL);
        await world.tick();

        expect(world.lines().toSorted(), `killed ${when} call ${killAt}`).toEqual(events.map((_, n) => `{"n":${n}}`));
        for (const lines of filesOf(world)) expect(lines).toEqual(lines.toSorted());
        expect(await world.waiting()).toBe(0);
        expect(world.objects.openUploads()).toEqual([]);
        if (mortal.calls < killAt) calls = mortal.calls;
      }
      expect(calls).toBeGreaterThan(30);
    },
  );

  it("delivers each event once when two processes carry out the same run", async () => {
    const world = await EventWorld.of();
    const events = Array.from({ length: 50 }, (_, n) => busEvent(`e${n}`, `{"n":${n}}`));
    await world.deliver(events);
    world.clock += 60_000;

    const runs = await Promise.all([1, 2, 3].map(() => world.wake()));
    await world.tick();

    expect(new Set(runs.map((run) => run?.id)).size).toBe(1);
    expect(world.lines()).toEqual(events.map((_, n) => `{"n":${n}}`));
  });
});

const MAP_ALL: Task = { type: "map-all", index: 0, exclude: [] };
const ENDS_AT_NULL: Task = { type: "validate", index: 1, field: "id", rule: "non-null", onFailure: "end-run" };
const CONTROL = { signal: new AbortController().signal, shouldStop: () => false };

/** What happens in a while: events come, some of them again, and twice there is time to run. */
async function live(world: EventWorld, ports: EventPorts, events: Parameters<EventWorld["deliver"]>[0]): Promise<void> {
  await world.deliver(events.slice(0, 3), ports);
  await world.tick(ports);
  await world.deliver(events.slice(2), ports);
  await world.tick(ports);
}

function filesOf(world: EventWorld): readonly (readonly string[])[] {
  const keys = world.objects.keys("out").filter((key) => !key.startsWith("_millrace/"));
  return keys.map((key) => world.objects.text("out", key).trimEnd().split("\n"));
}

const KILLED = new Error("killed");

/** Ports of a process that is killed at one of its calls: from then on it does nothing more. */
class MortalPorts {
  readonly ports: EventPorts;
  calls = 0;
  readonly #killAt: number;
  readonly #when: "before" | "after";

  constructor(ports: EventPorts, killAt: number, when: "before" | "after") {
    this.#killAt = killAt;
    this.#when = when;
    this.ports = {
      ...ports,
      flows: this.#mortal(ports.flows),
      runs: this.#mortal(ports.runs),
      inbox: this.#mortal(ports.inbox),
      objects: this.#mortal(ports.objects),
    };
  }

  #mortal<Port extends object>(port: Port): Port {
    return new Proxy(port, {
      get: (target, name) => {
        const method = Reflect.get(target, name) as unknown;
        return typeof method === "function" ? (...args: unknown[]) => this.#call(method.bind(target), args) : method;
      },
    });
  }

  #call(method: (...args: unknown[]) => unknown, args: readonly unknown[]): unknown {
    const place = ++this.calls;
    const isLast = place === this.#killAt;
    if (place > this.#killAt || (isLast && this.#when === "before")) throw KILLED;
    const answer = method(...args);
    if (!isLast || !(answer instanceof Promise)) return answer;
    return answer.then(() => Promise.reject(KILLED));
  }
}
