import { describe, expect, it } from "vitest";
import { preview } from "../../src/engine/preview.ts";
import type { PreviewedRecord, PreviewSummary } from "../../src/engine/preview.ts";
import { NO_CONNECTION } from "../../src/sdk/http/connection.ts";
import type { Task } from "../../src/tasks/task.ts";
import { MemoryObjectStore } from "../support/memory-object-store.ts";
import { fileSource } from "../support/page-source.ts";

const MAP_ALL: Task = { type: "map-all", index: 0, exclude: [] };

describe("a preview", () => {
  it("shows the first records and what was rejected before them, and counts", async () => {
    const { shown, summary } = await show('broken\n{"id":1}\n{"id":2}\n{"id":3}\n', 2);

    expect(shown.map((record) => (record.kind === "record" ? record.json : record.rejected.code))).toEqual([
      "MalformedRecord",
      '{"id":1}',
      '{"id":2}',
    ]);
    expect(summary).toEqual({ read: 4, filtered: 0, rejected: 1 });
  });

  it("shows all there is when that is less than asked for", async () => {
    const { shown, summary } = await show('{"id":1}\n', 10);

    expect(shown).toHaveLength(1);
    expect(summary).toEqual({ read: 1, filtered: 0, rejected: 0 });
  });

  it("reads nothing for no records", async () => {
    expect(await show("broken\n", 0)).toEqual({ shown: [], summary: { read: 0, filtered: 0, rejected: 0 } });
  });

  it("fails, as the run would, at a record that breaks a rule that ends the run", async () => {
    const rule: Task = { type: "validate", index: 1, field: "id", rule: "non-null", onFailure: "end-run" };

    await expect(show('{"id":null}\n', 10, [MAP_ALL, rule])).rejects.toThrow("VALIDATION_ACTION ends the run");
  });

  it("ends when it is interrupted, even while it shows nothing", async () => {
    await expect(show('{"id":1}\n', 10, [MAP_ALL], AbortSignal.abort())).rejects.toThrow("cancelled");
  });
});

async function show(
  text: string,
  limit: number,
  tasks: readonly Task[] = [MAP_ALL],
  signal = new AbortController().signal,
): Promise<{ shown: PreviewedRecord[]; summary: PreviewSummary }> {
  const source = fileSource([{ name: "a", bytes: Buffer.from(text), format: { type: "json" } }]);
  const io = { source, objects: new MemoryObjectStore([]), connection: NO_CONNECTION, signal };
  const records = preview({ source: { settings: {} }, tasks }, limit, io);
  const shown: PreviewedRecord[] = [];
  for (;;) {
    const { done, value } = await records.next();
    if (done === true) return { shown, summary: value };
    shown.push(value);
  }
}
