import { afterEach, beforeEach, describe, expect, it } from "vitest";
import salesforce from "../../../connectors/salesforce/index.ts";
import { type Ask, divideByCreation, divideById } from "../../../connectors/salesforce/divide.ts";
import type { ReadableSource, Session, SplitQuery } from "../../../src/sdk/connector.ts";
import type { Json, JsonObject } from "../../../src/sdk/json.ts";
import { collect } from "../../support/collect.ts";
import { parseSoql } from "../../support/saas/evaluate-soql.ts";
import { openProfileWorld, type ProfileWorld } from "../../support/saas/profile-world.ts";
import { ACCOUNT, accountItem, idOf, PLAIN } from "../../support/saas/salesforce-objects.ts";
import { type Salesforce, type SalesforceOptions, startSalesforce } from "../../support/saas/salesforce-server.ts";

const source = salesforce.source as ReadableSource;
const MILLION = 1_000_000;

describe("the slices of a Salesforce object", () => {
  let server: Salesforce;
  let world: ProfileWorld;
  let session: Session;

  const open = async (options: SalesforceOptions = {}) => {
    server = await startSalesforce(options);
    server.define("Account", ACCOUNT);
    const properties = { instanceUrl: server.origin };
    const { credentials } = server;
    world = await openProfileWorld({ connector: salesforce, standIn: server, properties, credentials });
    session = await world.session();
    for (let n = 1; n <= 100; n++) server.put("Account", accountItem(n, server.time.now() - n * 3_600_000));
  };
  const close = async () => {
    await world[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  };

  beforeEach(() => open());
  afterEach(close);

  const split = (settings: JsonObject = {}, changes: Partial<SplitQuery> = {}) => {
    const query = { settings: { object: "Account", ...settings }, fields: ["Id"], ...changes };
    const splitting = { ...session, divide: () => expect.fail("Nobody divides pages."), isDelivered: () => false };
    return collect(source.split!(splitting, query));
  };
  const idsOf = async (slices: readonly Json[], settings: JsonObject = {}) => {
    const ids: string[] = [];
    for (const slice of slices) {
      const query = { settings: { object: "Account", ...settings }, fields: ["Id"], cursor: undefined, slice };
      for await (const page of source.read(session, query)) {
        const texts: string[] = [];
        if ("body" in page) for await (const chunk of page.body.stream()) texts.push(Buffer.from(chunk).toString());
        ids.push(...Array.from(texts.join("").matchAll(/"Id":"(\w+)"/g), ([, id]) => id!));
      }
    }
    return ids;
  };
  const all = Array.from({ length: 100 }, (_, i) => idOf("001", i + 1));

  it("are one where there is not much, for one request more", async () => {
    expect(await split()).toEqual([{ api: "rest", where: [] }]);
    expect(server.queries).toEqual(["SELECT COUNT() FROM Account"]);
  });

  it.each([
    ["AUTOMATIC", 999_999, "rest"],
    ["AUTOMATIC", MILLION, "bulk"],
    ["REST_SYNC", MILLION, "rest"],
    ["BULKV2", 10, "bulk"],
  ])("under %s of %d records come by %s, every record in one of them", async (dataTransferApi, count, api) => {
    await close();
    await open({ tellsCount: (found) => (found * count) / 100 });

    const slices = await split({ dataTransferApi });

    expect(new Set(slices.map((slice) => (slice as { api: string }).api))).toEqual(new Set([api]));
    expect(slices.length).toBe(Math.ceil(count / (api === "rest" ? 250_000 : MILLION)));
    expect((await idsOf(slices, { dataTransferApi })).toSorted()).toEqual(all);
  });

  it("come by bulk where Salesforce gives up counting", async () => {
    await close();
    await open({ countsUpTo: 0 });

    const slices = await split();

    expect(slices.every((slice) => (slice as { api: string }).api === "bulk")).toBe(true);
    expect((await idsOf(slices)).toSorted()).toEqual(all);
  });

  it("come by bulk where no address holds the query", async () => {
    const wide = Array.from({ length: 500 }, (_, i) => ({ name: `Field_with_a_long_name_${i}__c`, type: "string" }));
    server.define("Wide__c", [...PLAIN, ...wide]);

    const slices = await split({ object: "Wide__c" }, { fields: undefined });

    expect(slices).toMatchObject([{ api: "bulk" }]);
    expect(await idsOf(slices, { object: "Wide__c" })).toEqual([]);
  });

  it("come by REST where AUTOMATIC would read by bulk what Salesforce does not", async () => {
    await close();
    await open({ tellsCount: () => MILLION });
    server.define("CaseStatus", PLAIN);

    expect(await split({ object: "CaseStatus" })).toEqual([{ api: "rest", where: [] }]);
    await expect(split({ object: "CaseStatus", dataTransferApi: "BULKV2" })).rejects.toMatchObject({
      code: "InvalidArgument",
    });
  });

  it("are of what the window and the filters leave, and of the fields that are needed", async () => {
    const filter = { field: "Active__c", operator: "equal", values: ["true"], dataType: "boolean" } as const;
    const to = server.time.now();

    await split({ dataTransferApi: "BULKV2" }, { filters: [filter], window: { after: to - 3_600_000, to } });

    const where =
      "WHERE SystemModstamp >= 2029-12-31T23:00:00.000Z AND SystemModstamp < 2030-01-01T00:00:01.000Z AND Active__c = true";
    expect(server.queries).toEqual([
      `SELECT COUNT() FROM Account ${where}`,
      `SELECT Id,SystemModstamp FROM Account ${where}`,
    ]);
  });

  it("have a job each, which whoever reads one again finds", async () => {
    const slices = await split({ dataTransferApi: "BULKV2" });

    expect(await idsOf(slices, { dataTransferApi: "BULKV2" })).toEqual(
      await idsOf(slices, { dataTransferApi: "BULKV2" }),
    );
    expect(server.jobs.size).toBe(1);
  });
});

describe("dividing records", () => {
  const items = Array.from({ length: 1000 }, (_, n) => ({
    Id: idOf("001", n * n),
    // Most were made in one night.
    CreatedDate: new Date(
      Date.UTC(2020, 0, 1) + (n < 100 ? n * 86_400_000 : 8_000_000_000 + Math.floor(n / 50) * 1000),
    ).toISOString(),
  }));
  const matching = (where: readonly string[]) => {
    const { matches } = parseSoql(`SELECT Id FROM X${where.length > 0 ? ` WHERE ${where.join(" AND ")}` : ""}`);
    return items.filter(matches);
  };
  let counts = 0;
  const ask: Ask = {
    ends: (field) => {
      const values = items.map((item) => item[field as "Id"]).toSorted();
      return Promise.resolve([values[0]!, values.at(-1)!]);
    },
    count: (where) => {
      counts++;
      return Promise.resolve(matching(where).length);
    },
  };

  beforeEach(() => {
    counts = 0;
  });

  const check = (parts: readonly (readonly string[])[]) => {
    const sizes = parts.map((where) => matching(where).length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(1000);
    const before = { Id: idOf("001", 0), CreatedDate: "1999-01-01T00:00:00.000Z" };
    const after = { Id: "001zz9999999999AAA", CreatedDate: "2999-01-01T00:00:00.000Z" };
    for (const late of [before, after]) {
      const owners = parts.filter(
        (where) => where.length === 0 || parseSoql(`SELECT Id FROM X WHERE ${where.join(" AND ")}`).matches(late),
      );
      expect(owners).toHaveLength(1);
    }
    return sizes;
  };

  it("by when they were created: parts are of about one size, and have what is created later, too", async () => {
    const sizes = check(await collect(divideByCreation(ask, 1000, 200)));

    expect(sizes.length).toBeLessThanOrEqual(10);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(200);
    expect(counts).toBeLessThan(60);
  });

  it("that were created in one second: stay together", async () => {
    const sizes = check(await collect(divideByCreation(ask, 1000, 20)));

    expect(Math.max(...sizes)).toBe(50);
  });

  it("that Salesforce gives up counting: ends all the same", async () => {
    const parts = await collect(divideByCreation({ ...ask, count: () => Promise.resolve(undefined) }, undefined, 200));

    check(parts);
    expect(parts.length).toBeGreaterThan(1);
  });

  it("by their ids: each is in one part", async () => {
    const sizes = check(await collect(divideById(ask, 1000, 100)));

    expect(sizes).toHaveLength(10);
  });

  it("whose ends nobody can tell: they are one part", async () => {
    const silent: Ask = { ...ask, ends: () => Promise.resolve(undefined) };

    expect(await collect(divideByCreation(silent, 1000, 10))).toEqual([[]]);
    expect(await collect(divideById(silent, 1000, 10))).toEqual([[]]);
  });
});
