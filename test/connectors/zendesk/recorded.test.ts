import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { standardFields } from "../../../connectors/zendesk/fields.ts";
import zendesk from "../../../connectors/zendesk/index.ts";
import type { ReadableSource, Session } from "../../../src/sdk/connector.ts";
import { createHttpClient } from "../../../src/sdk/http/create-http-client.ts";
import type { Dispatch } from "../../../src/sdk/http/dispatch.ts";
import { Secret } from "../../../src/sdk/secret.ts";
import { createRedactor } from "../../../src/sdk/redact.ts";
import { collect } from "../../support/collect.ts";
import { type Exchange, recordExchanges, replayExchanges } from "../../support/saas/cassette.ts";
import { connectTo } from "../../support/saas/connect-to.ts";
import { startZendesk } from "../../support/saas/zendesk-server.ts";
import { hasSamples, readSample } from "../../support/samples.ts";

const source = zendesk.source as ReadableSource;

type Sample = Readonly<Record<string, unknown>>;

describe("Zendesk, as recorded", () => {
  it("gives the users of a cassette, and waits where it is asked to", async () => {
    const path = join(import.meta.dirname, "cassettes", "users.json");
    const { send, finish } = replayExchanges(JSON.parse(readFileSync(path, "utf8")) as Exchange[]);

    const records = await read(send, "users");

    expect(records.map(({ id, name }) => [id, name])).toEqual([
      [46_407_218_913_169, "Ann Example"],
      [46_407_218_913_170, "Bob Example"],
    ]);
    finish();
  });

  it("gives from a cassette what it gave when that was recorded, which has no secret in it", async () => {
    await using server = await startZendesk({ exportSize: 2 });
    for (let id = 1; id <= 5; id++) server.put("tickets", { id, generated_timestamp: 1000 + id, url: `x${id}` });
    const { accessToken } = server.credentials as { readonly accessToken: string };
    const client = createHttpClient({ allowed: new Set([server.origin]) });
    const live = recordExchanges(client.send, createRedactor([new Secret(accessToken)]));

    const recorded = await read(live.send, "tickets", server.origin, accessToken);
    await client.close();
    const exchanges = JSON.parse(JSON.stringify(live.exchanges)) as Exchange[];
    const { send, finish } = replayExchanges(exchanges);

    expect(recorded).toHaveLength(5);
    expect(await read(send, "tickets")).toEqual(recorded);
    finish();
    expect(JSON.stringify(exchanges)).not.toContain("canary");
    await expect(read(send, "tickets")).rejects.toThrow("Nothing was recorded, or is left, of GET");
    expect(() => replayExchanges(exchanges).finish()).toThrow("Nobody asked for GET");
  });

  // Real answers, which are not part of this repository.
  describe.skipIf(!hasSamples("zendesk"))("samples", () => {
    it.each<[file: string, object: string, ...path: string[]]>([
      ["airbyte_users_incremental_cursor.json", "users"],
      ["nango_list-users.test.json", "users", "api", "get", "/api/v2/users.json", "response"],
      ["nango_list-tickets.test.json", "tickets", "api", "get", "/api/v2/tickets.json", "response"],
      ["nango_tickets.test.json", "tickets", "api", "get", "/api/v2/incremental/tickets", "response"],
    ])("%s: every record comes out, with the documented types", async (file, object, ...path) => {
      let answer = readSample("zendesk", file) as Sample;
      for (const name of path) answer = answer[name] as Sample;
      const given = answer[object] as readonly Sample[];

      const records = await read(async ({ url }) => {
        // Lists of them were recorded; an export says more of its end.
        const body = JSON.stringify({ ...answer, end_of_stream: true });
        return { status: 200, headers: new Headers(), url, body: new Blob([body]).stream() };
      }, object);

      expect(records.map(({ id }) => id)).toEqual(given.map(({ id }) => id));
      const types = standardFields(object);
      for (const [i, record] of records.entries()) {
        const { fields: _, ...kept } = given[i]!;
        expect(record).toMatchObject(kept);
        const wrong = Object.entries(record)
          .filter(([name]) => !name.startsWith("custom_field_"))
          .filter(([name, value]) => !types.has(name) || !holds(types.get(name), value));
        expect(wrong).toEqual([]);
      }
    });
  });
});

async function read(send: Dispatch, object: string, origin?: string, accessToken = "token"): Promise<Sample[]> {
  const session: Session = connectTo(zendesk, {
    properties: { instanceUrl: origin ?? "https://acme.zendesk.com" },
    credentials: { accessToken },
    send,
  });
  const query = { settings: { object }, fields: undefined, slice: null, cursor: undefined };
  const records: Sample[] = [];
  for await (const page of source.read(session, query)) {
    const bytes = "body" in page ? Buffer.concat(await collect(page.body.stream())) : Buffer.from("[]");
    records.push(...(JSON.parse(bytes.toString()) as Sample[]));
  }
  return records;
}

/** Whether a value is of one of Zendesk's types. */
function holds(type: string | undefined, value: unknown): boolean {
  if (value === null) return true;
  switch (type) {
    case "integer":
      return Number.isInteger(value);
    case "datetime":
      return typeof value === "string" && !Number.isNaN(Date.parse(value));
    case "array":
      return Array.isArray(value);
    default:
      return typeof value === type;
  }
}
