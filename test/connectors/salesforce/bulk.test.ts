import { afterEach, beforeEach, describe, expect, it } from "vitest";
import salesforce from "../../../connectors/salesforce/index.ts";
import { decodePage } from "../../../src/engine/read-batches.ts";
import type { BytesPage, ReadableSource, Session, SourceQuery } from "../../../src/sdk/connector.ts";
import type { Json, JsonObject } from "../../../src/sdk/json.ts";
import { collect } from "../../support/collect.ts";
import { openProfileWorld, type ProfileWorld } from "../../support/saas/profile-world.ts";
import { ACCOUNT, accountItem, idOf, PLAIN } from "../../support/saas/salesforce-objects.ts";
import { type Salesforce, startSalesforce } from "../../support/saas/salesforce-server.ts";

const source = salesforce.source as ReadableSource;
const HEADERS = { "content-type": "text/csv", "sforce-numberofrecords": "2", "sforce-locator": "null" };

/** What others have fallen into with Bulk API 2.0, each by a test. */
describe("Salesforce by bulk", () => {
  let server: Salesforce;
  let world: ProfileWorld;
  let session: Session;

  beforeEach(async () => {
    server = await startSalesforce({ resultSize: 10 });
    server.define("Account", ACCOUNT);
    server.define("Invoice__c", PLAIN);
    const properties = { instanceUrl: server.origin };
    const { credentials } = server;
    world = await openProfileWorld({ connector: salesforce, standIn: server, properties, credentials });
    session = await world.session();
  });

  afterEach(async () => {
    await world[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  const queryOf = (changes: Partial<SourceQuery> = {}, settings: JsonObject = {}): SourceQuery => ({
    settings: { object: "Account", dataTransferApi: "BULKV2", ...settings },
    fields: undefined,
    slice: null,
    cursor: undefined,
    ...changes,
  });
  const textsOf = async (query: SourceQuery) => {
    const texts: string[] = [];
    for await (const page of source.read(session, query)) texts.push(await textOf(page as BytesPage));
    return texts;
  };
  const recordsOf = async (query: SourceQuery) => (await textsOf(query)).flatMap(recordsIn);
  const idsOf = async (query: SourceQuery) => (await recordsOf(query)).map(({ Id }) => Id);
  const put = (count: number) => {
    for (let n = 1; n <= count; n++) server.put("Account", accountItem(n, server.time.now()));
    return Array.from({ length: count }, (_, i) => idOf("001", i + 1));
  };
  /** The results of a job, in the place of those that it has; behind description, job and two looks. */
  const results = (csv: string, headers: Record<string, string> = {}) =>
    server.faults.push(undefined, undefined, undefined, undefined, { headers: { ...HEADERS, ...headers }, body: csv });

  it("result of more than one page (jsforce ends the process): all of it comes, page by page", async () => {
    const ids = put(35);

    expect(await idsOf(queryOf())).toEqual(ids);
    const locators = server.calls.map(({ url }) => url.searchParams.get("locator"));
    expect(locators.slice(4)).toEqual([null, "MTA=", "MjA=", "MzA="]);
  });

  it("job that takes long (jsforce deletes it after thirty seconds): is waited for, and asked about less and less", async () => {
    await using slow = await startSalesforce({ looks: 100 });
    slow.define("Account", ACCOUNT);
    slow.put("Account", accountItem(1, slow.time.now()));
    const properties = { instanceUrl: slow.origin };
    const { credentials } = slow;
    await using other = await openProfileWorld({ connector: salesforce, standIn: slow, properties, credentials });
    const before = slow.time.now();

    session = await other.session();

    expect(await recordsOf(queryOf())).toHaveLength(1);
    expect(slow.time.now() - before).toBeGreaterThan(40 * 60_000);
    expect(slow.jobs.size).toBe(1);
  });

  it("AUTOMATIC, REST and bulk: give the same records, byte by byte, compound fields made of their parts", async () => {
    put(35);
    const rest = await textsOf(queryOf({}, { dataTransferApi: "REST_SYNC" }));
    const slice = { api: "bulk" };

    const bulk = await textsOf(queryOf({ slice }, { dataTransferApi: "AUTOMATIC" }));

    const lines = rest.flatMap((text) =>
      text
        .slice(1, -1)
        .replaceAll(/\},(?=\{"Id")/g, "}\n")
        .split("\n"),
    );
    expect(lines).toHaveLength(35);
    expect(bulk.join("").trimEnd().split("\n")).toEqual(lines);
    expect(recordsIn(bulk[0]!)[1]).toMatchObject({
      BillingAddress: { city: "Zürich", latitude: 47.3769, stateCode: null },
      Place__c: { latitude: 1.5, longitude: 2.25 },
      AnnualRevenue: 350_000_000.5,
    });
  });

  it("BULKV2: gives the records of REST without compound fields, as AppFlow does", async () => {
    put(5);
    const rest = await recordsOf(queryOf({}, { dataTransferApi: "REST_SYNC" }));

    const bulk = await recordsOf(queryOf());

    const isCompound = (name: string) => name === "BillingAddress" || name === "Place__c";
    expect(bulk).toEqual(
      rest.map((record) => Object.fromEntries(Object.entries(record).filter(([name]) => !isCompound(name)))),
    );
    const fields = await source.fields!(session, queryOf().settings);
    expect(fields!.map(({ name }) => name)).toEqual(Object.keys(bulk[0]!));
  });

  it("compound field alone: its parts are asked for, and are no fields", async () => {
    put(2);

    const records = await recordsOf(
      queryOf({ fields: ["Id", "Place__c"], slice: { api: "bulk" } }, { dataTransferApi: "AUTOMATIC" }),
    );

    expect(server.queries).toEqual(["SELECT Id,Place__Latitude__s,Place__Longitude__s FROM Account"]);
    expect(records).toEqual([
      { Id: idOf("001", 1), Place__c: null },
      { Id: idOf("001", 2), Place__c: { latitude: 1.5, longitude: 2.25 } },
    ]);
  });

  it("ORDER BY, which keeps Salesforce from dividing the work: is not there", async () => {
    await textsOf(queryOf({ fields: ["Id"] }));

    expect(server.queries).toEqual(["SELECT Id FROM Account"]);
  });

  it("deleted records: come from the operation queryAll", async () => {
    put(1);
    server.put("Account", { ...accountItem(2, 0), IsDeleted: true });

    expect(await recordsOf(queryOf({ fields: ["Id"] }, { includeDeletedRecords: true }))).toHaveLength(2);
    expect(JSON.parse(server.calls[1]!.body)).toMatchObject({
      operation: "queryAll",
      contentType: "CSV",
      lineEnding: "LF",
    });
  });

  it("page without a header of its own: its first line is a record", async () => {
    results('"1","a"\n"2","b"\n');

    expect(await recordsOf(queryOf({ fields: ["Id", "Name"] }))).toEqual([
      { Id: "1", Name: "a" },
      { Id: "2", Name: "b" },
    ]);
  });

  it("header in another order, without quotes, lines that end with CR: columns are what they are called", async () => {
    results('Name,Id\r\na,1\r\n"b",2');

    expect(await recordsOf(queryOf({ fields: ["Id", "Name"] }))).toEqual([
      { Id: "1", Name: "a" },
      { Id: "2", Name: "b" },
    ]);
  });

  it("field that came after the job was made: is null, and one that has gone is no matter", async () => {
    results('"Id","Gone__c"\n"1","x"\n"2",""\n');

    expect(await recordsOf(queryOf({ fields: ["Id", "Name"] }))).toEqual([
      { Id: "1", Name: null },
      { Id: "2", Name: null },
    ]);
  });

  it("quotes, commas and line ends within a text: are in the text", async () => {
    results('"Id","Name"\n"1","a ""b"", c\r\nd\\e\u0001\t"\n"2",""\n');

    expect(await recordsOf(queryOf({ fields: ["Id", "Name"] }))).toEqual([
      { Id: "1", Name: 'a "b", c\r\nd\\e\u0001\t' },
      { Id: "2", Name: null },
    ]);
  });

  it("fewer records than Salesforce says that there are: fails, and may be tried again", async () => {
    results('"Id"\n"1"\n');

    await expect(textsOf(queryOf({ fields: ["Id"] }))).rejects.toMatchObject({
      code: "ServerError",
      message: "Salesforce Account came with 1 records, and not the 2 that there are",
    });
  });

  it.each([
    ["too few values", '"Id","Name"\n"1"\n"2","b"\n', "a record of 1 values in 2 columns"],
    ["a text that is cut off", '"Id","Name"\n"1","a"\n"2","b', "a text that is not closed"],
    ["something behind a text", '"Id","Name"\n"1"x,"a"\n"2","b"\n', "something behind a text that is closed"],
  ])("page with %s: fails, and may be tried again", async (_, csv, what) => {
    results(csv);

    await expect(textsOf(queryOf({ fields: ["Id", "Name"] }))).rejects.toMatchObject({
      code: "ServerError",
      message: expect.stringContaining(what) as unknown,
    });
  });

  it("page that breaks off: is asked for again, and goes on where it was", async () => {
    const ids = put(35);
    server.faults.push(undefined, undefined, undefined, undefined, undefined, "cut", "cut", { status: 503 });

    expect(await idsOf(queryOf())).toEqual(ids);
    expect(server.faults).toEqual([]);
  });

  it("page that never comes whole: is given up after some tries", async () => {
    put(5);
    server.faults.push(undefined, undefined, undefined, undefined, ...Array.from({ length: 50 }, () => "cut" as const));

    await expect(textsOf(queryOf())).rejects.toMatchObject({ code: "ServiceUnavailable" });
    expect(server.calls.length).toBeLessThan(15);
  });

  it("reading that goes on within a page: gives what is left of it", async () => {
    put(10);
    const query = queryOf({ fields: ["Id"] });
    const [page] = await collect(source.read(session, query));
    const whole = await textOf(page as BytesPage);
    const [again] = await collect(source.read(await world.session(), { ...query, cursor: page!.at }));

    const chunks = await collect((again as BytesPage).body.stream(100));

    expect(Buffer.concat(chunks).toString()).toBe(whole.slice(100));
  });

  it("stream whose start is looked at first: is asked for once", async () => {
    put(3);
    const query = queryOf({ fields: ["Id"] });
    for await (const page of source.read(session, query)) {
      const batches = await collect(decodePage(page, ["Id"], undefined, { bytes: 0 }));
      expect(batches.map(({ count }) => count)).toEqual([3]);
    }

    expect(server.calls.filter(({ url }) => url.pathname.endsWith("/results"))).toHaveLength(1);
  });

  it("object that Salesforce does not read by bulk: is read by REST under AUTOMATIC, and refused under BULKV2", async () => {
    server.define("CaseStatus", PLAIN);

    await expect(textsOf(queryOf({}, { object: "CaseStatus" }))).rejects.toMatchObject({
      code: "InvalidArgument",
      message: expect.stringContaining("set dataTransferApi to REST_SYNC or AUTOMATIC") as unknown,
    });
  });

  it("job that failed: ends the run with what there is to do", async () => {
    server.faults.push(undefined, undefined, {
      body: { id: "750", state: "Failed", errorMessage: "Retried more than 15 times" },
    });

    await expect(textsOf(queryOf())).rejects.toMatchObject({
      code: "ClientError",
      message: expect.stringMatching(/Failed: Retried more than 15 times — filter for fewer records/) as unknown,
    });
  });

  it("job that Salesforce has forgotten after seven days: ends the run, and says which", async () => {
    await expect(textsOf(queryOf({ cursor: { api: "bulk", job: "750xx0000000009AAA" } }))).rejects.toMatchObject({
      code: "ClientError",
      message: expect.stringContaining("750xx0000000009AAA") as unknown,
    });
  });

  it("answer to a new job that is lost: another one is made, and the first does no harm", async () => {
    put(3);
    server.faults.push(undefined, "cut");

    expect(await recordsOf(queryOf())).toHaveLength(3);
    expect(server.jobs.size).toBe(2);
  });

  it("run that is cancelled while a job is under way: the job is given up and deleted", async () => {
    put(3);
    const controller = new AbortController();
    session = await world.session({ signal: controller.signal });
    server.time.onWait = () => controller.abort(new Error("Cancelled."));

    await expect(textsOf(queryOf())).rejects.toThrow("Cancelled.");

    expect(server.calls.slice(-2).map(({ method, body }) => [method, body])).toEqual([
      ["PATCH", '{"state":"Aborted"}'],
      ["DELETE", ""],
    ]);
    expect(server.jobs.size).toBe(0);
  });

  it("process that lets go of the run: leaves the job for whoever goes on", async () => {
    const ids = put(25);
    const reading = source.read(session, queryOf({ fields: ["Id"] }));
    const first = await reading.next();
    await reading.return(undefined);

    expect(server.jobs.size).toBe(1);
    session = await world.session();
    expect(await idsOf(queryOf({ fields: ["Id"], cursor: (first.value as BytesPage).next! }))).toEqual(ids.slice(10));
  });
});

async function textOf({ body }: BytesPage): Promise<string> {
  const texts: string[] = [];
  // A chunk is valid until the next one is pulled.
  for await (const chunk of body.stream()) texts.push(Buffer.from(chunk).toString("latin1"));
  return Buffer.from(texts.join(""), "latin1").toString();
}

function recordsIn(text: string): readonly Record<string, Json>[] {
  if (text.startsWith("[")) return JSON.parse(text) as Record<string, Json>[];
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, Json>);
}
