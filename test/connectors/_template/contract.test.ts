import connector from "../../../connectors/_template/index.ts";
import { sourceContract } from "../../contract/source.ts";
import { startAcme } from "./stand-in.ts";

sourceContract({
  connector,
  async open() {
    const standIn = await startAcme(20);
    const start = standIn.time.now() - 86_400_000;
    const people = Array.from({ length: 70 }, (_, i) => ({
      id: `id-${i}`,
      name: `name ${i}`,
      created_at: new Date(start).toISOString(),
      // Three records of each second, so that pages end within one.
      updated_at: new Date(start + Math.floor(i / 3) * 1000).toISOString(),
    }));
    standIn.data.set("people", people);
    const settings = { object: "people" };
    const time = { field: "updated_at", toMs: (text: string) => Date.parse(text) };
    const since = {
      field: "updated_at",
      operator: "greater",
      values: [String(start + 5000)],
      dataType: "datetime",
    } as const;
    return {
      standIn,
      properties: { instanceUrl: standIn.origin },
      credentials: { apiKey: standIn.apiKey },
      renews: false,
      objects: [{ settings, key: "id", count: people.length, text: "name", time }],
      empty: { object: "companies" },
      filters: [{ settings, filter: since }],
      forbidden: { status: 403, body: { error: "The key may not read this." } },
      tooMany: { status: 429, body: { error: "Too many requests." } },
    };
  },
});
