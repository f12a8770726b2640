import { afterEach, beforeEach, describe, expect, it } from "vitest";
import googleAnalytics from "../../../connectors/googleanalytics/index.ts";
import type { BrowseSession, Page, ReadableSource, Session, SourceQuery } from "../../../src/sdk/connector.ts";
import { collect } from "../../support/collect.ts";
import { type Analytics, type AnalyticsOptions, refusal, startAnalytics } from "../../support/saas/analytics-server.ts";
import { openProfileWorld, type ProfileWorld } from "../../support/saas/profile-world.ts";

const source = googleAnalytics.source as ReadableSource;
const NOW = Date.UTC(2026, 4, 20, 12);
const DAY = 86_400_000;
const settings = { object: "properties/1" };

type Sample = Readonly<Record<string, unknown>>;

/** What others have fallen into, each by a test. */
describe("Google Analytics", () => {
  let server: Analytics;
  let world: ProfileWorld;
  let session: Session;

  const start = async (options: AnalyticsOptions = {}) => {
    server = await startAnalytics({ now: NOW, lifetimeMs: 30 * DAY, ...options });
    server.facts.set("1", []);
    const credentials = { ...server.credentials };
    world = await openProfileWorld({ connector: googleAnalytics, standIn: server, properties: {}, credentials });
    session = await world.session();
  };
  const stop = async () => {
    await world[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  };
  const startAnew = async (options: AnalyticsOptions) => {
    await stop();
    await start(options);
  };
  beforeEach(() => start());
  afterEach(stop);

  const pagesOf = (fields: readonly string[] | undefined, changes: Partial<SourceQuery> = {}) =>
    source.read(session, { settings, fields, slice: null, cursor: undefined, ...changes });
  const recordsOf = async (fields: readonly string[], changes: Partial<SourceQuery> = {}) =>
    (await Promise.all((await collect(pagesOf(fields, changes))).map(recordsIn))).flat();
  const put = (...facts: readonly Record<string, string | number>[]) => server.facts.get("1")!.push(...facts);
  const requests = () =>
    server.calls
      .filter(({ url, body }) => url.pathname.endsWith("Report") && !body.includes("yesterday"))
      .map(({ body }) => JSON.parse(body) as Record<string, unknown>);
  const day = { after: Date.UTC(2026, 3, 30), to: Date.UTC(2026, 4, 1) };
  const FIRST = { date: "20260501", country: "Poland", activeUsers: 17, totalRevenue: 120.5 };

  it.each([
    ["a view by its number", "12345678"],
    ["a name of the launch reference", "view-1"],
  ])("object of Universal Analytics, %s: ends with what to name instead, before any request", (_, object) => {
    expect(source.check({ object })).toEqual([]);
    expect(() => pagesOf(["date"], { settings: { object } })).toThrow(
      /Universal Analytics do not answer any more: Google closed it on 1 July 2024 — name a property, as properties/,
    );
    expect(server.calls).toEqual([]);
  });

  it("report without rows: has not even a list of them, and is none", async () => {
    expect(await recordsOf(["date", "country", "activeUsers"], { window: day })).toEqual([]);
  });

  it("(other) in a date, and (not set): are values", async () => {
    put(FIRST);
    const other = { dimensionValues: [{ value: "(other)" }, { value: "(not set)" }], metricValues: [{ value: "5" }] };
    server.rewrite = (json) => {
      const { rows } = json as { readonly rows?: readonly unknown[] };
      return rows === undefined ? json : { ...(json as object), rows: [...rows, other], rowCount: rows.length + 1 };
    };

    expect(await recordsOf(["date", "country", "activeUsers"], { window: day })).toEqual([
      { date: "2026-05-01", country: "Poland", activeUsers: "17" },
      { date: "(other)", country: "(not set)", activeUsers: "5" },
    ]);
  });

  it("sampling, thresholds and (other) rows: are told in fields, and are asked of nobody", async () => {
    put(FIRST);
    server.notices = {
      subjectToThresholding: true,
      samplingMetadatas: [{ samplesReadCount: "500000", samplingSpaceSize: "2500000" }],
    };
    const told = ["report:isSampled", "report:isThresholded", "report:hasOtherRow"];

    expect(await recordsOf(["date", "activeUsers", ...told], { window: day })).toEqual([
      {
        date: "2026-05-01",
        activeUsers: "17",
        "report:isSampled": true,
        "report:isThresholded": true,
        "report:hasOtherRow": false,
      },
    ]);
    expect(requests()[0]).toMatchObject({ metrics: [{ name: "activeUsers" }] });
  });

  it("order by date alone, or none: is never left to chance", async () => {
    await startAnew({ pageSize: 3 });
    for (let i = 0; i < 20; i++) put({ ...FIRST, pagePath: `/${i}`, activeUsers: i });

    const records = await recordsOf(["date", "country", "pagePath", "activeUsers"], { window: day });

    expect(new Set(records.map(({ pagePath }) => pagePath)).size).toBe(20);
    expect(requests()[0]).toMatchObject({
      orderBys: ["date", "country", "pagePath"].map((dimensionName) => ({ dimension: { dimensionName } })),
    });
  });

  it("limit that Google cuts: pages go on by the rows that came", async () => {
    await startAnew({ pageSize: 3 });
    for (let i = 0; i < 7; i++) put({ ...FIRST, pagePath: `/${i}` });

    await recordsOf(["date", "pagePath", "activeUsers"], { window: day });

    expect(requests().map(({ offset }) => offset)).toEqual(["0", "3", "6"]);
  });

  it("report that has other rows at its second page: is an error, and no puzzle", async () => {
    await startAnew({ pageSize: 3 });
    for (let i = 0; i < 7; i++) put({ ...FIRST, pagePath: `/${i}` });
    const reading = async () => {
      for await (const { at } of pagesOf(["date", "pagePath"], { window: day })) {
        put({ ...FIRST, pagePath: JSON.stringify(at) });
      }
    };

    await expect(reading()).rejects.toThrow(/changed while it was read/);
  });

  it("users of each day: are asked for by day, because no sum of them is right", async () => {
    await recordsOf(["date", "activeUsers"], { window: { after: Date.UTC(2026, 3, 30), to: Date.UTC(2026, 4, 3) } });

    expect(requests().map(({ dateRanges }) => dateRanges)).toEqual(
      ["2026-05-01", "2026-05-02", "2026-05-03"].map((text) => [{ startDate: text, endDate: text }]),
    );
  });

  it("users of a month: are one report, because no sum of days is right", async () => {
    await recordsOf(["country", "activeUsers"]);

    expect(requests().map(({ dateRanges }) => dateRanges)).toEqual([
      [{ startDate: "2026-04-20", endDate: "2026-05-19" }],
    ]);
  });

  it("today: is not over, and is never asked for", async () => {
    const filter = { field: "date", operator: "between", dataType: "datetime" } as const;
    const values = [String(NOW - 2 * DAY), String(NOW + DAY)];

    await recordsOf(["date", "activeUsers"], { filters: [{ ...filter, values }] });

    const last = requests().at(-1)!["dateRanges"];
    expect(last).toEqual([{ startDate: "2026-05-19", endDate: "2026-05-19" }]);
    expect(requests()).toHaveLength(2);
  });

  it.each([
    ["Pacific/Auckland", Date.UTC(2026, 4, 20, 12), Date.UTC(2026, 4, 21)],
    ["Pacific/Honolulu", Date.UTC(2026, 4, 20, 9), Date.UTC(2026, 4, 19)],
    ["Europe/Warsaw", Date.UTC(2026, 4, 20, 21, 59), Date.UTC(2026, 4, 20)],
    ["Europe/Warsaw", Date.UTC(2026, 4, 20, 22), Date.UTC(2026, 4, 21)],
  ])("day: is that of the property, in %s", async (timeZone, now, today) => {
    await startAnew({ timeZone, now });

    expect(await source.incremental!.clock!(session, settings)).toBe(today);
  });

  it("numbers that come late: are read again for three days, and told apart by what rows say", async () => {
    put(FIRST);
    const asked = ["date", "country", "activeUsers", "report:dimensions", "report:metrics", "report:day"];

    const [record] = await recordsOf(asked, { window: day });

    expect(source.incremental).toMatchObject({ lookbackMs: 3 * DAY, lagMs: DAY });
    expect(source.incremental!.versions!(settings, undefined)).toEqual({
      key: "report:dimensions",
      version: "report:metrics",
      time: "report:day",
    });
    expect(record).toMatchObject({
      "report:dimensions": ["20260501", "Poland"],
      "report:metrics": ["17"],
      "report:day": "2026-05-01",
    });
  });

  it("what is new without a day: is refused", async () => {
    await expect(recordsOf(["country", "activeUsers"], { window: day })).rejects.toThrow(/map `date`, too/);
  });

  it.each([
    ["Exhausted concurrent requests quota. Please send fewer requests concurrently.", 30_000],
    ["Exhausted property tokens for a project per hour. These quota tokens will return in under an hour.", 1_800_000],
    ["Exhausted potentially thresholded requests quota.", 1_800_000],
    ["Exhausted server errors per project per hour.", 3_600_000],
    // 12:00 in UTC is 05:00 in California in summer.
    ["Exhausted property tokens per day.", 19 * 3_600_000],
  ])("429 without Retry-After, %s", async (message, retryAfterMs) => {
    session = await world.session({ deadline: NOW + 1000 });
    server.faults.push(refusal(429, "RESOURCE_EXHAUSTED", message));

    await expect(recordsOf(["date", "activeUsers"], { window: day })).rejects.toMatchObject({
      code: "RateLimitExceeded",
      retryAfterMs,
    });
  });

  it("tokens of an hour: are waited for before a request is refused, which would cost some", async () => {
    await startAnew({ tokensPerHour: 100 });

    await recordsOf(["date", "activeUsers"]);

    expect(requests()).toHaveLength(30);
    expect(server.refused()).toBe(0);
    expect(server.time.now() - NOW).toBeGreaterThanOrEqual(3 * 3_600_000);
  });

  it("read that is given up: goes on where it was, and not from the first day", async () => {
    put(FIRST);
    const pages = await collect(pagesOf(["date", "activeUsers"]));
    const before = requests().length;
    session = await world.session();
    server.time.pass(DAY);

    await recordsOf(["date", "activeUsers"], { cursor: pages[20]!.next! });

    expect(requests().length - before).toBe(pages.length - 21);
    expect(requests().at(-1)!["dateRanges"]).toEqual([{ startDate: "2026-05-19", endDate: "2026-05-19" }]);
  });

  it("everything: is more than a report has, and is refused before any request", () => {
    expect(() => pagesOf(undefined)).toThrow(/9 dimensions and 10 metrics at most/);
    expect(server.calls).toEqual([]);
  });

  it("ten dimensions: are refused before any report", async () => {
    const names = Array.from({ length: 10 }, (_, i) => `customEvent:${i}`);
    const described = names.map((apiName) => ({ apiName }));
    server.faults.push({ body: { dimensions: described, metrics: [] } });

    await expect(recordsOf(names)).rejects.toThrow(/not 10 dimensions and 0 metrics/);
    expect(requests()).toEqual([]);
    await expect(recordsOf(Array.from({ length: 20 }, (_, i) => `f${i}`))).rejects.toThrow(/19 fields at most, not 20/);
  });

  it("five dimensions at this moment: are refused", async () => {
    const fields = ["city", "country", "platform", "streamId", "eventName", "activeUsers"];

    await expect(recordsOf(fields, { settings: { object: "properties/1/realtime" } })).rejects.toThrow(
      /4 dimensions and 10 metrics at most, not 5/,
    );
    expect(server.calls).toEqual([]);
  });

  it("this moment: is one report, with AppFlow's names of fields", async () => {
    put({ date: "20260520", country: "Poland", activeUsers: 3 });

    const records = await recordsOf(["Dimension:country", "Metrics:activeUsers"], {
      settings: { object: "properties/1/realtime" },
    });

    expect(records).toEqual([{ "Dimension:country": "Poland", "Metrics:activeUsers": "3" }]);
    expect(() => source.incremental!.versions!({ object: "properties/1/realtime" }, undefined)).toThrow(/never old/);
  });

  it("names of Universal Analytics: are those of today where they mean the same, and an error else", async () => {
    put({ ...FIRST, sessions: 4 });

    expect(await recordsOf(["ga:date|DIMENSION", "ga:sessions|METRIC"], { window: day })).toEqual([
      { "ga:date|DIMENSION": "2026-05-01", "ga:sessions|METRIC": "4" },
    ]);
    await expect(recordsOf(["ga:dimension24|DIMENSION", "url"])).rejects.toThrow(
      /`ga:dimension24\|DIMENSION`, `url`: properties\/1 has no such dimension or metric. Google Analytics 4 has no counterpart/,
    );
  });

  it("custom dimensions, and names of before: are known from the property", async () => {
    put({ ...FIRST, sessions: 4, "customEvent:plan": "gold" });

    expect(await recordsOf(["date", "customEvent:plan", "visits"], { window: day })).toEqual([
      { date: "2026-05-01", "customEvent:plan": "gold", visits: "4" },
    ]);
    expect(requests()[0]).toMatchObject({ metrics: [{ name: "sessions" }] });
  });

  it("properties of several accounts and pages: are listed, described and typed", async () => {
    for (const id of ["2", "3", "4", "5", "6"]) server.facts.set(id, []);
    const browse: BrowseSession = { ...session, sample: () => Promise.resolve([]) };

    const { entities } = await source.entities!(browse, { path: undefined, next: undefined, limit: 100 });
    const fields = await source.describe!(browse, "properties/1");
    const types = await source.fields!(session, settings);

    expect(entities).toHaveLength(12);
    expect(entities[0]).toEqual({ name: "properties/1", label: "Acme: Site 1", hasNested: false });
    expect(fields!.filter(({ source: ability }) => ability?.isTimestamp).map(({ name }) => name)).toEqual(["date"]);
    expect(fields!.find(({ name }) => name === "totalRevenue")).toMatchObject({ type: "TYPE_CURRENCY" });
    expect(types).toContainEqual({ name: "activeUsers", type: { name: "int64" } });
    expect(types).toContainEqual({ name: "totalRevenue", type: { name: "double" } });
  });

  it("refresh token that Google ended: asks for a new log-in, and is not tried for ever", async () => {
    server.tokens.revokeAll();

    await expect(recordsOf(["date"], { window: day })).rejects.toMatchObject({
      code: "InvalidCredentials",
      message: expect.stringContaining("invalid_grant") as unknown,
    });
    expect(server.tokens.requests).toBe(1);
  });
});

async function recordsIn(page: Page): Promise<readonly Sample[]> {
  const chunks = "body" in page ? await collect(page.body.stream()) : [];
  return JSON.parse(Buffer.concat(chunks).toString()) as readonly Sample[];
}
