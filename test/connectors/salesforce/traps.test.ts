import { afterEach, beforeEach, describe, expect, it } from "vitest";
import salesforce from "../../../connectors/salesforce/index.ts";
import type { BrowseSession, Page, ReadableSource, Session, SourceQuery } from "../../../src/sdk/connector.ts";
import type { Filter } from "../../../src/sdk/filter.ts";
import type { Json, JsonObject } from "../../../src/sdk/json.ts";
import { collect } from "../../support/collect.ts";
import { connectTo } from "../../support/saas/connect-to.ts";
import { openProfileWorld, type ProfileWorld } from "../../support/saas/profile-world.ts";
import { ACCOUNT, accountItem, idOf, PLAIN } from "../../support/saas/salesforce-objects.ts";
import { type Salesforce, startSalesforce } from "../../support/saas/salesforce-server.ts";

const source = salesforce.source as ReadableSource;

/** What others have fallen into, each by a test. Answers are written as Salesforce gives them. */
describe("Salesforce", () => {
  let server: Salesforce;
  let world: ProfileWorld;
  let session: Session;

  beforeEach(async () => {
    server = await startSalesforce({ batchSize: 10 });
    server.define("Account", ACCOUNT);
    server.define("Invoice__c", PLAIN);
    const properties = { instanceUrl: server.origin };
    world = await openProfileWorld({
      connector: salesforce,
      standIn: server,
      properties,
      credentials: server.credentials,
    });
    session = await world.session();
  });

  afterEach(async () => {
    await world[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  const pages = (changes: Partial<SourceQuery> = {}, settings: JsonObject = {}) =>
    collect(
      source.read(session, {
        settings: { object: "Account", ...settings },
        fields: undefined,
        slice: null,
        cursor: undefined,
        ...changes,
      }),
    );
  const textsOf = async (changes: Partial<SourceQuery> = {}, settings: JsonObject = {}) =>
    Promise.all((await pages(changes, settings)).map(textOf));
  const recordsOf = async (changes: Partial<SourceQuery> = {}, settings: JsonObject = {}) =>
    (await textsOf(changes, settings)).flatMap((text) => JSON.parse(text) as Record<string, Json>[]);
  const idsOf = async (changes: Partial<SourceQuery> = {}, settings: JsonObject = {}) =>
    (await recordsOf({ fields: ["Id"], ...changes }, settings)).map(({ Id }) => Id);
  const put = (count: number, at = server.time.now()) => {
    for (let n = 1; n <= count; n++) server.put("Account", accountItem(n, at));
    return Array.from({ length: count }, (_, i) => idOf("001", i + 1));
  };
  const answer = (body: object | string, status = 200) => server.faults.push(undefined, { status, body });
  const nobody = { credentials: {}, send: () => Promise.reject(new Error("Nobody is asked.")) };
  const browse = (): BrowseSession => ({ ...session, sample: () => Promise.resolve([]) });
  const paths = () => server.calls.map(({ url }) => url.pathname);

  it("nextRecordsUrl with another API version: is followed as it is", async () => {
    const ids = put(25);

    expect(await idsOf()).toEqual(ids);
    expect(paths().slice(2)).toEqual(["/services/data/v61.0/query/0r8xx1-10", "/services/data/v61.0/query/0r8xx1-20"]);
  });

  it("nextRecordsUrl that leads to another host: is not followed, and sees no token", async () => {
    const next = "https://evil.example/services/data/v58.0/query/x-1";
    answer({ totalSize: 2, done: false, nextRecordsUrl: next, records: [{ Id: idOf("001", 1) }] });

    await expect(pages({ fields: ["Id"] })).rejects.toMatchObject({ code: "ClientError" });
    expect(server.calls).toHaveLength(2);
  });

  it("locator that Salesforce has forgotten: the query goes on behind the last record", async () => {
    const ids = put(25);
    const query = { settings: { object: "Account" }, fields: ["Id"], slice: null, cursor: undefined };
    const read: Json[] = [];
    for await (const page of source.read(session, query)) {
      read.push(...(JSON.parse(await textOf(page)) as Record<string, Json>[]).map(({ Id }) => Id!));
      server.forgetLocators();
    }

    expect(read).toEqual(ids);
    expect(server.queries.at(-1)).toBe(`SELECT Id FROM Account WHERE Id > '${idOf("001", 20)}' ORDER BY Id`);
  });

  it("record that changes while it is read: is neither skipped nor shifts another one", async () => {
    const ids = put(25);
    const query = { settings: { object: "Account" }, fields: ["Id"], slice: null, cursor: undefined };
    const reading = source.read(session, query);
    const first = (await reading.next()).value as Page;
    server.put("Account", accountItem(1, server.time.now() + 5000));
    server.put("Account", { ...accountItem(2, server.time.now()), IsDeleted: true });
    session = await world.session();

    expect(await idsOf({ cursor: first.next! })).toEqual(ids.slice(10));
    server.forgetLocators();
    expect(await idsOf({ cursor: first.next! })).toEqual(ids.slice(10));
  });

  it("ties on SystemModstamp across a page border: all come once", async () => {
    const now = server.time.now();
    const ids = put(25, now);

    expect(await idsOf({ window: { after: now - 1, to: now } })).toEqual(ids);
  });

  it("window: is told in whole seconds, the first and the last of them included", async () => {
    const after = Date.parse("2030-01-01T10:00:00.250Z");

    await pages({ fields: ["Id"], window: { after, to: after + 60_000 } });

    expect(server.queries).toEqual([
      "SELECT Id,SystemModstamp FROM Account WHERE SystemModstamp >= 2030-01-01T10:00:00.000Z" +
        " AND SystemModstamp < 2030-01-01T10:01:01.000Z ORDER BY Id",
    ]);
  });

  it("no start of an incremental read: nothing is hidden by a default", async () => {
    await pages({ fields: ["Id"] });

    expect(server.queries).toEqual(["SELECT Id FROM Account ORDER BY Id"]);
  });

  it("attributes: are no field, also where one is called so", async () => {
    server.define("Odd__c", [...PLAIN, { name: "attributes", type: "string" }]);
    const record = '{"attributes":{"type":"Odd__c","url":"/x"},"Id":"a02xx0000000001AAA","attributes":"mine"}';
    answer(`{"totalSize":1,"done":true,"records":[${record}]}`);

    expect(await textsOf({ fields: ["Id", "attributes"] }, { object: "Odd__c" })).toEqual([
      '[{"Id":"a02xx0000000001AAA","attributes":"mine"}]',
    ]);
  });

  it("numbers: are spelled alike, to the last digit", async () => {
    const spelled = ["3.5E8", "1.0", "12345678901234567.25", "-1.50", "1.0E-7", "0.0", "-0.0", "7", "1E400"];
    const records = spelled.map((number, i) => `{"Id":"${idOf("001", i)}","AnnualRevenue":${number}}`);
    answer(`{"totalSize":9,"done":true,"records":[${records.join(",")}]}`);

    const [text] = await textsOf({ fields: ["Id", "AnnualRevenue"] });

    expect([...text!.matchAll(/"AnnualRevenue":([^}]+)/g)].map(([, number]) => number)).toEqual([
      "350000000",
      "1",
      "12345678901234567.25",
      "-1.5",
      "0.0000001",
      "0",
      "0",
      "7",
      `1${"0".repeat(400)}`,
    ]);
  });

  it("instants: are in UTC and end with Z, and text that looks like one stays as it is", async () => {
    const look = "2026-05-01T07:25:37.000+0000";
    answer({ totalSize: 1, done: true, records: [{ Id: idOf("001", 1), SystemModstamp: look, Name: look }] });

    expect(await recordsOf({ fields: ["SystemModstamp", "Name"] })).toEqual([
      { Id: idOf("001", 1), SystemModstamp: "2026-05-01T07:25:37.000Z", Name: look },
    ]);
  });

  it("files in a field (base64): are not asked for, because a query gives their address", async () => {
    server.define("Attachment", [...PLAIN, { name: "Body", type: "base64" }]);

    await pages({}, { object: "Attachment" });

    expect(server.queries).toEqual(["SELECT Id,IsDeleted,CreatedDate,SystemModstamp,Name FROM Attachment ORDER BY Id"]);
    expect((await source.describe!(browse(), "Attachment"))!.map(({ name }) => name)).not.toContain("Body");
  });

  it("deleted records: come from queryAll, with IsDeleted, and the rest of the answer from where it says", async () => {
    put(15);
    server.put("Account", { ...accountItem(16, server.time.now()), IsDeleted: true });

    const records = await recordsOf({ fields: ["Id"] }, { includeDeletedRecords: true });

    expect(records).toHaveLength(16);
    expect(records.at(-1)).toEqual({ Id: idOf("001", 16), IsDeleted: true });
    expect(paths().slice(1)).toEqual(["/services/data/v58.0/queryAll", "/services/data/v61.0/query/0r8xx1-10"]);
  });

  it("field that the profile's user does not see any more: is left out, the others come", async () => {
    put(1);

    expect(await recordsOf({ fields: ["Name", "Gone__c"] })).toEqual([
      { Id: idOf("001", 1), Name: accountItem(1, 0).Name },
    ]);
  });

  it.each<[string, Filter, string | undefined]>([
    ["quotes, backslashes and line ends", contains("O'Neil\\ \n"), String.raw`Name LIKE '%O\'Neil\\ \n%'`],
    ["wildcards", contains("100%_x"), String.raw`Name LIKE '%100\%\_x%'`],
    ["an injection", equal("Name", "x' OR Name != '", "string"), String.raw`Name = 'x\' OR Name != \''`],
    ["several values", equal("Type", "Prospect,Old", "picklist"), "(Type = 'Prospect' OR Type = 'Old')"],
    ["text that may be a number", equal("Name", "007", undefined), undefined],
    ["what no id is", equal("Id", "x", "id"), undefined],
    [
      "text that differs: SOQL does not tell capitals apart",
      { ...equal("Name", "x", "string"), operator: "not-equal" },
      undefined,
    ],
    ["money: SOQL converts it", equal("AnnualRevenue", "5", "currency"), undefined],
    ["a formula: SOQL does not round it", equal("Formula__c", "5", "double"), undefined],
    ["a field that cannot be asked for", equal("Description", "x", "string"), undefined],
    ["a time of day", equal("Opens__c", "10:15:00.000Z", "time"), undefined],
    [
      "a year that Salesforce does not know",
      { ...equal("CreatedDate", "253402300800000", "datetime"), operator: "less" },
      undefined,
    ],
    [
      "epoch milliseconds",
      { ...equal("CreatedDate", "1643760000000", "datetime"), operator: "greater" },
      "CreatedDate >= 2022-02-02T00:00:00.000Z",
    ],
    [
      "a day",
      { ...equal("LastActivityDate", "2029-12-24", "date"), operator: "less" },
      "LastActivityDate < 2029-12-24",
    ],
    [
      "the midst of a day",
      { ...equal("LastActivityDate", "2029-12-24T12:00:00Z", "datetime"), operator: "less-or-equal" },
      "LastActivityDate <= 2029-12-24",
    ],
  ])("filter with %s: is told as it is, or left to the engine", async (_, filter, condition) => {
    await pages({ fields: ["Id"], filters: [filter] });

    const where = condition === undefined ? "" : ` WHERE ${condition}`;
    expect(server.queries).toEqual([`SELECT Id FROM Account${where} ORDER BY Id`]);
  });

  it("query that no address can hold: is refused with what to do", async () => {
    server.define("Wide__c", [
      ...PLAIN,
      ...Array.from({ length: 500 }, (_, i) => ({ name: `Field_with_a_long_name_${i}__c`, type: "string" })),
    ]);

    await expect(pages({}, { object: "Wide__c", dataTransferApi: "REST_SYNC" })).rejects.toMatchObject({
      code: "InvalidArgument",
      message: expect.stringContaining("set dataTransferApi to BULKV2") as unknown,
    });
    expect(server.queries).toEqual([]);
  });

  it("REQUEST_LIMIT_EXCEEDED of the day: ends it at once, with what Salesforce said", async () => {
    answer([{ errorCode: "REQUEST_LIMIT_EXCEEDED", message: "TotalRequests Limit exceeded." }], 403);

    await expect(pages()).rejects.toMatchObject({
      code: "RateLimitExceeded",
      message: expect.stringContaining("TotalRequests Limit exceeded.") as unknown,
    });
    expect(server.calls).toHaveLength(2);
  });

  it("REQUEST_LIMIT_EXCEEDED of too many at once: passes", async () => {
    const ids = put(5);
    answer(
      [
        {
          errorCode: "REQUEST_LIMIT_EXCEEDED",
          message: "ConcurrentRequests (Concurrent API Requests) Limit exceeded.",
        },
      ],
      403,
    );

    expect(await idsOf()).toEqual(ids);
  });

  it("a day's requests that are used up: end it, and not before", async () => {
    await using busy = await startSalesforce({ batchSize: 10, dailyRequests: 3 });
    busy.define("Account", ACCOUNT);
    for (let n = 1; n <= 50; n++) busy.put("Account", accountItem(n, busy.time.now()));
    const properties = { instanceUrl: busy.origin };
    await using other = await openProfileWorld({
      connector: salesforce,
      standIn: busy,
      properties,
      credentials: busy.credentials,
    });
    session = await other.session();

    await expect(pages()).rejects.toMatchObject({ code: "RateLimitExceeded" });
    expect(busy.calls).toHaveLength(4);
  });

  it.each([406, 420])("%s without a word: passes", async (status) => {
    const ids = put(5);
    answer("", status);

    expect(await idsOf()).toEqual(ids);
  });

  it.each([
    ["a list", [{ errorCode: "INVALID_FIELD", message: "No such column 'X'" }], 400, "InvalidArgument"],
    ["a list about rights", [{ errorCode: "API_DISABLED_FOR_ORG", message: "Disabled." }], 403, "AccessDenied"],
    ["an object", { error: "boom", error_description: "Boom." }, 400, "ClientError"],
    ["a page", "<html>Sorry</html>", 404, "ResourceNotFoundError"],
  ])("error that is %s: is told", async (_, body, status, code) => {
    answer(body, status);

    await expect(pages()).rejects.toMatchObject({ code });
  });

  it("object that there is not, or that the user may not see: is named with what to do", async () => {
    await expect(pages({}, { object: "Acount" })).rejects.toMatchObject({
      code: "ResourceNotFoundError",
      message: expect.stringContaining("`Acount`") as unknown,
    });
    await expect(pages({}, { object: "../limits" })).rejects.toMatchObject({ code: "ResourceNotFoundError" });
    expect(server.calls).toHaveLength(1);
  });

  it("objects that cannot be asked for, and change events: are not listed", async () => {
    for (const object of ["ContentDocumentLink", "Vote", "AccountChangeEvent"]) server.define(object, PLAIN);

    const { entities } = await source.entities!(browse(), { path: undefined, next: undefined, limit: 100 });

    expect(entities.map(({ name }) => name)).toEqual(["Account", "Invoice__c"]);
  });

  it("fields: are described with AppFlow's operators for their types", async () => {
    const fields = new Map((await source.describe!(browse(), "Account"))!.map((field) => [field.name, field]));

    expect(fields.get("Name")).toMatchObject({
      type: "string",
      filterOperators: ["CONTAINS", "EQUAL_TO", "NOT_EQUAL_TO"],
    });
    expect(fields.get("Type")).toMatchObject({
      filterOperators: ["EQUAL_TO"],
      values: ["Customer - Direct", "Prospect"],
    });
    expect(fields.get("Description")).toMatchObject({ filterOperators: [], source: { isQueryable: false } });
    expect(fields.get("Active__c")).toMatchObject({ values: ["true", "false"] });
    expect(fields.get("Id")).toMatchObject({
      isPrimaryKey: true,
      destination: { writeOperations: ["UPDATE", "UPSERT"] },
    });
    expect(fields.get("ExternalKey__c")).toMatchObject({ destination: { writeOperations: ["UPSERT"] } });
    expect([...fields.values()].filter(({ source: ability }) => ability!.isTimestamp).map(({ name }) => name)).toEqual([
      "CreatedDate",
      "SystemModstamp",
    ]);
  });

  it("flow by a field that tells no times: is refused with those that do", async () => {
    const window = { after: 0, to: server.time.now() };

    await expect(pages({ window: { ...window, field: "LastActivityDate" } })).rejects.toMatchObject({
      code: "InvalidArgument",
      message: expect.stringContaining("name one of CreatedDate, SystemModstamp") as unknown,
    });
  });

  it("histories, which have no SystemModstamp: go by what they have", () => {
    const time = (object: string) => source.incremental!.versions!({ object }, undefined)!.time;

    expect([time("Account"), time("AccountHistory"), time("LoginHistory")]).toEqual([
      "SystemModstamp",
      "CreatedDate",
      "LoginTime",
    ]);
  });

  it.each([
    ["https://acme.lightning.force.com/lightning/page/home", "https://acme.my.salesforce.com/"],
    ["https://acme--uat.sandbox.lightning.force.com", "https://acme--uat.sandbox.my.salesforce.com/"],
    ["acme.my.salesforce-setup.com", "https://acme.my.salesforce.com/"],
    ["https://acme.my.salesforce.com/services/data", "https://acme.my.salesforce.com/"],
  ])("instanceUrl %s: is where the API is", (instanceUrl, address) => {
    const { connection } = connectTo(salesforce, { ...nobody, properties: { instanceUrl } });

    expect(connection.url("/").href).toBe(address);
  });

  it("instanceUrl that is only for logging in, or none: is refused with what to give", () => {
    for (const instanceUrl of ["https://login.salesforce.com", "https://test.salesforce.com/", ""]) {
      const opened = () => connectTo(salesforce, { ...nobody, properties: { instanceUrl } });
      expect(opened).toThrow(/^instanceUrl: .* — give /);
    }
  });

  it("instance that the log-in tells: is the one that is asked", async () => {
    server.tokens.expireAll();
    put(1);
    await pages();

    await world.credentials().then((credentials) => expect(credentials).toMatchObject({ instanceUrl: server.origin }));
  });
});

function contains(text: string): Filter {
  return { field: "Name", operator: "contains", values: [text], dataType: "string" };
}

function equal(field: string, values: string, dataType: string | undefined): Filter {
  return { field, operator: "equal", values: values.split(","), dataType };
}

async function textOf(page: Page): Promise<string> {
  const chunks = "body" in page ? await collect(page.body.stream()) : [];
  return Buffer.concat(chunks).toString();
}
