import { afterEach, beforeEach, describe, expect, it } from "vitest";
import marketo from "../../../connectors/marketo/index.ts";
import { decodePage } from "../../../src/engine/read-batches.ts";
import { cellText } from "../../../src/batch/cell.ts";
import type { BrowseSession, Page, ReadableSource, Session, SourceQuery } from "../../../src/sdk/connector.ts";
import type { Json } from "../../../src/sdk/json.ts";
import { collect } from "../../support/collect.ts";
import { failure, type Marketo, type MarketoOptions, startMarketo } from "../../support/saas/marketo-server.ts";
import { openProfileWorld, type ProfileWorld } from "../../support/saas/profile-world.ts";

const source = marketo.source as ReadableSource;
const NOW = Date.UTC(2006, 5, 1, 12);
const DAY = 86_400_000;

/** What others have fallen into, each by a test. Answers are written as Marketo gives them. */
describe("Marketo", () => {
  let server: Marketo;
  let world: ProfileWorld;
  let session: Session;

  const start = async (options: MarketoOptions = {}) => {
    server = await startMarketo({ pageSize: 10, now: NOW, ...options });
    const properties = { instanceUrl: server.origin };
    world = await openProfileWorld({
      connector: marketo,
      standIn: server,
      properties,
      credentials: server.credentials,
    });
    session = await world.session();
  };
  const stop = async () => {
    await world[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  };
  const startAnew = async (options: MarketoOptions) => {
    await stop();
    await start(options);
  };
  beforeEach(() => start());
  afterEach(stop);

  const pagesOf = (object: string, changes: Partial<SourceQuery> = {}) =>
    source.read(session, { settings: { object }, fields: undefined, slice: null, cursor: undefined, ...changes });
  const recordsOf = async (object: string, changes: Partial<SourceQuery> = {}) => {
    const records: Record<string, string | null>[] = [];
    for await (const page of pagesOf(object, changes)) records.push(...(await recordsIn(page)));
    return records;
  };
  const answer = (body: object) => server.faults.push({ body });
  const asked = (part: string) => server.calls.filter(({ url }) => url.pathname.includes(part));
  const at = (time: number) => new Date(time).toISOString().replace(".000", "");
  const lately = { after: NOW - DAY, to: NOW };
  const putLead = (id: number, changes: Record<string, Json> = {}) =>
    server.put("leads", { id, createdAt: at(NOW - 7200_000), updatedAt: at(NOW - 3600_000), ...changes });

  it("200 with success false: is an error, and no page without records", async () => {
    answer({ requestId: "x", success: false, errors: [{ code: "1003", message: "batchSize must be in 1..300" }] });

    await expect(recordsOf("campaigns")).rejects.toMatchObject({
      code: "ClientError",
      message: expect.stringContaining("batchSize must be in") as unknown,
    });
  });

  it("602 between two pages: a new token, and the same page again", async () => {
    for (let id = 1; id <= 25; id++) server.put("campaigns", { id, updatedAt: at(NOW) });
    const pages = pagesOf("campaigns");
    const records = await recordsIn((await pages.next()).value as Page);
    server.tokens.expireAll();

    for await (const page of pages) records.push(...(await recordsIn(page)));

    expect(records.map(({ id }) => id)).toEqual(Array.from({ length: 25 }, (_, i) => String(i + 1)));
    expect(server.tokens.requests).toBe(1);
  });

  it("token that ends in three seconds and is given again: is not asked for with every request", async () => {
    await startAnew({ lifetimeMs: 3000 });
    for (let id = 1; id <= 25; id++) server.put("campaigns", { id, updatedAt: at(NOW) });

    expect(await recordsOf("campaigns")).toHaveLength(25);
    expect(server.tokens.requests).toBeLessThanOrEqual(1);
  });

  it("606 twice in a row: waits for twenty seconds each time", async () => {
    const tooMany = failure("606", "Max rate limit '100' exceeded with in '20' secs");
    server.faults.push(tooMany, tooMany);

    await recordsOf("campaigns");

    expect(server.time.now() - NOW).toBe(40_000);
  });

  it("615, too many at once: is asked again a little later", async () => {
    server.faults.push(failure("615", "Concurrent access limit reached"));

    await recordsOf("campaigns");

    expect(server.time.now() - NOW).toBe(2000);
  });

  it("607, the day's calls are used up: ends the run, and says when they begin anew in Chicago", async () => {
    server.faults.push(failure("607", "Daily quota reached"));

    // 12:00 in UTC is 07:00 there in summer.
    await expect(recordsOf("campaigns")).rejects.toMatchObject({
      code: "RateLimitExceeded",
      retryAfterMs: 17 * 3_600_000,
    });
    expect(server.calls).toHaveLength(1);
  });

  it("1029 of the day's quota: ends the run, while 1029 of the queue is waited for", async () => {
    await startAnew({ quota: 10 });
    putLead(1);
    await recordsOf("leads", { window: lately });

    await expect(recordsOf("leads", { window: lately })).rejects.toMatchObject({
      code: "RateLimitExceeded",
      message: expect.stringContaining("daily quota") as unknown,
    });
    // The job that was created and may not run is not left behind.
    expect(server.jobs.map(({ outcome }) => outcome)).toEqual([undefined, "Cancelled"]);
  });

  it("queue full of others' jobs: is waited for", async () => {
    putLead(1);
    const endsAt = NOW + 3_600_000;
    for (let i = 0; i < 12; i++) {
      const job = { id: `other-${i}`, path: "leads", request: { filter: {} }, queuedAt: NOW, startsAt: NOW, endsAt };
      server.jobs.push({ ...job, file: Buffer.from("id\n") });
    }

    expect(await recordsOf("leads", { window: lately })).toHaveLength(1);
    expect(server.time.now()).toBeGreaterThan(endsAt);
  });

  it("1035, no filter by updatedAt: says so, instead of exporting everything each time", async () => {
    await startAnew({ filtersByUpdate: false });

    await expect(recordsOf("leads", { window: lately })).rejects.toMatchObject({
      code: "InvalidArgument",
      message: expect.stringContaining("let the flow go by createdAt") as unknown,
    });
    putLead(1);
    expect(await recordsOf("leads", { window: { ...lately, field: "createdAt" } })).toHaveLength(1);
  });

  it("page without a result while there is more: is not the end", async () => {
    answer({ requestId: "x", success: true, nextPageToken: btoa(JSON.stringify([0, 0])) });
    answer({ requestId: "x", success: true, nextPageToken: btoa(JSON.stringify([0, 1])), moreResult: true });
    answer({ success: true, nextPageToken: "t", moreResult: false, result: [{ marketoGUID: "1", leadId: 1 }] });

    expect(await recordsOf("deletedleads", { window: lately })).toEqual([{ marketoGUID: "1", leadId: "1" }]);
  });

  it("token behind the last page: is no next page", async () => {
    server.put("deletedleads", { marketoGUID: "1", leadId: 1, activityDate: at(NOW - 1000) });

    const pages = await collect(pagesOf("deletedleads", { window: lately }));

    expect(pages.map(({ next }) => next === null)).toEqual([false, true]);
  });

  it("tokens and names of fields that are longer than an address may be: go into the body", async () => {
    await recordsOf("leadchanges", { window: lately });

    const [call] = asked("leadchanges");
    expect(call).toMatchObject({ method: "POST", body: expect.stringContaining("fields=id%2Cemail%2C") as unknown });
    expect(call!.url.search).toBe("?_method=GET");
  });

  it("export that is called done without a file: is made anew", async () => {
    putLead(1);
    const pages = pagesOf("leads", { window: lately });
    await pages.next();
    server.jobs[0]!.outcome = "Gone";

    const records = (await Promise.all((await collect(pages)).map(recordsIn))).flat();

    expect(records.map(({ id }) => id)).toEqual(["1"]);
    expect(server.jobs).toHaveLength(2);
  });

  it("export that fails: is made anew, and not for ever", async () => {
    putLead(1);
    const failing = async () => {
      for await (const _ of pagesOf("leads", { window: lately })) server.jobs.at(-1)!.outcome = "Failed";
    };

    await expect(failing()).rejects.toMatchObject({ code: "ServiceUnavailable" });
    expect(server.jobs).toHaveLength(3);
  });

  it("export that is only created: does not start, so it is enqueued, and once more where nobody knows whether it was", async () => {
    putLead(1);
    const pages = pagesOf("leads", { window: lately });
    await pages.next();
    server.faults.push(undefined, { status: 500 });

    const records = (await Promise.all((await collect(pages)).map(recordsIn))).flat();

    expect(records).toHaveLength(1);
    expect(asked("/enqueue.json")).toHaveLength(2);
  });

  it("statuses move once a minute: no job is looked at more often", async () => {
    await startAnew({ jobMs: 30 * 60_000 });
    putLead(1);

    await recordsOf("leads", { window: lately });

    const looks = asked("/status.json").length;
    expect(looks).toBeLessThan((server.time.now() - NOW) / 60_000);
    expect(looks).toBeGreaterThan(5);
  });

  it("quoted line ends, quotes, commas and the word null: are what they are", async () => {
    putLead(1, { company: 'Ann\n"&", Söhne\u2028日本' });
    putLead(2, { company: null, email: "null@example.com" });
    putLead(3, { company: "nullable", email: "nul" });
    putLead(4, { company: "" });
    putLead(5, { company: "a\u0000b\r\nc" });

    const records = await recordsOf("leads", { window: lately, fields: ["id", "company", "email"] });

    expect(records).toEqual([
      { id: "1", company: 'Ann\n"&", Söhne\u2028日本', email: null },
      { id: "2", company: null, email: "null@example.com" },
      { id: "3", company: "nullable", email: "nul" },
      { id: "4", company: null, email: null },
      { id: "5", company: "ab\nc", email: null },
    ]);
  });

  it("download that breaks off: goes on where it stands, by Range", async () => {
    for (let id = 1; id <= 3000; id++) putLead(id, { company: `Company ${id}` });
    const page = await filePage(lately);
    server.faults.push("cut", "cut");

    const records = await recordsIn(page);

    expect(new Set(records.map(({ id }) => id)).size).toBe(3000);
    expect(records).toHaveLength(3000);
    const ranges = asked("/file.json").map(({ headers }) => headers.range);
    expect(ranges.filter((range) => /^bytes=[1-9]\d*-$/.test(range ?? "")).length).toBeGreaterThan(0);
  });

  it("602 in the middle of a download: a new token, and on from where it stands", async () => {
    for (let id = 1; id <= 3000; id++) putLead(id, { company: `Company ${id}` });
    const page = await filePage(lately);
    // The first request is for the start alone.
    server.faults.push(undefined, "cut", failure("602", "Access token expired"));

    expect(await recordsIn(page)).toHaveLength(3000);
    expect(server.tokens.requests).toBe(1);
  });

  it("file that is not what its checksum says: is an error", async () => {
    putLead(1, { company: "Acme" });
    const page = await filePage(lately);
    server.jobs[0]!.file = Buffer.from(server.jobs[0]!.file!.toString().replace("Acme", "Ecma"));

    await expect(recordsIn(page)).rejects.toThrow(/other bytes than the export's checksum says/);
  });

  it("process that ends while a job is at work: the next one goes on with the same job", async () => {
    putLead(1);
    const { value: page } = (await pagesOf("leads", { window: lately }).next()) as { readonly value: Page };
    session = await world.session();

    const rest = await recordsOf("leads", { window: lately, cursor: page.next! });

    expect(rest).toHaveLength(1);
    expect(server.jobs).toHaveLength(1);
  });

  it("run that is cancelled while a job is at work: takes its place in the queue away", async () => {
    putLead(1);
    const controller = new AbortController();
    session = await world.session({ signal: controller.signal });
    const pages = pagesOf("leads", { window: lately });
    await pages.next();
    server.time.onWait = () => controller.abort(new Error("Cancelled."));

    await expect(pages.next()).rejects.toThrow("Cancelled.");
    expect(server.jobs.map(({ outcome }) => outcome)).toEqual(["Cancelled"]);
  });

  it("time that is up while a job is at work: leaves it to whoever goes on", async () => {
    putLead(1);
    session = await world.session({ deadline: NOW + 30_000 });
    const pages = pagesOf("leads", { window: lately });
    const { value } = (await pages.next()) as { readonly value: Page };

    await expect(pages.next()).rejects.toMatchObject({ code: "RequestTimeout" });

    session = await world.session();
    expect(await recordsOf("leads", { window: lately, cursor: value.next! })).toHaveLength(1);
    expect(server.jobs.map(({ outcome }) => outcome)).toEqual([undefined]);
  });

  it("more than 31 days, February among them: are several exports that meet to the second", async () => {
    const [from, to] = [Date.UTC(2006, 1, 1), Date.UTC(2006, 4, 15)];

    await recordsOf("leads", { window: { after: from - 1, to } });

    const ranges = server.jobs.map(({ request }) => request.filter.updatedAt!);
    expect(ranges).toEqual([
      { startAt: "2006-02-01T00:00:00Z", endAt: "2006-03-03T23:59:59Z" },
      { startAt: "2006-03-04T00:00:00Z", endAt: "2006-04-03T23:59:59Z" },
      { startAt: "2006-04-04T00:00:00Z", endAt: "2006-05-04T23:59:59Z" },
      { startAt: "2006-05-05T00:00:00Z", endAt: "2006-05-15T00:00:00Z" },
    ]);
  });

  it("lead whose change its updatedAt does not show: is exported in the window of the change, and is let through", async () => {
    putLead(1, { updatedAt: at(NOW - 90 * DAY), changedAt: at(NOW - 1000) });

    expect(await recordsOf("leads", { window: lately })).toHaveLength(1);
    expect(source.incremental!.versions!({ object: "leads" }, undefined)).toBeUndefined();
  });

  it("everything: is asked for by when it came, which does not change while it is read", async () => {
    for await (const slice of source.split!(
      { ...session, divide: never, isDelivered: () => false },
      { settings: { object: "leads" }, fields: undefined },
    )) {
      expect(slice).toMatchObject({ by: "createdAt" });
    }
  });

  it("filter by updatedAt: is a lower bound only, as a lead may have changed later than it shows", async () => {
    const values = [String(NOW - 2 * DAY), String(NOW - DAY)];
    const filter = { operator: "between", values, dataType: "datetime" } as const;
    const slicesOf = (object: string, field: string) =>
      collect(
        source.split!(
          { ...session, divide: never, isDelivered: () => false },
          { settings: { object }, fields: undefined, filters: [{ ...filter, field }] },
        ),
      );
    const [from, to] = values.map((value) => Number(value) / 1000);

    expect(await slicesOf("leads", "updatedAt")).toEqual([{ by: "updatedAt", from, to: (NOW + DAY) / 1000 }]);
    expect(await slicesOf("leads", "createdAt")).toEqual([{ by: "createdAt", from, to }]);
    expect(await slicesOf("activities", "activityDate")).toEqual([{ by: "createdAt", from, to }]);
    expect(await slicesOf("campaigns", "updatedAt")).toEqual([null]);
  });

  it("one export for each type of activity: is not needed, one has them all", async () => {
    for (const type of [1, 13, 6]) {
      server.put("activities", { marketoGUID: `g${type}`, leadId: 1, activityDate: at(NOW - 1), activityTypeId: type });
    }
    server.data.get("activities")!.forEach((item) => Object.assign(item, { activityDate: at(NOW - 60_000) }));

    expect(await recordsOf("activities", { window: lately })).toHaveLength(3);
    expect(server.jobs).toHaveLength(1);
    expect((await recordsOf("activities/13", { window: lately })).map(({ marketoGUID }) => marketoGUID)).toEqual([
      "g13",
    ]);
  });

  it("assets with two zones in their times: have one", async () => {
    server.put("programs", { id: 1, name: "2020-01-01T00:00:00Z+0000 ✓", updatedAt: "2006-05-01T00:00:00Z+0000" });

    expect(await recordsOf("programs")).toEqual([
      { id: "1", name: "2020-01-01T00:00:00Z+0000 ✓", updatedAt: "2006-05-01T00:00:00Z" },
    ]);
  });

  it("assets that are fewer than were asked for: are not the end, a warning is", async () => {
    answer({ success: true, result: [{ id: 1 }] });
    answer({ success: true, result: [{ id: 2 }] });
    answer({ success: true, warnings: ["No assets found for the given search criteria."] });

    expect(await recordsOf("emails")).toEqual([{ id: "1" }, { id: "2" }]);
  });

  it("field that a lead does not have: is left out of the request, and costs no record", async () => {
    putLead(1);

    const records = await recordsOf("leads", { window: lately, fields: ["email", "no_such_field"] });

    expect(records).toMatchObject([{ id: "1" }]);
    expect(server.jobs[0]!.request.fields).toEqual(["id", "email"]);
  });

  it("names of fields that a request cannot hold: end it with a remedy", async () => {
    const result = Array.from({ length: 20_000 }, (_, id) => {
      return { displayName: "x", dataType: "string", rest: { name: `field_${id}_${"x".repeat(60)}` } };
    });
    answer({ success: true, result });

    await expect(recordsOf("leads", { window: lately })).rejects.toThrow(/map fewer fields/);
  });

  it("hundred calls in twenty seconds: are never made", async () => {
    for (let id = 1; id <= 2000; id++) server.put("campaigns", { id, updatedAt: at(NOW) });

    expect(await recordsOf("campaigns")).toHaveLength(2000);
    expect(server.limit.refused).toBe(0);
    // Marketo asks each integration to take half.
    expect(server.time.now() - NOW).toBe(60_000);
  });

  it("types of activities and custom objects: are listed, described and read", async () => {
    const browse: BrowseSession = { ...session, sample: () => Promise.resolve([]) };
    const list = (path: string) => source.entities!(browse, { path, next: undefined, limit: 10 });
    server.put("customobjects/car_c", { marketoGUID: "g", vIN: "v", updatedAt: at(NOW - 1000) });

    expect((await list("activities")).entities).toEqual([
      { name: "activities/1", label: "Visit Webpage", hasNested: false },
      { name: "activities/13", label: "Change Data Value", hasNested: false },
    ]);
    expect((await list("customobjects")).entities).toEqual([
      { name: "customobjects/car_c", label: "Car", hasNested: false },
    ]);
    expect((await source.describe!(browse, "customobjects/car_c"))!.map(({ name }) => name)).toContain("vIN");
    expect(await recordsOf("customobjects/car_c", { window: lately })).toMatchObject([{ marketoGUID: "g", vIN: "v" }]);
  });

  it("what a role may not read: is not listed, and an error in a run", async () => {
    const browse: BrowseSession = { ...session, sample: () => Promise.resolve([]) };
    server.faults.push(failure("603", "Access denied"), failure("603", "Access denied"));

    const listed = await source.entities!(browse, { path: "customobjects", next: undefined, limit: 10 });

    expect(listed.entities).toEqual([]);
    await expect(recordsOf("campaigns")).rejects.toMatchObject({ code: "AccessDenied" });
  });

  it("name of an object that cannot be listed: is a problem, with all that can", () => {
    expect(source.check({ object: "opportunities" })).toMatchObject([
      { path: "object", remedy: expect.stringContaining("leads, activities") as unknown },
    ]);
    for (const object of ["Leads", "program_members", "Activities/12", "customObjects/car_c"]) {
      expect(source.check({ object })).toEqual([]);
    }
  });

  it("flow by a field that does not tell what is new: is refused with those that do", () => {
    expect(() => source.incremental!.versions!({ object: "leads" }, "leadScore")).toThrow(
      /name updatedAt or createdAt/,
    );
  });

  it("schedule of every minute: is below the hour that AppFlow allows", () => {
    expect(source.minimumMinutes).toBe(60);
  });

  const filePage = async (window: { readonly after: number; readonly to: number }) => {
    for await (const page of pagesOf("leads", { window })) {
      if ("format" in page && page.format.type === "csv") return page;
    }
    return expect.fail("There is no file.");
  };
});

function never(): never {
  throw new Error("Nobody divides this.");
}

/** As the engine reads them. */
async function recordsIn(page: Page): Promise<Record<string, string | null>[]> {
  const records: Record<string, string | null>[] = [];
  for await (const { fields, columns, count, rejected } of decodePage(page, undefined, undefined, { bytes: 0 })) {
    expect(rejected).toEqual([]);
    for (let record = 0; record < count; record++) {
      records.push(Object.fromEntries(fields.map((name, i) => [name, cellText(columns[i]!, record)])));
    }
  }
  return records;
}
